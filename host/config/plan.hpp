// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/config/shape.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace baton {

/// What is done to one element of a host.
enum class PlanAction : std::uint8_t {
  stop,         // a process, because another takes its name or its place in the tree
  start,        // a process, with all below it
  restart,      // a process: what changed cannot be changed while it runs
  adjust,       // the mailbox of a process and the like, while it goes on
  add,          // a handler
  swap,         // a handler or the code of a server, with its state
  reconfigure,  // the same type and version with other options: as PlanStep::without_swap says
  reorder,      // the handlers of a manager
  supervise,    // what a supervisor does about its children, which go on
  remove        // a handler or a process that is wanted no more
};

/// "stop", "start", ….
[[nodiscard]] std::string_view plan_action_name(PlanAction action);

enum class ElementKind : std::uint8_t { handler, manager, server, supervisor };

[[nodiscard]] std::string_view element_kind_name(ElementKind kind);

struct PlanStep {
  PlanAction action = PlanAction::start;
  ElementKind kind = ElementKind::manager;
  std::string target;  // "manager/id" or the name of a process
  std::string what;    // for people: "LoggerHandler 1.0.0 -> 2.0.0", "max_messages 100 -> 200"
  std::string reason;  // for people: "the file changed"
  /// Of reconfigure. True: every option that changes is hot, and is changed in the instance, which goes on.
  /// False: a new instance takes the state over.
  bool without_swap = false;
  bool loses_state = false;  // what runs has one, and nobody takes it over

  bool operator==(const PlanStep&) const = default;
};

/// What leads from one shape to another. Nothing that it does not name is touched.
struct Plan {
  std::vector<PlanStep> steps;         // in the order of doing: what cannot be taken back in full comes last
  std::vector<std::string> unchanged;  // processes of which nothing changes, and what is below them neither
  std::vector<std::string> later;      // what only the next start of the host changes: "host.workers 2 -> 4"

  [[nodiscard]] bool is_empty() const { return steps.empty(); }
};

/// The plan that makes `running` (what is observed) `wanted`. `applied` is what was wanted when something was
/// applied last: it only tells whether the file has changed, or somebody changed what runs. Where the two
/// agree on everything, nothing is done. Pure. Threads: any.
[[nodiscard]] Plan make_plan(const HostShape& applied, const HostShape& running, const HostShape& wanted);

/// "max_messages 100 -> 200, types [] -> [msg]": the options that differ; empty when none does.
[[nodiscard]] std::string describe_changes(const Options& from, const Options& to);

}  // namespace baton
