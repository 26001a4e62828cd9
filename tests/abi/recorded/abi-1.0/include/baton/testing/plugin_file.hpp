// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/abi.h>
#include <baton/testing/json_value.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <dlfcn.h>
#include <link.h>
#include <stdexcept>
#include <string>
#include <string_view>

namespace baton::inline v1::testing {

/// A plugin as it will be shipped, loaded into the test. Outlives the instances made from it.
class PluginFile {
 public:
  /// Throws std::runtime_error when the file is not a plugin of this ABI.
  explicit PluginFile(const std::string& path) : library_(::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (library_ == nullptr) {
      throw std::runtime_error(::dlerror());
    }
    table_ = static_cast<const baton_plugin*>(::dlsym(library_, BATON_ENTRY_SYMBOL));
    if (table_ == nullptr || table_->abi_major != BATON_ABI_MAJOR) {
      ::dlclose(library_);
      throw std::runtime_error(path + " is not a plugin of ABI " + std::to_string(BATON_ABI_MAJOR));
    }
    manifest_text_ = find_manifest();
  }

  ~PluginFile() { ::dlclose(library_); }

  PluginFile(const PluginFile&) = delete;
  PluginFile& operator=(const PluginFile&) = delete;

  [[nodiscard]] const baton_plugin& table() const { return *table_; }

  /// The JSON text; empty when the file has no manifest.
  [[nodiscard]] const std::string& manifest_text() const { return manifest_text_; }

  [[nodiscard]] JsonValue manifest() const { return JsonValue::parse(manifest_text_); }

 private:
  struct Search {
    std::uintptr_t base;
    std::string manifest;
  };

  [[nodiscard]] std::string find_manifest() const {
    link_map* map = nullptr;
    if (::dlinfo(library_, RTLD_DI_LINKMAP, &map) != 0) {
      return {};
    }
    Search search{map->l_addr, {}};
    ::dl_iterate_phdr(visit_object, &search);
    return search.manifest;
  }

  static int visit_object(dl_phdr_info* object, std::size_t, void* context) {
    auto& search = *static_cast<Search*>(context);
    if (object->dlpi_addr != search.base) {
      return 0;
    }
    for (ElfW(Half) i = 0; i < object->dlpi_phnum; ++i) {
      const ElfW(Phdr)& segment = object->dlpi_phdr[i];
      if (segment.p_type == PT_NOTE) {
        read_notes({reinterpret_cast<const char*>(search.base + segment.p_vaddr), segment.p_memsz},
                   search.manifest);
      }
    }
    return 1;
  }

  static void read_notes(std::string_view notes, std::string& manifest) {
    constexpr std::string_view owner(BATON_NOTE_OWNER, sizeof(BATON_NOTE_OWNER));  // with its NUL
    constexpr std::size_t header_size = 12;
    constexpr std::size_t version_size = 4;
    while (notes.size() >= header_size) {
      std::uint32_t header[3];
      std::memcpy(header, notes.data(), header_size);
      const auto [name_size, desc_size, type] = header;
      notes.remove_prefix(header_size);
      const std::size_t name_end = BATON_NOTE_PAD(std::size_t{name_size});
      const std::size_t desc_end = name_end + BATON_NOTE_PAD(std::size_t{desc_size});
      if (desc_end > notes.size()) {
        return;
      }
      if (notes.substr(0, name_size) == owner && type == BATON_NOTE_TYPE && desc_size > version_size) {
        const std::string_view json = notes.substr(name_end + version_size, desc_size - version_size);
        manifest = json.substr(0, json.find('\0'));
      }
      notes.remove_prefix(desc_end);
    }
  }

  void* library_;
  const baton_plugin* table_ = nullptr;
  std::string manifest_text_;
};

}  // namespace baton::inline v1::testing
