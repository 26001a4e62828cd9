// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/abi.h>
#include <baton/detail/handler_adapter.hpp>
#include <baton/detail/manifest.hpp>
#include <baton/detail/server_adapter.hpp>
#include <baton/handler.hpp>
#include <baton/server.hpp>

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>

namespace baton::inline v1::detail {

template <class T>
inline constexpr bool is_handler = std::is_base_of_v<Handler, T>;

template <class T>
inline constexpr bool is_server = std::is_base_of_v<Server, T>;

/// What a library with these classes exports. `Named` has the name and the version of the plugin.
template <class Named, class... Ts>
class PluginTable {
  static_assert(sizeof...(Ts) > 0, "a plugin offers at least one handler or server");
  static_assert(((is_handler<Ts> != is_server<Ts>)&&...),
                "each class derives from baton::Handler or baton::Server");
  static_assert(!Named::name.empty() && !Named::version.empty(), "a plugin has a name and a version");

  static constexpr std::size_t handler_count = (std::size_t{is_handler<Ts>} + ...);
  static constexpr std::size_t server_count = (std::size_t{is_server<Ts>} + ...);

  template <class T, std::size_t capacity>
  static constexpr void add_handler(std::array<const baton_handler*, capacity>& all, std::size_t& count) {
    if constexpr (is_handler<T>) {
      all[count++] = &HandlerAdapter<T>::table;
    }
  }

  template <class T, std::size_t capacity>
  static constexpr void add_server(std::array<const baton_server*, capacity>& all, std::size_t& count) {
    if constexpr (is_server<T>) {
      all[count++] = &ServerAdapter<T>::table;
    }
  }

  // One element more than needed, because an array of none has no address to give.
  static constexpr auto handlers = [] {
    std::array<const baton_handler*, handler_count + 1> all{};
    std::size_t count = 0;
    (add_handler<Ts>(all, count), ...);
    return all;
  }();

  static constexpr auto servers = [] {
    std::array<const baton_server*, server_count + 1> all{};
    std::size_t count = 0;
    (add_server<Ts>(all, count), ...);
    return all;
  }();

  static constexpr bool has_unique_names() {
    const std::array<std::string_view, sizeof...(Ts)> names{Ts::description.name()...};
    for (std::size_t i = 0; i < names.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (names[i] == names[j]) {
          return false;
        }
      }
    }
    return true;
  }

  static_assert(has_unique_names(), "two classes of the plugin are described by the same name");

  template <class Output>
  static constexpr void write_manifest(Output& output) {
    ManifestWriter<Output> out(output);
    out.raw("{");
    out.key("name");
    out.string(Named::name);
    out.raw(", ");
    out.key("version");
    out.string(Named::version);
    out.raw(", \"provides\": [");
    bool first = true;
    ((out.raw(first ? "" : ", "), first = false,
      write_provided(out, is_handler<Ts> ? "handler" : "server", Ts::description)),
     ...);
    out.raw("]}");
  }

  static constexpr std::size_t manifest_size = [] {
    CountingOutput output;
    write_manifest(output);
    return output.size;
  }();

 public:
  static constexpr baton_plugin table{
      .size = sizeof(baton_plugin),
      .abi_major = BATON_ABI_MAJOR,
      .abi_minor = BATON_ABI_MINOR,
      .handlers = handlers.data(),
      .handler_count = handler_count,
      .servers = servers.data(),
      .server_count = server_count,
      .extension = nullptr,
  };

  static constexpr auto manifest_note() {
    ManifestNote<BATON_NOTE_PAD(manifest_size + 1)> note;
    ArrayOutput<manifest_size> output;
    write_manifest(output);
    for (std::size_t i = 0; i < manifest_size; ++i) {
      note.json[i] = output.text[i];
    }
    return note;
  }
};

}  // namespace baton::inline v1::detail
