// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/canary.hpp"
#include "host/runtime/task_process.hpp"

#include <optional>
#include <string>
#include <utility>

namespace baton {

/// Where a canary runs: a process with a thread of its own, so that whoever waits for it can give it up when
/// it does not come back. Not registered: nobody else knows it. For verbs_trial.cpp only.
class CanaryProcess final : public TaskProcess {
 public:
  CanaryProcess(Runtime& runtime, std::string name) : TaskProcess(runtime, std::move(name), true) {}

  /// Runs `canary()` and waits, once. Errors: the canary's; timed_out and shutting_down, when it was given
  /// up: then it goes on by itself.
  template <class F>
  Result<CanaryReport> run(F canary) {
    auto report = ask<Result<CanaryReport>>(
        infinity, [canary = std::optional<F>(std::move(canary))](From<Result<CanaryReport>> from) mutable {
          Result<CanaryReport> told = (*canary)();
          canary.reset();  // before anybody knows: its code may have to go
          from.reply(std::move(told));
        });
    if (report) {
      (void)exit(ExitReason::normal());
      return std::move(*report);
    }
    abandon();
    return fail(report.error().code,
                report.error().text + "; the canary had not come back: nothing was changed");
  }
};

}  // namespace baton
