// SPDX-License-Identifier: Apache-2.0
#include "host/config/plan_instances.hpp"

#include "host/config/plan_changes.hpp"

#include <fmt/format.h>

#include <utility>

namespace baton {

using namespace plan_reason;

namespace {

std::string count_of(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : what.ends_with("child") ? "ren" : "s");
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

}  // namespace

std::string described(const InstanceShape& made_of) {
  return made_of.version.empty() ? made_of.type : made_of.type + " " + made_of.version;
}

Names names_of(const HostShape& shape) {
  Names names;
  const auto add_all = [&](ElementKind kind, const auto& shapes) {
    for (const auto& one : shapes) {
      names.emplace(one.process.name, Known{kind, &one.process, what_is(one)});
    }
  };
  add_all(ElementKind::supervisor, shape.supervisors);
  add_all(ElementKind::manager, shape.managers);
  add_all(ElementKind::server, shape.servers);
  return names;
}

std::optional<InstanceChange> change_of(const InstanceShape* applied, const InstanceShape& running,
                                        const InstanceShape& wanted) {
  const bool is_other_type = running.type != wanted.type;
  const Changes options = is_other_type ? Changes() : changes_of(running.options, wanted.options);
  if (is_other_type || running.version != wanted.version) {
    std::string what = is_other_type
                           ? fmt::format("{} -> {}", described(running), described(wanted))
                           : fmt::format("{} {} -> {}", wanted.type, running.version, wanted.version);
    what += options.empty() ? "" : ", " + joined(options);
    if (applied != nullptr && applied->type == wanted.type && applied->version == wanted.version) {
      return InstanceChange{PlanAction::swap, std::move(what), changed_by_hand};
    }
    const bool is_new_file = applied != nullptr && applied->type == wanted.type;
    return InstanceChange{
        PlanAction::swap, std::move(what),
        is_new_file ? fmt::format("the plugin directories offer {}", wanted.version) : file_changed};
  }
  if (options.empty()) {
    return std::nullopt;
  }
  const bool is_as_applied = applied != nullptr && applied->type == wanted.type &&
                             changes_of(applied->options, wanted.options).empty();
  return InstanceChange{PlanAction::reconfigure, joined(options),
                        is_as_applied ? changed_by_hand : file_changed};
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
