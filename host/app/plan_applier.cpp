// SPDX-License-Identifier: Apache-2.0
#include "host/app/plan_applier.hpp"

#include "host/app/apply_steps.hpp"
#include "host/app/supervision_tree.hpp"
#include "host/base/clock.hpp"
#include "host/base/since.hpp"

#include <utility>

namespace baton {

ApplyReport PlanApplier::apply(const Plan& plan) {
  const Clock& clock = parts_.runtime.clock;
  const SteadyTime begin = clock.steady_now();
  ApplyReport report;
  report.later = plan.later;
  bool has_harmed = false;  // what failed is not as it was
  std::vector<std::pair<PlanStep, DoneStep>> done;
  for (const PlanStep& step : plan.steps) {
    if (!report.error.empty()) {
      report.steps.push_back({step, StepOutcome::skipped, {}, {}});
      continue;
    }
    const SteadyTime step_begin = clock.steady_now();
    auto carried_out = carry_out(step);
    const auto took = since(step_begin, clock);
    if (carried_out) {
      report.steps.push_back({step, StepOutcome::done, carried_out->text, took});
      done.emplace_back(step, std::move(*carried_out));
    } else {
      report.error = step.target + ": " + carried_out.error().text;
      report.steps.push_back({step, StepOutcome::failed, carried_out.error().text, took});
      const Errc code = carried_out.error().code;
      has_harmed = step.without_swap && (code == Errc::crashed || code == Errc::bad_return);
    }
  }
  if (!report.error.empty()) {
    report.result = has_harmed ? ApplyResult::half_taken_back : ApplyResult::taken_back;
    take_back(std::move(done), report);
  }
  set_orders(report.error.empty() ? to_ : from_);
  report.took = std::chrono::duration_cast<std::chrono::milliseconds>(clock.steady_now() - begin);
  return report;
}

Result<DoneStep> PlanApplier::carry_out(const PlanStep& step) {
  const StepContext context{parts_, from_, to_};
  const bool is_handler = step.kind == ElementKind::handler;
  switch (step.action) {
    case PlanAction::add:
      return add_handler_step(context, step.target);
    case PlanAction::reconfigure:
      if (step.without_swap) {
        return is_handler ? change_handler_options_step(context, step.target)
                          : change_server_options_step(context, step.target);
      }
      [[fallthrough]];
    case PlanAction::swap:
      return is_handler ? swap_handler_step(context, step.target) : swap_server_step(context, step.target);
    case PlanAction::reorder:
      return reorder_step(context, step.target);
    case PlanAction::remove:
      return is_handler ? remove_handler_step(context, step.target) : stop_step(context, step.target);
    case PlanAction::stop:
      return stop_step(context, step.target);
    case PlanAction::start:
      return start_step(context, step.target);
    case PlanAction::restart:
      return restart_step(context, step.target);
    case PlanAction::adjust:
      return is_handler ? adjust_handler_step(context, step.target) : adjust_step(context, step.target);
    case PlanAction::supervise:
      break;
  }
  return supervise_step(context, step.target);
}

void PlanApplier::take_back(std::vector<std::pair<PlanStep, DoneStep>> done, ApplyReport& report) {
  // Whatever ended the patience of who asked: the host must be as it was.
  const Patience patience = Patience::renewed(Patience::Limits{});
  for (; !done.empty(); done.pop_back()) {
    const SteadyTime begin = parts_.runtime.clock.steady_now();
    const auto taken_back = done.back().second.take_back();
    if (!taken_back) {
      report.result = ApplyResult::half_taken_back;
    }
    report.steps.push_back(
        {done.back().first, taken_back ? StepOutcome::taken_back : StepOutcome::not_taken_back,
         taken_back ? *taken_back : taken_back.error().text, since(begin, parts_.runtime.clock)});
  }
}

void PlanApplier::set_orders(const HostConfig& config) {
  for (const ManagerConfig& manager : config.managers) {
    parts_.deployment.set_order(order_of(manager, config));
  }
  for (const ServerConfig& server : config.servers) {
    parts_.deployment.set_order(order_of(server, config));
  }
}

}  // namespace baton
