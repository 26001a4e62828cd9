// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"
#include "host/behaviour/supervisor.hpp"
#include "host/config/plan.hpp"
#include "host/control/config_control.hpp"
#include "host/control/deployment.hpp"
#include "host/runtime/runtime.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace baton {

/// What doing a step came to, and how it is taken back.
struct DoneStep {
  std::string text;                                // for people: "running as #3"
  std::function<Result<std::string>()> take_back;  // its text is for people too
};

/// The parts of a host that plans are applied to. All outlive who uses them.
struct ApplierParts {
  Runtime& runtime;
  Deployment& deployment;
};

/// Carries plans out, all or nothing: when a step fails, those before it are taken back in reverse order and
/// those behind it are left. What no step names is not touched: it keeps its instance and misses nothing.
///
/// A handler or server that was swapped is swapped back with the state that it has then; when the old version
/// cannot read that, with the state that it had at the swap, and the text says so. One that was removed is
/// made again from the state that it had. A process that was stopped is started anew. Options that were
/// changed without a swap are changed back; a handler or server that crashed over them is not made again by
/// the plan, but by its policy or its supervisor, so that such a plan is half taken back.
///
/// Threads: any, one at a time; waits as long as the callbacks of plugins do.
class PlanApplier {
 public:
  /// `from` and `to`: the configs that the plan leads from and to, both valid. They outlive the applier.
  PlanApplier(ApplierParts parts, const HostConfig& from, const HostConfig& to)
      : parts_(parts), from_(from), to_(to) {}

  /// Every step's result, in the order of doing, then those that were taken back, in that order.
  [[nodiscard]] ApplyReport apply(const Plan& plan);

 private:
  Result<DoneStep> carry_out(const PlanStep& step);
  void take_back(std::vector<std::pair<PlanStep, DoneStep>> done, ApplyReport& report);
  /// From now on, processes are started again as `config` says.
  void set_orders(const HostConfig& config);

  const ApplierParts parts_;
  const HostConfig& from_;
  const HostConfig& to_;
};

}  // namespace baton
