// SPDX-License-Identifier: Apache-2.0
#include "host/loader/table_check.hpp"

#include "host/loader/table_copy.hpp"
#include "host/runtime/message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <set>
#include <string_view>

namespace baton {
namespace {

using Problem = std::optional<std::string>;

// A table may end behind the last function that it must have.
constexpr std::size_t handler_size_min = offsetof(baton_handler, handle_call);
constexpr std::size_t server_size_min = offsetof(baton_server, handle_info);
constexpr std::size_t plugin_size_min = offsetof(baton_plugin, extension);

Problem missing_function(const baton_handler& table) {
  if (table.create == nullptr || table.destroy == nullptr || table.handle_events == nullptr) {
    return "it lacks create, destroy or handle_events";
  }
  return std::nullopt;
}

Problem missing_function(const baton_server& table) {
  if (table.create == nullptr || table.destroy == nullptr || table.handle_call == nullptr ||
      table.handle_casts == nullptr) {
    return "it lacks create, destroy, handle_call or handle_casts";
  }
  return std::nullopt;
}

template <class Table>
Problem table_entry_problem(const Table* table, std::size_t size_min) {
  if (table == nullptr) {
    return "it is NULL";
  }
  if (table->size < size_min) {
    return fmt::format("it says it has {} bytes; at least {} are needed", table->size, size_min);
  }
  if (table->name.data == nullptr) {
    return "its name is NULL";
  }
  return missing_function(*table);
}

/// A hot option needs somebody who takes a new value.
template <class Table>
Problem hot_option_problem(const Table& table, const Offer& offer) {
  const auto hot = std::ranges::find(offer.options, true, &OptionSpec::is_hot);
  if (hot == offer.options.end() || copy_table(table).change_options != nullptr) {
    return std::nullopt;
  }
  return fmt::format(
      "the manifest says that the option \"{}\" of the {} \"{}\" is hot, but the table has no "
      "change_options that would take a new value (ABI 1.2)",
      hot->name, offer_kind_name(offer.kind), offer.name);
}

/// Checks the tables of one kind against the offers of that kind: each is offered, each is there, once.
template <class Table>
Problem tables_problem(const Table* const* tables, std::size_t count, const Manifest& manifest,
                       OfferKind kind, std::size_t size_min) {
  const auto offered = static_cast<std::size_t>(std::ranges::count(manifest.provides, kind, &Offer::kind));
  if (count != offered || (count > 0 && tables == nullptr)) {
    return fmt::format("the table has {} {}s, the manifest {}", tables == nullptr ? 0 : count,
                       offer_kind_name(kind), offered);
  }
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < count; ++i) {
    if (const Problem problem = table_entry_problem(tables[i], size_min)) {
      return fmt::format("{} {} of the table is unusable: {}", offer_kind_name(kind), i, *problem);
    }
    const std::string_view name = view(tables[i]->name);
    const Offer* const offer = manifest.find(kind, name);
    if (offer == nullptr || !seen.insert(name).second) {
      return fmt::format("the table offers the {} \"{}\", which is not in the manifest, or twice",
                         offer_kind_name(kind), name);
    }
    if (Problem problem = hot_option_problem(*tables[i], *offer)) {
      return problem;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> table_problem(const baton_plugin& plugin, const Manifest& manifest) {
  if (plugin.size < plugin_size_min) {
    return fmt::format("{} says it has {} bytes; at least {} are needed", BATON_ENTRY_SYMBOL, plugin.size,
                       plugin_size_min);
  }
  if (plugin.abi_major != manifest.abi_major) {
    return fmt::format("{} says ABI {}, the manifest says {}; both must come from one build",
                       BATON_ENTRY_SYMBOL, plugin.abi_major, manifest.abi_major);
  }
  if (Problem problem = tables_problem(plugin.handlers, plugin.handler_count, manifest, OfferKind::handler,
                                       handler_size_min)) {
    return problem;
  }
  return tables_problem(plugin.servers, plugin.server_count, manifest, OfferKind::server, server_size_min);
}

}  // namespace baton
