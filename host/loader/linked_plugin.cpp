// SPDX-License-Identifier: Apache-2.0
#include "host/loader/linked_plugin.hpp"

#include "host/loader/plugin_handler.hpp"
#include "host/loader/plugin_server.hpp"
#include "host/loader/table_check.hpp"
#include "host/loader/table_copy.hpp"

#include <algorithm>

namespace baton {

Result<LinkedFactories> make_linked_factories(const baton_plugin& plugin, const Manifest& manifest) {
  if (auto problem = table_problem(plugin, manifest)) {
    return fail(Errc::plugin_refused, std::move(*problem));
  }
  const baton_plugin table = copy_table(plugin);
  const PluginHandlers all{nullptr, std::make_shared<const Manifest>(manifest),
                           [table](std::string_view name) -> const baton_handler* {
                             const auto* const end = table.handlers + table.handler_count;
                             const auto* const found = std::find_if(
                                 table.handlers, end, [name](auto* one) { return view(one->name) == name; });
                             return found == end ? nullptr : *found;
                           }};
  LinkedFactories factories;
  for (std::size_t i = 0; i < table.handler_count; ++i) {
    const baton_handler& handler = *table.handlers[i];
    factories.handlers.emplace(view(handler.name), make_handler_factory(all, handler));
  }
  for (std::size_t i = 0; i < table.server_count; ++i) {
    const baton_server& server = *table.servers[i];
    factories.servers.emplace(view(server.name), make_server_factory(nullptr, manifest, server));
  }
  return factories;
}

}  // namespace baton
