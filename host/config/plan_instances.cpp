// SPDX-License-Identifier: Apache-2.0
#include "host/config/plan_instances.hpp"

#include "host/config/plan_changes.hpp"

#include <fmt/format.h>

#include <utility>

namespace baton {

using namespace plan_reason;

std::string described(const InstanceShape& made_of) {
  return made_of.version.empty() ? made_of.type : made_of.type + " " + made_of.version;
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
