// SPDX-License-Identifier: Apache-2.0
// ServerProcess: its part in a swap that several processes do together or not at all.
#include "host/base/log.hpp"
#include "host/behaviour/handler_wall.hpp"
#include "host/behaviour/server_process.hpp"
#include "host/behaviour/state_handover.hpp"

#include <fmt/format.h>

#include <utility>

namespace baton {

Result<SwapReport> ServerProcess::prepare_swap(ServerSwap request, Duration timeout) {
  return ask_system<SwapReport>(timeout, [this, request = std::move(request)](From<SwapReport> from) mutable {
    from.reply(is_suspended() ? prepare(std::move(request)) : Result<SwapReport>(fail(not_suspended())));
  });
}

Result<SwapReport> ServerProcess::prepare(ServerSwap request) {
  drop_prepared(false);
  ServerSpec& replacement = request.replacement;
  const TypeInfo& to = replacement.factory->type();
  auto state = state_for_swap(*running_->server, running_->type(), to, std::move(request.extra));
  if (!state) {
    return fail(state.error().code, name() + ": " + state.error().text);
  }
  SwapReport report = swap_report_of(running_->type(), to, *state);
  report.memory_bytes = report.state_moved ? running_->services->memories().bytes() : 0;
  auto watch = planned_watch(request, report.memory_bytes == 0 ? *state : std::nullopt);
  auto made = make(replacement.factory, std::move(replacement.options), std::move(*state));
  if (!made) {
    return fail(made.error().code, name() + ": " + made.error().text);
  }
  report.old_instance = running_->instance;
  report.new_instance = made->instance;
  report.at_message = last_seq_;
  prepared_ = std::make_unique<Prepared>(
      Prepared{std::move(*made), last_seq_, calls_, false, replacement.recent_requests, std::move(watch)});
  return report;
}

Result<void> ServerProcess::cut_over(Duration timeout) {
  return ask_system<void>(timeout, [this](From<void> from) {
    if (!is_suspended() || !prepared_) {
      from.reply(fail(not_suspended()));
      return;
    }
    if (prepared_->last_seq != last_seq_ || prepared_->calls != calls_) {
      from.reply(
          fail(Errc::refused,
               fmt::format("`{}` was resumed meanwhile: the state that was taken over is old", name())));
      return;
    }
    std::swap(*running_, prepared_->running);
    prepared_->is_cut = true;
    from.reply({});
  });
}

Result<void> ServerProcess::finish_swap(bool is_kept, Duration timeout) {
  return ask_system<void>(timeout, [this, is_kept](From<void> from) {
    drop_prepared(is_kept);
    from.reply({});
  });
}

void ServerProcess::drop_prepared(bool is_kept) {
  if (!prepared_) {
    return;
  }
  const bool is_done = is_kept && prepared_->is_cut;
  if (prepared_->is_cut && !is_done) {
    std::swap(*running_, prepared_->running);
  }
  const TerminateReason why = is_done
                                  ? TerminateReason{TerminateReason::Kind::swapped, {}}
                                  : TerminateReason{TerminateReason::Kind::stop, "the swap was taken back"};
  if (const auto done = guarded_terminate(*prepared_->running.server, why); !done) {
    runtime().log.error("terminate_failed", {{"server", name()}, {"reason", done.error().text}});
  }
  if (is_done) {
    runtime().log.info(
        "server_swapped",
        {{"server", name()}, {"from", prepared_->running.type().version}, {"to", running_->type().version}});
    keep_recent_requests(prepared_->recent_requests);
  }
  auto watch = is_done ? std::move(prepared_->watch) : std::nullopt;
  prepared_.reset();
  if (watch) {
    begin_watch(std::move(*watch));
  }
}

Error ServerProcess::not_suspended() const {
  return {Errc::refused, fmt::format("`{}` is not suspended, or nothing is prepared in it", name())};
}

}  // namespace baton
