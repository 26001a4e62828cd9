// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/abi.h>
#include <baton/detail/plugin_table.hpp>
#include <baton/handler.hpp>
#include <baton/server.hpp>

#include <string_view>

namespace baton::inline v1 {

/// The same classes without a file: what a program that embeds a host gives to EmbeddedHost::link() of
/// <baton/embedded_host.hpp> (a test of the host to make_linked_factories(), in a source file of its own,
/// because host and layer have names in common). `Named` has the two constants `name` and `version`:
///
/// ```cpp
/// struct Queues { static constexpr std::string_view name = "queues", version = "2.1.0"; };
/// using Linked = baton::LinkedPlugin<Queues, SimpleQueue>;
/// ```
template <class Named, class... Ts>
struct LinkedPlugin {
  static constexpr const baton_plugin& table = detail::PluginTable<Named, Ts...>::table;

  /// The JSON of abi.h.
  [[nodiscard]] static std::string_view manifest() noexcept {
    static constexpr auto note = detail::PluginTable<Named, Ts...>::manifest_note();
    return note.json.data();
  }
};

}  // namespace baton::inline v1

/// Makes a plugin of handler and server classes: its table and its manifest. Once per library, outside any
/// namespace, behind the classes:
///
/// ```cpp
/// BATON_PLUGIN("logger", "1.0.0", LoggerHandler)
/// BATON_PLUGIN("queues", "2.1.0", queues::SimpleQueue, queues::QueueWatcher)
/// ```
///
/// It defines constant data only: a host that loads the library, or looks up its symbol, runs no code of it.
#define BATON_PLUGIN(NAME, VERSION, ...)                                           \
  namespace {                                                                      \
  struct BatonPluginName {                                                         \
    static constexpr ::std::string_view name = NAME;                               \
    static constexpr ::std::string_view version = VERSION;                         \
  };                                                                               \
  BATON_NOTE_ATTRIBUTES constexpr auto baton_manifest_note =                       \
      ::baton::detail::PluginTable<BatonPluginName, __VA_ARGS__>::manifest_note(); \
  }                                                                                \
  extern "C" BATON_EXPORT const baton_plugin baton_plugin_v1;                      \
  constinit const baton_plugin baton_plugin_v1 =                                   \
      ::baton::detail::PluginTable<BatonPluginName, __VA_ARGS__>::table;
