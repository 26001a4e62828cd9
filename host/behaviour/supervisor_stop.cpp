// SPDX-License-Identifier: Apache-2.0
// How a supervisor stops its children, and what it does about those that do not end.
#include "host/behaviour/child_reports.hpp"
#include "host/behaviour/supervisor.hpp"
#include "host/runtime/registry.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace baton {

void Supervisor::handle_stop(ExitReason reason) {
  stop_all();
  end(reason);
}

/// Nobody waits for this supervisor any more: no child may go on without one.
void Supervisor::handle_abandoned() {
  for (const Child& child : children_.in_order()) {
    if (child.process) {
      child.process->abandon();
    }
  }
  while (!children_.empty()) {
    drop(children_.in_order().back());
  }
}

void Supervisor::drop(Child& child) {
  if (is_dynamic()) {
    runtime().registry.forget_instances(child.spec.id);  // the id is never used again
  }
  children_.remove(child);
}

void Supervisor::stop_process(Child& child) {
  child.is_restarting = false;
  const std::shared_ptr<Process> process = std::exchange(child.process, nullptr);
  if (!process) {
    return;
  }
  const Duration patience = shutdown_of(child.spec);
  if (patience != brutal_kill) {
    process->exit(ExitReason::shutdown());
    (void)process->wait_until_ended(patience);
  }
  process->abandon();  // without effect when it has ended
  ChildReports(runtime().log, name()).stopped(child, *process->exit_reason());
}

void Supervisor::stop_all() {
  if (is_dynamic()) {
    stop_dynamic_children();
  }
  while (!children_.empty()) {
    Child& last = children_.in_order().back();
    stop_process(last);
    drop(last);
  }
}

/// All at once, with one deadline. OTP: the shutdown of simple_one_for_one.
void Supervisor::stop_dynamic_children() {
  const Duration patience = shutdown_of(*dynamic_spec_);
  if (patience != brutal_kill) {
    for (const Child& child : children_.in_order()) {
      if (child.process) {
        child.process->exit(ExitReason::shutdown());
      }
    }
  }
  const std::optional<SteadyTime> deadline = deadline_in(patience == brutal_kill ? Duration(0) : patience);
  std::map<std::string, std::pair<ExitReason, std::size_t>> ends;  // by the text of the reason
  for (Child& child : children_.in_order()) {
    const std::shared_ptr<Process> process = std::exchange(child.process, nullptr);
    if (!process) {
      continue;
    }
    if (patience != brutal_kill) {
      (void)process->wait_until_ended(time_left(deadline));
    }
    process->abandon();  // without effect when it has ended
    const ExitReason reason = *process->exit_reason();
    ++ends.try_emplace(to_string(reason), reason, 0).first->second.second;
  }
  for (const auto& [text, end] : ends) {
    ChildReports(runtime().log, name()).stopped(*dynamic_spec_, end.second, end.first);
  }
}

Duration Supervisor::time_left(std::optional<SteadyTime> deadline) const {
  if (!deadline) {
    return infinity;
  }
  const auto left = std::chrono::ceil<Duration>(*deadline - runtime().clock.steady_now());
  return std::max(left, Duration(0));
}

}  // namespace baton
