// SPDX-License-Identifier: Apache-2.0
#include "host/config/process_sections.hpp"

#include "host/config/crash_policy_section.hpp"
#include "host/config/key_table.hpp"
#include "host/config/source_text.hpp"
#include "host/config/supervision_sections.hpp"
#include "host/config/watch_policy.hpp"
#include "host/config/watch_section.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace baton {
namespace {

using namespace std::chrono_literals;

constexpr Range<std::size_t> capacity_range{1, 16'777'216};
constexpr Range<std::uint64_t> capacity_bytes_range{1, 1ull << 40u};
constexpr Range<Duration> block_timeout_range{0ms, 24h};
constexpr Range<Duration> hibernate_after_range{0ms, 24h};
constexpr Range<std::size_t> batch_range{1, 65'536};
constexpr Range<std::size_t> record_range{0, RecordLimits::events_most};

// what managers and servers have in common

void read_overflow(ValueReader& values, const YamlNode& node, ProcessOptions& process) {
  static constexpr std::array policies = {Choice<Overflow>{"block", Overflow::block},
                                          Choice<Overflow>{"reject", Overflow::reject},
                                          Choice<Overflow>{"drop_newest", Overflow::drop_newest},
                                          Choice<Overflow>{"drop_oldest", Overflow::drop_oldest}};
  values.choice<Overflow>(node, policies, process.mailbox.overflow);
}

void read_thread(ValueReader& values, const YamlNode& node, ProcessOptions& process) {
  static constexpr std::array kinds = {Choice<bool>{"shared", false}, Choice<bool>{"own", true}};
  values.choice<bool>(node, kinds, process.own_thread);
}

constexpr std::array process_keys = {
    Key<ProcessOptions>{"capacity",
                        [](ValueReader& values, const YamlNode& node, ProcessOptions& process) {
                          values.whole_number(node, capacity_range, "messages", process.mailbox.capacity);
                        }},
    Key<ProcessOptions>{"capacity_bytes",
                        [](ValueReader& values, const YamlNode& node, ProcessOptions& process) {
                          values.size(node, capacity_bytes_range, process.mailbox.capacity_bytes);
                        }},
    Key<ProcessOptions>{"overflow", read_overflow},
    Key<ProcessOptions>{"block_timeout",
                        [](ValueReader& values, const YamlNode& node, ProcessOptions& process) {
                          values.duration(node, block_timeout_range, process.block_timeout);
                        }},
    Key<ProcessOptions>{"batch",
                        [](ValueReader& values, const YamlNode& node, ProcessOptions& process) {
                          values.whole_number(node, batch_range, "messages", process.batch_max);
                        }},
    Key<ProcessOptions>{"thread", read_thread},
    Key<ProcessOptions>{"hibernate_after",
                        [](ValueReader& values, const YamlNode& node, ProcessOptions& process) {
                          values.duration(node, hibernate_after_range, process.hibernate_after);
                        }},
};

std::optional<std::vector<std::string>> read_items(ValueReader& values, const YamlNode& list) {
  std::vector<std::string> items;
  bool is_good = true;
  for (const YamlNode& entry : list.entries) {
    if (entry.kind == YamlNode::Kind::scalar) {
      items.push_back(entry.text);
      continue;
    }
    is_good = false;
    if (entry.kind != YamlNode::Kind::refused) {
      values.error(entry.place,
                   fmt::format("found {} in a list of option values, expected a scalar", describe(entry)));
    }
  }
  return is_good ? std::optional(std::move(items)) : std::nullopt;
}

/// The options of a handler or server: any names, since their plugin says which there are.
template <class Config>
void read_options(ValueReader& values, const YamlNode& node, Config& config) {
  config.has_bad_options = true;
  if (!values.is_map(node, "`options: {name: value}`")) {
    return;
  }
  std::vector<ConfigOption>& options = config.options;
  for (const YamlNode& entry : node.entries) {
    if (entry.kind == YamlNode::Kind::scalar) {
      options.push_back({entry.key, entry.text, entry.key_place, entry.place});
    } else if (entry.kind == YamlNode::Kind::list) {
      if (auto items = read_items(values, entry)) {
        options.push_back({entry.key, std::move(*items), entry.key_place, entry.place});
      }
    } else if (entry.kind == YamlNode::Kind::null) {
      values.error(entry.place, fmt::format("the option {} has no value", in_backticks(entry.key)),
                   "write one (`\"\"` is the empty text), or leave the option out to get its default");
    } else if (entry.kind == YamlNode::Kind::map) {
      values.error(entry.place,
                   fmt::format("the option {} is a map of keys, expected a scalar or a list of them",
                               in_backticks(entry.key)),
                   "is it indented like its neighbours?");
    }
  }
  config.has_bad_options = options.size() < node.entries.size();
}

void read_type(ValueReader& values, const YamlNode& node, std::string& type, Place& place) {
  std::string text;
  values.text(node, "the name of a type that a plugin offers", text);
  if (!text.empty() && values.is_name(text, node.place, "the name of a type")) {
    type = std::move(text);
    place = node.place;
  }
}

// handlers

constexpr std::array handler_keys = {
    Key<HandlerConfig>{"type",
                       [](ValueReader& values, const YamlNode& node, HandlerConfig& handler) {
                         read_type(values, node, handler.type, handler.place);
                       }},
    Key<HandlerConfig>{"id",
                       [](ValueReader& values, const YamlNode& node, HandlerConfig& handler) {
                         values.text(node, "an id", handler.id);
                         if (node.kind == YamlNode::Kind::scalar &&
                             !values.is_name(handler.id, node.place, "an id")) {
                           handler.id.clear();
                         }
                       }},
    Key<HandlerConfig>{"options",
                       [](ValueReader& values, const YamlNode& node, HandlerConfig& handler) {
                         read_options(values, node, handler);
                       }},
    Key<HandlerConfig>{"on_new",
                       [](ValueReader& values, const YamlNode& node, HandlerConfig& handler) {
                         read_on_new(values, node, handler.on_new);
                       }},
    Key<HandlerConfig>{"canary",
                       [](ValueReader& values, const YamlNode& node, HandlerConfig& handler) {
                         read_canary(values, node, handler.canary, "events");
                       }},
    Key<HandlerConfig>{"watch",
                       [](ValueReader& values, const YamlNode& node, HandlerConfig& handler) {
                         read_watch(values, node, handler.watch);
                       }},
};

/// When `map` has no `type`, says so at `place`; unless another key was unknown, and so reported: it may well
/// be the `type` misspelt.
template <class Known>
void check_type(ValueReader& values, const YamlNode& map, Place place, std::string_view what,
                Known is_known) {
  const auto has_type = [](const YamlNode& entry) {
    return entry.key == "type";
  };
  if (std::ranges::any_of(map.entries, has_type) || !std::ranges::all_of(map.entries, is_known)) {
    return;
  }
  values.error(place, fmt::format("{} has no `type`", what),
               "add `type: ` and the name of what a plugin offers");
}

void read_handler_map(ValueReader& values, const YamlNode& node, HandlerConfig& handler) {
  for (const YamlNode& entry : node.entries) {
    if (!read_known(values, entry, handler_keys, handler) &&
        !read_known(values, entry, crash_policy_keys, handler.crash_policy)) {
      std::vector<std::string> allowed;
      append_names(handler_keys, allowed);
      append_names(crash_policy_keys, allowed);
      report_unknown_key(values, entry, std::move(allowed));
    }
  }
  check_crash_policy_keys(values, node, handler.crash_policy);
  check_type(values, node, node.place, "this handler", [](const YamlNode& entry) {
    return is_one_of(handler_keys, entry.key) || is_one_of(crash_policy_keys, entry.key);
  });
}

HandlerConfig read_handler(ValueReader& values, const YamlNode& node) {
  HandlerConfig handler;
  handler.place = node.place;
  if (node.kind == YamlNode::Kind::scalar) {
    read_type(values, node, handler.type, handler.place);
  } else if (node.kind == YamlNode::Kind::map) {
    read_handler_map(values, node, handler);
  } else if (node.kind != YamlNode::Kind::refused) {
    values.error(node.place, fmt::format("found {}, expected a handler", describe(node)),
                 "write its type, or a map with `type`, `id` and `options`");
  }
  // An id that cannot be one has been reported; the type in its place might look taken.
  const bool has_own_id =
      std::ranges::any_of(node.entries, [](const YamlNode& entry) { return entry.key == "id"; });
  if (handler.id.empty() && !has_own_id) {
    handler.id = handler.type;
  }
  return handler;
}

void read_handlers(ValueReader& values, const YamlNode& node, ManagerConfig& manager) {
  if (!values.is_list(node, "each handler on a line of its own that starts with `- `")) {
    return;
  }
  std::map<std::string, Place> ids;
  for (const YamlNode& entry : node.entries) {
    HandlerConfig handler = read_handler(values, entry);
    if (handler.id.empty()) {
      continue;  // has been reported
    }
    const auto [first, is_new] = ids.emplace(handler.id, handler.place);
    if (!is_new) {
      values.error(handler.place,
                   fmt::format("the id {} is taken by the handler at {}:{}", in_backticks(handler.id),
                               first->second.line, first->second.column),
                   "give one of the two an `id` of its own");
    }
    manager.handlers.push_back(std::move(handler));
  }
}

// managers

void read_order(ValueReader& values, const YamlNode& node, ManagerConfig& manager) {
  static constexpr std::array orders = {Choice<DispatchOrder>{"oldest_first", DispatchOrder::oldest_first},
                                        Choice<DispatchOrder>{"newest_first", DispatchOrder::newest_first}};
  values.choice<DispatchOrder>(node, orders, manager.options.order);
}

constexpr std::array manager_keys = {
    Key<ManagerConfig>{"order", read_order},
    Key<ManagerConfig>{"handlers", read_handlers},
    Key<ManagerConfig>{"record",
                       [](ValueReader& values, const YamlNode& node, ManagerConfig& manager) {
                         values.whole_number(node, record_range, "events", manager.options.record.events);
                       }},
    Key<ManagerConfig>{"record_bytes",
                       [](ValueReader& values, const YamlNode& node, ManagerConfig& manager) {
                         values.size(node, capacity_bytes_range, manager.options.record.bytes);
                       }},
};

/// A section with keys of its own beside those of every process and of every child of a supervisor.
template <class Target, std::size_t N>
void read_process(ValueReader& values, const YamlNode& node, const std::array<Key<Target>, N>& own_keys,
                  Target& target, ProcessOptions& process, std::string_view example) {
  if (!values.is_map(node, example)) {
    return;
  }
  for (const YamlNode& entry : node.entries) {
    if (!read_known(values, entry, own_keys, target) && !read_known(values, entry, process_keys, process) &&
        !read_known(values, entry, child_keys, target.child)) {
      std::vector<std::string> allowed;
      append_names(own_keys, allowed);
      append_names(process_keys, allowed);
      append_names(child_keys, allowed);
      report_unknown_key(values, entry, std::move(allowed));
    }
  }
}

// servers

constexpr std::array server_keys = {
    Key<ServerConfig>{"type",
                      [](ValueReader& values, const YamlNode& node, ServerConfig& server) {
                        read_type(values, node, server.type, server.type_place);
                      }},
    Key<ServerConfig>{"options",
                      [](ValueReader& values, const YamlNode& node, ServerConfig& server) {
                        read_options(values, node, server);
                      }},
    Key<ServerConfig>{"on_new",
                      [](ValueReader& values, const YamlNode& node, ServerConfig& server) {
                        read_on_new(values, node, server.on_new);
                      }},
    Key<ServerConfig>{"canary",
                      [](ValueReader& values, const YamlNode& node, ServerConfig& server) {
                        read_canary(values, node, server.canary, "requests");
                      }},
    Key<ServerConfig>{"watch",
                      [](ValueReader& values, const YamlNode& node, ServerConfig& server) {
                        read_watch(values, node, server.watch);
                      }},
};

bool is_server_key(const YamlNode& entry) {
  return is_one_of(server_keys, entry.key) || is_one_of(process_keys, entry.key) ||
         is_one_of(child_keys, entry.key);
}

ServerConfig read_server(ValueReader& values, const YamlNode& node) {
  ServerConfig server;
  server.name = node.key;
  server.place = node.key_place;
  server.type_place = node.key_place;
  read_process(values, node, server_keys, server, server.process, "`type: ` and a type, below the name");
  if (node.kind == YamlNode::Kind::map || node.kind == YamlNode::Kind::null) {
    check_type(values, node, node.key_place, "the server " + in_backticks(node.key), is_server_key);
  }
  return server;
}

}  // namespace

void read_managers(ValueReader& values, const YamlNode& node, std::vector<ManagerConfig>& managers) {
  if (!values.is_map(node, "the name of each manager as a key")) {
    return;
  }
  for (const YamlNode& entry : node.entries) {
    ManagerConfig manager;
    manager.name = entry.key;
    manager.place = entry.key_place;
    read_process(values, entry, manager_keys, manager, manager.options.process,
                 "`handlers: ` and a list, below the name");
    if (values.is_name(entry.key, entry.key_place, "the name of a manager")) {
      managers.push_back(std::move(manager));
    }
  }
}

void read_servers(ValueReader& values, const YamlNode& node, std::vector<ServerConfig>& servers) {
  if (!values.is_map(node, "the name of each server as a key")) {
    return;
  }
  for (const YamlNode& entry : node.entries) {
    ServerConfig server = read_server(values, entry);
    if (values.is_name(entry.key, entry.key_place, "the name of a server")) {
      servers.push_back(std::move(server));
    }
  }
}

void read_on_new(ValueReader& values, const YamlNode& node, std::optional<OnNew>& on_new) {
  static constexpr std::array words = {Choice<OnNew>{"announce", OnNew::announce},
                                       Choice<OnNew>{"swap", OnNew::swap}};
  OnNew chosen = OnNew::announce;
  values.choice<OnNew>(node, words, chosen);
  on_new = chosen;
}

void append_process_keys(std::vector<std::string>& names) {
  append_names(manager_keys, names, "managers.NAME.");
  append_names(process_keys, names, "managers.NAME.");
  append_names(child_keys, names, "managers.NAME.");
  append_names(handler_keys, names, "managers.NAME.handlers.");
  for (const std::string& key : watch_keys()) {
    names.push_back("managers.NAME.handlers.watch." + key);
  }
  append_crash_policy_keys(names, "managers.NAME.handlers.");
  append_names(server_keys, names, "servers.NAME.");
  for (const std::string& key : watch_keys()) {
    names.push_back("servers.NAME.watch." + key);
  }
  append_names(process_keys, names, "servers.NAME.");
  append_names(child_keys, names, "servers.NAME.");
}

}  // namespace baton
