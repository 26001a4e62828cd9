// SPDX-License-Identifier: Apache-2.0
#include "host/base/log.hpp"
#include "host/base/since.hpp"
#include "host/behaviour/handler_wall.hpp"
#include "host/behaviour/server_process.hpp"
#include "host/behaviour/state_handover.hpp"

#include <fmt/format.h>

#include <utility>

namespace baton {

Result<SwapReport> ServerProcess::swap_code(ServerSwap request, Duration timeout,
                                            LateAnswer<SwapReport> if_late) {
  const SteadyTime asked = runtime().clock.steady_now();
  return ask_system_change<SwapReport>(
      timeout,
      [this, asked, request = std::move(request)](From<SwapReport> from) mutable {
        note_wait(request.record.get(), since(asked, runtime().clock));
        from.reply(swap_and_log(std::move(request)));
      },
      std::move(if_late));
}

Result<ServerSpec> ServerProcess::spec(Duration timeout) {
  return ask_system<ServerSpec>(timeout, [this](From<ServerSpec> from) { from.reply(current_spec()); });
}

ServerSpec ServerProcess::current_spec() const {
  ServerSpec spec{name(), running_->factory, running_->options, options(), spec_.label};
  spec.recent_requests = recent_requests_;
  return spec;
}

Result<SwapReport> ServerProcess::swap_and_log(ServerSwap request) {
  auto report = swap_now(request);
  if (!report) {
    runtime().log.warning("swap_failed",
                          {{"server", name()}, {"kept", "old"}, {"reason", report.error().text}});
  } else {
    runtime().log.info("server_swapped",
                       {{"server", name()},
                        {"from", version_text(*report, report->old_type, report->old_version)},
                        {"to", version_text(*report, report->new_type, report->new_version)}});
  }
  return report;
}

Result<StateInSwap> ServerProcess::state_for(ServerSwap& request) {
  ServerSpec& replacement = request.replacement;
  const TypeInfo& to = replacement.factory->type();
  if (!replacement.state) {
    return state_in_swap(*running_->server, running_->type(), to, std::move(request.extra),
                         {request.record || replacement.keeps_state, request.left_state_advice});
  }
  auto moved = accepted_state(std::move(replacement.state), running_->type(), to, std::move(request.extra));
  return moved ? Result<StateInSwap>(StateInSwap{std::move(*moved), {}}) : fail(std::move(moved.error()));
}

Result<SwapReport> ServerProcess::swap_now(ServerSwap& request) {
  const SteadyTime begin = runtime().clock.steady_now();
  StepTimer step(request.record.get());
  if (auto none = in_parts_.check_none(); !none) {
    step.failed("state", none.error().text);
    return fail(std::move(none.error()));
  }
  ServerSpec& replacement = request.replacement;
  const TypeInfo& to = replacement.factory->type();
  const TypeInfo& from = running_->type();
  auto state = state_for(request);
  if (!state) {
    step.failed("state", state.error().text);
    return fail(state.error());
  }
  SwapReport report = swap_report_of(from, to, *state);
  report.memory_bytes = report.state_moved ? running_->services->memories().bytes() : 0;
  // What lies in memory of the host is not kept: the successor writes to it.
  const std::optional<State> kept = report.memory_bytes > 0 ? std::nullopt
                                    : state->left           ? state->left
                                                            : state->moved;
  if (replacement.keeps_state) {
    report.kept_state = kept;
  }
  step.done("state", state_text(*state, from, to));
  auto watch = planned_watch(request, kept);
  auto made = make(replacement.factory, std::move(replacement.options), std::move(state->moved));
  if (!made) {
    step.failed("create", made.error().text);
    return fail(made.error());
  }
  report.old_instance = running_->instance;
  report.new_instance = made->instance;
  step.done("create", fmt::format("#{} beside #{}", report.new_instance, report.old_instance));
  if (request.record) {
    request.record->keep_code(running_->factory);
  }
  take_over(std::move(*made));
  keep_recent_requests(replacement.recent_requests);
  if (watch) {
    begin_watch(std::move(*watch));
  }
  step.done("cut over", fmt::format("after cast {}; #{} terminated (swapped) and destroyed", last_seq_,
                                    report.old_instance));
  report.at_message = last_seq_;
  report.pause = since(begin, runtime().clock);
  return report;
}

void ServerProcess::take_over(Running made, const TerminateReason& why) {
  if (const auto done = guarded_terminate(*running_->server, why); !done) {
    runtime().log.error("terminate_failed", {{"server", name()}, {"reason", done.error().text}});
  }
  // In this order: the old server must go before its services.
  running_->server = nullptr;
  *running_ = std::move(made);
}

}  // namespace baton
