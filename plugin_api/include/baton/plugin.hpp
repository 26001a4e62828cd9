// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/abi.h>
#include <baton/detail/plugin_table.hpp>
#include <baton/handler.hpp>
#include <baton/server.hpp>

#include <string_view>

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
