// SPDX-License-Identifier: Apache-2.0
#include "host/config/plan_instances.hpp"

#include "host/behaviour/option_change.hpp"
#include "host/config/plan_changes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace baton {

using namespace plan_reason;

namespace {

std::string count_of(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : what.ends_with("child") ? "ren" : "s");
}

/// Whether what runs can be given these options while it goes on: what runs knows, whatever the newest file
/// says.
bool are_hot(const InstanceShape& running, const Options& wanted) {
  const std::vector<std::string> changed = changed_options(running.options, wanted);
  return std::ranges::all_of(changed, [&running](const std::string& name) {
    return std::ranges::count(running.hot_options, name) > 0;
  });
}

std::string what_is(const ManagerShape& manager) {
  return count_of(manager.handlers.size(), "handler");
}

std::string what_is(const ServerShape& server) {
  return described(server.made_of);
}

std::string what_is(const SupervisorShape& supervisor) {
  return "with " + count_of(supervisor.children.size(), "child");
}

bool has_state(const ManagerShape& manager) {
  return std::ranges::any_of(manager.handlers,
                             [](const HandlerShape& handler) { return handler.made_of.has_state; });
}

bool has_state(const ServerShape& server) {
  return server.made_of.has_state;
}

bool has_state(const SupervisorShape& /*supervisor*/) {
  return false;  // its children are told by themselves
}

}  // namespace

std::string described(const InstanceShape& made_of) {
  return made_of.version.empty() ? made_of.type : made_of.type + " " + made_of.version;
}

Names names_of(const HostShape& shape) {
  Names names;
  const auto add_all = [&](ElementKind kind, const auto& shapes) {
    for (const auto& one : shapes) {
      names.emplace(one.process.name, Known{kind, &one.process, what_is(one), has_state(one)});
    }
  };
  add_all(ElementKind::supervisor, shape.supervisors);
  add_all(ElementKind::manager, shape.managers);
  add_all(ElementKind::server, shape.servers);
  return names;
}

namespace {

/// How to get from one instance to another.
struct InstanceChange {
  PlanAction action;
  std::string what;
  std::string reason;
  bool without_swap = false;
  bool loses_state = false;
};

/// Nothing when they are the same.
std::optional<InstanceChange> change_of(const InstanceShape* applied, const InstanceShape& running,
                                        const InstanceShape& wanted) {
  const bool is_other_type = running.type != wanted.type;
  const Changes options = is_other_type ? Changes() : changes_of(running.options, wanted.options);
  if (is_other_type || running.version != wanted.version) {
    std::string what = is_other_type
                           ? fmt::format("{} -> {}", described(running), described(wanted))
                           : fmt::format("{} {} -> {}", wanted.type, running.version, wanted.version);
    what += options.empty() ? "" : ", " + joined(options);
    const bool loses_state = is_other_type && running.has_state;
    what += loses_state ? its_state_is_lost : "";
    if (applied != nullptr && applied->type == wanted.type && applied->version == wanted.version) {
      return InstanceChange{PlanAction::swap, std::move(what), changed_by_hand, false, loses_state};
    }
    const bool is_new_file = applied != nullptr && applied->type == wanted.type;
    return InstanceChange{
        PlanAction::swap, std::move(what),
        is_new_file ? fmt::format("the plugin directories offer {}", wanted.version) : file_changed, false,
        loses_state};
  }
  if (options.empty()) {
    return std::nullopt;
  }
  const bool is_as_applied = applied != nullptr && applied->type == wanted.type &&
                             changes_of(applied->options, wanted.options).empty();
  const bool is_hot = are_hot(running, wanted.options);
  return InstanceChange{PlanAction::reconfigure, joined(options) + (is_hot ? ", without a swap" : ""),
                        is_as_applied ? changed_by_hand : file_changed, is_hot};
}

PlanStep step_of(ElementKind kind, const std::string& target, InstanceChange change) {
  return {
      change.action,     kind, target, std::move(change.what), std::move(change.reason), change.without_swap,
      change.loses_state};
}

}  // namespace

std::vector<PlanStep> handler_steps(const std::string& target, const HandlerShape* applied,
                                    const HandlerShape& running, const HandlerShape& wanted) {
  auto change = change_of(applied == nullptr ? nullptr : &applied->made_of, running.made_of, wanted.made_of);
  const Changes rules = changes_of(running.rules, wanted.rules);
  std::vector<PlanStep> steps;
  if (change) {
    if (!change->without_swap && !rules.empty()) {
      change->what += ", " + joined(rules);  // a swap takes them along
    }
    steps.push_back(step_of(ElementKind::handler, target, std::move(*change)));
  }
  if (!rules.empty() && (steps.empty() || steps.front().without_swap)) {
    steps.push_back({PlanAction::adjust, ElementKind::handler, target, joined(rules), file_changed, false});
  }
  return steps;
}

std::vector<PlanStep> server_steps(const ServerShape* applied, const ServerShape& running,
                                   const ServerShape& wanted) {
  auto change = change_of(applied == nullptr ? nullptr : &applied->made_of, running.made_of, wanted.made_of);
  std::vector<PlanStep> steps;
  if (change) {
    steps.push_back(step_of(ElementKind::server, wanted.process.name, std::move(*change)));
  }
  return steps;
}

std::string_view plan_action_name(PlanAction action) {
  switch (action) {
    case PlanAction::stop:
      return "stop";
    case PlanAction::start:
      return "start";
    case PlanAction::restart:
      return "restart";
    case PlanAction::adjust:
      return "adjust";
    case PlanAction::add:
      return "add";
    case PlanAction::swap:
      return "swap";
    case PlanAction::reconfigure:
      return "reconfigure";
    case PlanAction::reorder:
      return "reorder";
    case PlanAction::supervise:
      return "supervise";
    case PlanAction::remove:
      break;
  }
  return "remove";
}

std::string_view element_kind_name(ElementKind kind) {
  switch (kind) {
    case ElementKind::handler:
      return "handler";
    case ElementKind::manager:
      return "manager";
    case ElementKind::server:
      return "server";
    case ElementKind::supervisor:
      break;
  }
  return "supervisor";
}

}  // namespace baton
