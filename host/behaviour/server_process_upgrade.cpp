// SPDX-License-Identifier: Apache-2.0
// ServerProcess: its part in a swap that several processes do together or not at all; swap_in_parts.hpp has
// the rules.
#include "host/base/log.hpp"
#include "host/behaviour/handler_wall.hpp"
#include "host/behaviour/server_process.hpp"
#include "host/behaviour/state_handover.hpp"

#include <fmt/format.h>

#include <utility>

namespace baton {

Result<PreparedSwaps> ServerProcess::prepare_swap(ServerSwap request, Duration timeout) {
  return ask_system<PreparedSwaps>(timeout,
                                   [this, request = std::move(request)](From<PreparedSwaps> from) mutable {
                                     from.reply(prepare(std::move(request)));
                                   });
}

Result<PreparedSwaps> ServerProcess::prepare(ServerSwap request) {
  if (auto can = in_parts_.check_can_begin(); !can) {
    return fail(std::move(can.error()));
  }
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
  prepared_ =
      std::make_unique<Prepared>(Prepared{std::move(*made), replacement.recent_requests, std::move(watch)});
  return PreparedSwaps{in_parts_.begin(), {std::move(report)}};
}

Result<void> ServerProcess::cut_over(std::uint64_t ticket, Duration timeout) {
  return ask_system<void>(timeout, [this, ticket](From<void> from) {
    auto can = in_parts_.check_can_cut(ticket);
    if (can) {
      std::swap(*running_, prepared_->running);
      in_parts_.cut_over();
    }
    from.reply(std::move(can));
  });
}

Result<void> ServerProcess::finish_swap(std::uint64_t ticket, bool is_kept, Duration timeout) {
  return ask_system<void>(timeout, [this, ticket, is_kept](From<void> from) {
    if (in_parts_.is_under_way(ticket)) {
      end_prepared(is_kept);
    }
    from.reply(in_parts_.ended_so(ticket, is_kept));
  });
}

void ServerProcess::end_prepared(bool is_kept) {
  const std::unique_ptr<Prepared> prepared = std::move(prepared_);
  if (!prepared) {
    return;
  }
  const bool is_cut = in_parts_.is_cut();
  const bool stays = is_kept && is_cut;
  if (is_cut && !stays) {
    std::swap(*running_, prepared->running);
  }
  in_parts_.end(stays);
  const TerminateReason why = stays ? TerminateReason{TerminateReason::Kind::swapped, {}}
                                    : TerminateReason{TerminateReason::Kind::stop, "the swap was taken back"};
  if (const auto done = guarded_terminate(*prepared->running.server, why); !done) {
    runtime().log.error("terminate_failed", {{"server", name()}, {"reason", done.error().text}});
  }
  if (!stays) {
    return;
  }
  runtime().log.info(
      "server_swapped",
      {{"server", name()}, {"from", prepared->running.type().version}, {"to", running_->type().version}});
  keep_recent_requests(prepared->recent_requests);
  if (prepared->watch) {
    begin_watch(std::move(*prepared->watch));
  }
}

}  // namespace baton
