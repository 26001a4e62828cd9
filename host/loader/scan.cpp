// SPDX-License-Identifier: Apache-2.0
#include "host/loader/scan.hpp"

#include "host/loader/elf_dynamic.hpp"
#include "host/loader/elf_image.hpp"
#include "host/loader/process_libraries.hpp"

#include <baton/abi.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace baton {
namespace {

using Verdict = std::optional<Refusal>;

constexpr std::size_t descriptor_size_max = std::size_t{256} * 1024;

/// An ELF note of the kind that a manifest is.
struct Note {
  std::string_view owner;
  GElf_Word type;
  std::string_view descriptor;
};

std::vector<Note> read_notes(const ElfImage& image) {
  std::vector<Note> notes;
  for (const GElf_Phdr& segment : image.segments()) {
    if (segment.p_type != PT_NOTE) {
      continue;
    }
    constexpr GElf_Xword wide_alignment = 8;
    const Elf_Type layout = segment.p_align == wide_alignment ? ELF_T_NHDR8 : ELF_T_NHDR;
    Elf_Data* const data = image.chunk(segment.p_offset, segment.p_filesz, layout);
    GElf_Nhdr header;
    std::size_t name = 0;
    std::size_t descriptor = 0;
    std::size_t at = 0;
    while (data != nullptr && (at = gelf_getnote(data, at, &header, &name, &descriptor)) != 0) {
      const std::size_t name_size = header.n_namesz == 0 ? 0 : header.n_namesz - 1;  // without its NUL
      notes.push_back({image.text(segment.p_offset + name, name_size), header.n_type,
                       image.text(segment.p_offset + descriptor, header.n_descsz)});
    }
  }
  return notes;
}

Verdict judge_segments(const ElfImage& image) {
  const GElf_Phdr* stack = nullptr;
  for (const GElf_Phdr& segment : image.segments()) {
    if (segment.p_type == PT_INTERP) {
      return Refusal{RefusalReason::not_a_library,
                     "it is an executable (it has an interpreter); link with -shared"};
    }
    constexpr GElf_Word writable_code = PF_W | PF_X;
    if (segment.p_type == PT_LOAD && (segment.p_flags & writable_code) == writable_code) {
      return Refusal{RefusalReason::writable_code, "a segment can be written and executed; link without -N"};
    }
    stack = segment.p_type == PT_GNU_STACK ? &segment : stack;
  }
  if (stack == nullptr || (stack->p_flags & PF_X) != 0) {
    return Refusal{RefusalReason::exec_stack,
                   "loading it would make every stack of the host executable; link with -z noexecstack"};
  }
  return std::nullopt;
}

Verdict judge_paths(const DynamicTable& table) {
  if (!table.run_path.empty()) {
    return Refusal{
        RefusalReason::run_path,
        fmt::format("it searches \"{}\", which means another place for the host's private copy; link "
                    "helpers statically and without -rpath",
                    table.run_path)};
  }
  for (const std::string_view needed : table.needed) {
    if (needed.find('/') != std::string_view::npos) {
      return Refusal{
          RefusalReason::run_path,
          fmt::format("it needs \"{}\" by path; give that library a soname, or link it statically", needed)};
    }
  }
  return std::nullopt;
}

Verdict judge_sanitizers(const DynamicTable& table) {
  constexpr std::array runtimes = {"libasan.so", "libtsan.so", "libubsan.so", "liblsan.so", "libhwasan.so"};
  for (const std::string_view needed : table.needed) {
    const bool is_runtime =
        std::ranges::any_of(runtimes, [&](std::string_view runtime) { return needed.starts_with(runtime); });
    // A runtime that is loaded late ends the process.
    if (is_runtime && !has_library_named(needed)) {
      return Refusal{
          RefusalReason::sanitizer,
          fmt::format("it needs {}; build it without -fsanitize, or use a host built with it", needed)};
    }
  }
  return std::nullopt;
}

Verdict judge_flags(const DynamicTable& table) {
  const std::uint64_t flags = table.value(DT_FLAGS);
  const std::uint64_t flags_1 = table.value(DT_FLAGS_1);
  if ((flags_1 & DF_1_PIE) != 0) {
    return Refusal{RefusalReason::not_a_library,
                   "it is a position-independent executable; link with -shared"};
  }
  if (table.has(DT_TEXTREL) || (flags & DF_TEXTREL) != 0) {
    return Refusal{RefusalReason::text_relocations,
                   "its code would be changed in memory; compile with -fPIC"};
  }
  if ((flags & DF_STATIC_TLS) != 0) {
    return Refusal{RefusalReason::static_tls,
                   "it uses static thread-local storage, of which a process has little; compile without "
                   "-ftls-model=initial-exec"};
  }
  if ((flags_1 & DF_1_NODELETE) != 0) {
    return Refusal{RefusalReason::pinned, "it is marked as not to be unloaded; link without -z nodelete"};
  }
  return std::nullopt;
}

Verdict judge_entry(const DynamicTable& table) {
  constexpr std::string_view entry_name = BATON_ENTRY_SYMBOL;
  const auto entry = std::ranges::find_if(table.symbols, [&](const DynamicSymbol& symbol) {
    return symbol.name == entry_name && symbol.is_defined();
  });
  if (entry == table.symbols.end()) {
    return Refusal{RefusalReason::no_entry,
                   fmt::format("it does not export {}; use BATON_PLUGIN, or define it with "
                               "BATON_EXPORT and C linkage",
                               entry_name)};
  }
  // A function, or one that picks its address by running code, would run when it is looked up or read.
  if (entry->type() != STT_OBJECT || entry->binding() != STB_GLOBAL) {
    return Refusal{
        RefusalReason::entry_not_data,
        fmt::format("{} has symbol type {} and binding {}; expected a global object: const baton_plugin {}",
                    entry_name, entry->type(), entry->binding(), entry_name)};
  }
  if (entry->symbol.st_size < offsetof(baton_plugin, extension)) {
    return Refusal{RefusalReason::entry_not_data,
                   fmt::format("{} has {} bytes; a baton_plugin has at least {}", entry_name,
                               entry->symbol.st_size, offsetof(baton_plugin, extension))};
  }
  return std::nullopt;
}

/// Unique symbols also join the statics of two versions of a plugin, which then share state.
Verdict judge_unique_symbols(const DynamicTable& table) {
  const auto is_unique = [](const DynamicSymbol& symbol) {
    return symbol.is_defined() && symbol.binding() == STB_GNU_UNIQUE;
  };
  const auto first = std::ranges::find_if(table.symbols, is_unique);
  if (first == table.symbols.end()) {
    return std::nullopt;
  }
  return Refusal{
      RefusalReason::pinned,
      fmt::format("it exports {} unique symbols, the first is {}; build it with baton_add_plugin(), or "
                  "with -fno-gnu-unique and a version script that exports only {}",
                  std::ranges::count_if(table.symbols, is_unique), first->name, BATON_ENTRY_SYMBOL)};
}

Judged<Note> find_manifest(const std::vector<Note>& notes) {
  const auto is_manifest = [](const Note& note) {
    return note.owner == BATON_NOTE_OWNER && note.type == BATON_NOTE_TYPE;
  };
  const auto count = std::ranges::count_if(notes, is_manifest);
  if (count == 0) {
    return refuse(RefusalReason::no_manifest,
                  "it has no note of the owner Baton, so it is no plugin of this host; use BATON_PLUGIN or "
                  "BATON_MANIFEST");
  }
  if (count > 1) {
    return refuse(RefusalReason::two_manifests,
                  fmt::format("it has {} notes of the owner Baton; expected one per library", count));
  }
  return *std::ranges::find_if(notes, is_manifest);
}

Verdict read_manifest(std::string_view descriptor, ScanReport& report) {
  constexpr std::size_t version_size = 2 * sizeof(std::uint16_t);
  if (descriptor.size() <= version_size || descriptor.size() > descriptor_size_max) {
    return Refusal{RefusalReason::bad_manifest,
                   fmt::format("its note has {} bytes; expected {} to {}", descriptor.size(),
                               version_size + 1, descriptor_size_max)};
  }
  std::memcpy(&report.abi_major, descriptor.data(), sizeof(std::uint16_t));
  std::memcpy(&report.abi_minor, descriptor.data() + sizeof(std::uint16_t), sizeof(std::uint16_t));
  const std::string_view json = descriptor.substr(version_size);
  report.manifest_json = json.substr(0, json.find_last_not_of('\0') + 1);  // padding
  if (report.abi_major != BATON_ABI_MAJOR) {
    return Refusal{
        RefusalReason::other_abi,
        fmt::format("it is built for boundary {}.{}, this host has {}.{}; build it with this host's package",
                    report.abi_major, report.abi_minor, BATON_ABI_MAJOR, BATON_ABI_MINOR)};
  }
  return std::nullopt;
}

std::string build_id(const std::vector<Note>& notes) {
  constexpr std::size_t size_max = 64;
  std::string digits;
  for (const Note& note : notes) {
    if (note.owner == "GNU" && note.type == NT_GNU_BUILD_ID) {
      for (const char byte : note.descriptor.substr(0, size_max)) {
        digits += fmt::format("{:02x}", static_cast<unsigned char>(byte));
      }
    }
  }
  return digits;
}

bool imports_thread_exit(const DynamicTable& table) {
  return std::ranges::any_of(table.symbols, [](const DynamicSymbol& symbol) {
    return !symbol.is_defined() && symbol.name.starts_with("__cxa_thread_atexit");
  });
}

std::vector<std::string> other_exports(const DynamicTable& table) {
  std::vector<std::string> names;
  for (const DynamicSymbol& symbol : table.symbols) {
    const bool is_visible = GELF_ST_VISIBILITY(symbol.symbol.st_other) == STV_DEFAULT;
    if (symbol.is_defined() && is_visible && symbol.binding() != STB_LOCAL &&
        symbol.symbol.st_shndx != SHN_ABS && symbol.name != BATON_ENTRY_SYMBOL) {
      names.emplace_back(symbol.name);
    }
  }
  return names;
}

}  // namespace

Judged<ScanReport> scan(std::span<const std::byte> file) {
  const Judged<ElfImage> image = ElfImage::open(file);
  if (!image) {
    return tl::make_unexpected(image.error());
  }
  if (Verdict verdict = judge_segments(*image)) {
    return tl::make_unexpected(std::move(*verdict));
  }
  const Judged<DynamicTable> table = read_dynamic(*image);
  if (!table) {
    return tl::make_unexpected(table.error());
  }
  for (Verdict (*const judge)(const DynamicTable&) : {judge_flags, judge_paths, judge_sanitizers}) {
    if (Verdict verdict = judge(*table)) {
      return tl::make_unexpected(std::move(*verdict));
    }
  }
  const std::vector<Note> notes = read_notes(*image);
  const Judged<Note> manifest = find_manifest(notes);
  if (!manifest) {
    return tl::make_unexpected(manifest.error());
  }
  ScanReport report;
  if (Verdict verdict = read_manifest(manifest->descriptor, report)) {
    return tl::make_unexpected(std::move(*verdict));
  }
  for (Verdict (*const judge)(const DynamicTable&) : {judge_entry, judge_unique_symbols}) {
    if (Verdict verdict = judge(*table)) {
      return tl::make_unexpected(std::move(*verdict));
    }
  }
  report.build_id = build_id(notes);
  report.needed.assign(table->needed.begin(), table->needed.end());
  report.exports = other_exports(*table);
  report.has_thread_local_destructors = imports_thread_exit(*table);
  return report;
}

}  // namespace baton
