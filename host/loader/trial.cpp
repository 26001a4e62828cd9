// SPDX-License-Identifier: Apache-2.0
// The host's side of a trial; trial_child.cpp is the other one.
#include "host/loader/trial.hpp"

#include "host/loader/probe.hpp"

#include <fmt/format.h>

#include <cstring>
#include <utility>

namespace baton {

Trial::Trial(std::vector<std::string> command, TrialLimits limits)
    : command_(std::move(command)), limits_(limits) {}

std::optional<Refusal> Trial::run(const std::filesystem::path& library,
                                  const std::filesystem::path& runtime_directory) const {
  std::vector<std::string> command = command_;
  command.push_back(library.string());
  command.push_back(runtime_directory.string());
  command.push_back(std::to_string(limits_.memory_bytes));
  ProbeLimits limits;
  limits.time = limits_.time;
  const ProbeEnd end = run_probe(std::move(command), limits);
  if (end.start_error != 0) {
    return Refusal{
        RefusalReason::unreadable,
        fmt::format("it cannot be tried out: no process can be started: {}", std::strerror(end.start_error))};
  }
  // Only what the child says last counts: a constructor can end the process with any status it likes.
  const std::string step = last_line(end.report);
  if (step == "done" && end.has_ended_with(0)) {
    return end.leaves_process
               ? std::optional(Refusal{RefusalReason::failed_trial, "it leaves a process running"})
               : std::nullopt;
  }
  if (end.has_ended_with(1)) {  // found by the trial itself, and told
    return Refusal{RefusalReason::failed_trial, step};
  }
  return Refusal{RefusalReason::failed_trial,
                 fmt::format("{}: {}{}", step, end.text(), end.is_late ? "" : end.last_words()), step,
                 end.signal()};
}

}  // namespace baton
