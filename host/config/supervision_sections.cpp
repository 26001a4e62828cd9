// SPDX-License-Identifier: Apache-2.0
#include "host/config/supervision_sections.hpp"

#include "host/base/duration_text.hpp"
#include "host/base/suggest.hpp"
#include "host/config/source_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <map>
#include <utility>

namespace baton {
namespace {

using namespace std::chrono_literals;

constexpr Range<Duration> shutdown_range{0ms, 24h};
constexpr Range<Duration> backoff_range{1ms, 24h};
constexpr Range<std::uint32_t> factor_range{1, 100};
constexpr Range<std::uint32_t> jitter_range{0, 100};

// ---- What supervision: and supervisors: have in common ---------------------------------------------

constexpr std::array backoff_keys = {
    Key<Backoff>{"initial",
                 [](ValueReader& values, const YamlNode& node, Backoff& backoff) {
                   values.duration(node, backoff_range, backoff.initial);
                 }},
    Key<Backoff>{"max",
                 [](ValueReader& values, const YamlNode& node, Backoff& backoff) {
                   values.duration(node, backoff_range, backoff.max);
                 }},
    Key<Backoff>{"factor",
                 [](ValueReader& values, const YamlNode& node, Backoff& backoff) {
                   values.whole_number(node, factor_range, "times", backoff.factor);
                 }},
    Key<Backoff>{"jitter",
                 [](ValueReader& values, const YamlNode& node, Backoff& backoff) {
                   values.whole_number(node, jitter_range, "percent", backoff.jitter_percent);
                 }},
};

void read_supervisor_backoff(ValueReader& values, const YamlNode& node, SupervisorOptions& options) {
  if (const auto backoff = read_backoff(values, node)) {
    options.backoff = backoff;
  }
}

void read_strategy(ValueReader& values, const YamlNode& node, SupervisorOptions& options) {
  static constexpr std::array strategies = {Choice<Strategy>{"one_for_one", Strategy::one_for_one},
                                            Choice<Strategy>{"one_for_all", Strategy::one_for_all},
                                            Choice<Strategy>{"rest_for_one", Strategy::rest_for_one}};
  values.choice<Strategy>(node, strategies, options.strategy);
}

constexpr std::array supervision_keys = {
    Key<SupervisorOptions>{"strategy", read_strategy},
    Key<SupervisorOptions>{"max_restarts",
                           [](ValueReader& values, const YamlNode& node, SupervisorOptions& options) {
                             values.whole_number(node, max_restarts_range, "restarts", options.max_restarts);
                           }},
    Key<SupervisorOptions>{"within",
                           [](ValueReader& values, const YamlNode& node, SupervisorOptions& options) {
                             values.duration(node, within_range, options.within);
                           }},
    Key<SupervisorOptions>{"backoff", read_supervisor_backoff},
};

// ---- supervisors: ---------------------------------------------------------------------------------

void read_auto_shutdown(ValueReader& values, const YamlNode& node, SupervisorConfig& supervisor) {
  static constexpr std::array kinds = {
      Choice<AutoShutdown>{"never", AutoShutdown::never},
      Choice<AutoShutdown>{"any_significant", AutoShutdown::any_significant},
      Choice<AutoShutdown>{"all_significant", AutoShutdown::all_significant}};
  values.choice<AutoShutdown>(node, kinds, supervisor.options.auto_shutdown);
}

void read_children(ValueReader& values, const YamlNode& node, SupervisorConfig& supervisor) {
  if (!values.is_list(node, "their names as a list: `[queue, log]`")) {
    return;
  }
  for (const YamlNode& entry : node.entries) {
    std::string name;
    values.text(entry, "the name of a manager, server or supervisor", name);
    if (!name.empty()) {
      supervisor.children.push_back({std::move(name), entry.place});
    }
  }
}

constexpr std::array supervisor_keys = {Key<SupervisorConfig>{"children", read_children},
                                        Key<SupervisorConfig>{"auto_shutdown", read_auto_shutdown}};

void read_supervisor(ValueReader& values, const YamlNode& node, SupervisorConfig& supervisor) {
  if (!values.is_map(node, "`children: ` and a list of names, below the name")) {
    return;
  }
  for (const YamlNode& entry : node.entries) {
    if (!read_known(values, entry, supervisor_keys, supervisor) &&
        !read_known(values, entry, supervision_keys, supervisor.options) &&
        !read_known(values, entry, child_keys, supervisor.child)) {
      std::vector<std::string> allowed;
      append_names(supervisor_keys, allowed);
      append_names(supervision_keys, allowed);
      append_names(child_keys, allowed);
      report_unknown_key(values, entry, std::move(allowed));
    }
  }
}

// ---- The whole tree -------------------------------------------------------------------------------

/// Everything in a file that has a name, and whose child it is.
class TreeCheck {
 public:
  TreeCheck(ValueReader& values, const HostConfig& config) : values_(values), config_(config) {}

  void run() {
    for (const ManagerConfig& manager : config_.managers) {
      add(manager.name, "manager", manager.place, manager.child);
    }
    for (const ServerConfig& server : config_.servers) {
      add(server.name, "server", server.place, server.child);
    }
    for (const SupervisorConfig& supervisor : config_.supervisors) {
      add(supervisor.name, "supervisor", supervisor.place, supervisor.child);
    }
    for (const SupervisorConfig& supervisor : config_.supervisors) {
      for (const ChildReference& reference : supervisor.children) {
        take(supervisor, reference);
      }
    }
    for (const SupervisorConfig& supervisor : config_.supervisors) {
      check_acyclic(supervisor);
    }
    for (const auto& [name, known] : known_) {
      check_significant(name, known);
    }
  }

 private:
  struct Known {
    std::string_view kind;
    Place place;
    const ChildConfig* child = nullptr;
    const SupervisorConfig* owner = nullptr;  // null: the root
    Place reference;                          // in the owner's children
  };

  /// All are found by the same names. (Two of one kind are a key that is there twice.)
  void add(const std::string& name, std::string_view kind, Place place, const ChildConfig& child) {
    if (name == root_supervisor_name) {
      values_.error(place, fmt::format("the name {} is taken by the root supervisor", in_backticks(name)),
                    fmt::format("rename the {}", kind));
      return;
    }
    const auto [first, is_new] = known_.emplace(name, Known{kind, place, &child, nullptr, {}});
    if (!is_new && first->second.kind != kind) {
      values_.error(place,
                    fmt::format("the name {} is taken by the {} at {}:{}", in_backticks(name),
                                first->second.kind, first->second.place.line, first->second.place.column),
                    "managers, servers and supervisors share one set of names: rename one of the two");
    }
  }

  void take(const SupervisorConfig& supervisor, const ChildReference& reference) {
    const auto found = known_.find(reference.name);
    if (found == known_.end()) {
      explain_missing(supervisor, reference);
      return;
    }
    Known& known = found->second;
    if (known.owner != nullptr) {
      values_.error(
          reference.place,
          fmt::format("{} is a child of {} already, at {}:{}", in_backticks(reference.name),
                      in_backticks(known.owner->name), known.reference.line, known.reference.column),
          "remove one of the two");
      return;
    }
    known.owner = &supervisor;
    known.reference = reference.place;
  }

  void explain_missing(const SupervisorConfig& supervisor, const ChildReference& reference) {
    std::vector<std::string> names;
    for (const auto& [name, known] : known_) {
      if (name != supervisor.name) {
        names.push_back(name);
      }
    }
    const auto suggestion = closest(reference.name, names);
    values_.error(reference.place,
                  fmt::format("there is no manager, server or supervisor {}", in_backticks(reference.name)),
                  suggestion ? fmt::format("did you mean `{}`?", *suggestion)
                             : "add it to `managers:`, `servers:` or `supervisors:`");
  }

  /// Reported once for each cycle, at the supervisor of it that is first in the file.
  void check_acyclic(const SupervisorConfig& supervisor) {
    std::string way = supervisor.name;
    const SupervisorConfig* owner = owner_of(supervisor.name);
    // No way is longer than there are supervisors, unless it runs into a cycle further up.
    for (std::size_t i = 0; i < config_.supervisors.size() && owner != nullptr && owner != &supervisor; ++i) {
      if (owner < &supervisor) {  // both lie in one vector: the earlier one reports
        return;
      }
      way.insert(0, owner->name + " > ");
      owner = owner_of(owner->name);
    }
    if (owner == &supervisor) {
      values_.error(known_.at(supervisor.name).reference,
                    fmt::format("{} would be below itself: {} > {}", in_backticks(supervisor.name),
                                supervisor.name, way),
                    "children must make a tree: remove one of these");
    }
  }

  [[nodiscard]] const SupervisorConfig* owner_of(const std::string& name) const {
    const auto found = known_.find(name);
    return found == known_.end() ? nullptr : found->second.owner;
  }

  void check_significant(const std::string& name, const Known& known) {
    if (!known.child->significant) {
      return;
    }
    const Place place = known.child->significant_place;
    if (known.child->restart == Restart::permanent) {
      values_.error(
          place, fmt::format("{} cannot be significant and permanent", in_backticks(name)),
          "a permanent child never ends for good: add `restart: transient` or `restart: temporary`");
    } else if (known.owner == nullptr) {
      values_.error(
          place, fmt::format("{} is significant, but the root supervisor never heeds it", in_backticks(name)),
          "make it a child of a supervisor with `auto_shutdown`");
    } else if (known.owner->options.auto_shutdown == AutoShutdown::never) {
      values_.error(place,
                    fmt::format("{} is significant, but its supervisor {} never heeds it", in_backticks(name),
                                in_backticks(known.owner->name)),
                    "give that `auto_shutdown: any_significant` or `auto_shutdown: all_significant`");
    }
  }

  ValueReader& values_;
  const HostConfig& config_;
  std::map<std::string, Known, std::less<>> known_;
};

}  // namespace

std::optional<Backoff> read_backoff(ValueReader& values, const YamlNode& node) {
  Backoff backoff;
  read_section(values, node, backoff_keys, backoff, "`backoff: {initial: 100ms, max: 30s}`");
  if (backoff.max < backoff.initial) {
    values.error(node.place,
                 fmt::format("`initial` is {}, which is more than `max`, {}", duration_text(backoff.initial),
                             duration_text(backoff.max)),
                 "the waits grow from `initial` to `max`");
    return std::nullopt;
  }
  return backoff;
}

void append_backoff_keys(std::vector<std::string>& names, std::string_view prefix) {
  append_names(backoff_keys, names, prefix);
}

void read_child_restart(ValueReader& values, const YamlNode& node, ChildConfig& child) {
  static constexpr std::array kinds = {Choice<Restart>{"permanent", Restart::permanent},
                                       Choice<Restart>{"transient", Restart::transient},
                                       Choice<Restart>{"temporary", Restart::temporary}};
  values.choice<Restart>(node, kinds, child.restart);
}

void read_child_shutdown(ValueReader& values, const YamlNode& node, ChildConfig& child) {
  static constexpr std::array words = {Choice<Duration>{"infinity", infinity},
                                       Choice<Duration>{"brutal_kill", brutal_kill}};
  const bool is_word = node.kind == YamlNode::Kind::scalar && !node.text.empty() &&
                       std::isalpha(static_cast<unsigned char>(node.text.front())) != 0;
  Duration shutdown{-1};
  if (is_word) {
    values.choice<Duration>(node, words, shutdown);
  } else {
    values.duration(node, shutdown_range, shutdown);
  }
  if (shutdown != Duration(-1)) {
    child.shutdown = shutdown;
  }
}

void read_child_significant(ValueReader& values, const YamlNode& node, ChildConfig& child) {
  static constexpr std::array kinds = {Choice<bool>{"true", true}, Choice<bool>{"false", false}};
  values.choice<bool>(node, kinds, child.significant);
  child.significant_place = node.key_place;
}

void read_supervision(ValueReader& values, const YamlNode& node, SupervisorOptions& options) {
  read_section(values, node, supervision_keys, options, "`supervision: {max_restarts: 1, within: 5s}`");
}

void read_supervisors(ValueReader& values, const YamlNode& node, std::vector<SupervisorConfig>& supervisors) {
  if (!values.is_map(node, "the name of each supervisor as a key")) {
    return;
  }
  for (const YamlNode& entry : node.entries) {
    SupervisorConfig supervisor;
    supervisor.name = entry.key;
    supervisor.place = entry.key_place;
    read_supervisor(values, entry, supervisor);
    if (values.is_name(entry.key, entry.key_place, "the name of a supervisor")) {
      supervisors.push_back(std::move(supervisor));
    }
  }
}

void check_supervision(ValueReader& values, const HostConfig& config) {
  TreeCheck(values, config).run();
}

void append_supervision_keys(std::vector<std::string>& names) {
  append_names(supervision_keys, names, "supervision.");
  append_names(backoff_keys, names, "supervision.backoff.");
  append_names(supervisor_keys, names, "supervisors.NAME.");
  append_names(supervision_keys, names, "supervisors.NAME.");
  append_names(backoff_keys, names, "supervisors.NAME.backoff.");
  append_names(child_keys, names, "supervisors.NAME.");
}

}  // namespace baton
