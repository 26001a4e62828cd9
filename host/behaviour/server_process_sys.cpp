// SPDX-License-Identifier: Apache-2.0
// ServerProcess: what sys asks of it.
#include "host/base/log.hpp"
#include "host/behaviour/handler_wall.hpp"
#include "host/behaviour/server_process.hpp"
#include "host/behaviour/state_handover.hpp"

#include <fmt/format.h>

#include <utility>

namespace baton {

std::string ServerProcess::shown_state() const {
  StatusView view;
  guarded_format_status(*running_->server, StatusPurpose::normal, view);
  return std::move(view.state);
}

std::vector<SysInstance> ServerProcess::sys_instances() const {
  if (!running_) {
    return {};  // it has not started yet
  }
  return {{name(), running_->type().name, running_->type().version, running_->instance, shown_state()}};
}

std::vector<SysState> ServerProcess::sys_states() {
  std::vector<SysState> states;
  for (SysInstance& instance : sys_instances()) {
    states.push_back({std::move(instance), guarded_save(*running_->server)});
  }
  return states;
}

Result<void> ServerProcess::replace_states(const ReplaceState& replace) {
  if (!running_) {
    return fail(Errc::not_supported, fmt::format("`{}` has not started yet", name()));
  }
  if (auto none = in_parts_.check_none(); !none) {
    return none;
  }
  auto replaced = replaced_state(*running_->server, running_->type(), name(), replace);
  if (!replaced) {
    return fail(std::move(replaced.error()));
  }
  auto made = make(running_->factory, running_->options, std::move(*replaced));
  if (!made) {
    return fail(std::move(made.error()));
  }
  take_over(std::move(*made));
  return {};
}

Result<SwapReport> ServerProcess::change_code(ServerSpec replacement, std::string extra, Duration timeout) {
  return ask_system<SwapReport>(timeout, [this, replacement = std::move(replacement),
                                          extra = std::move(extra)](From<SwapReport> from) mutable {
    if (!is_suspended()) {
      from.reply(fail(Errc::unknown_request,
                      fmt::format("`{}` is not suspended: suspend it, change its code, resume it", name())));
      return;
    }
    from.reply(swap_and_log({std::move(replacement), std::move(extra)}));
  });
}

void ServerProcess::observe_outcome(const ServerOutcome& outcome, std::uint64_t from) {
  using Verdict = ServerOutcome::Verdict;
  // OTP: a reply is what {reply, …} and {stop, …, Reply, …} return; one that is sent by reply/2 is not seen.
  if (outcome.verdict == Verdict::ok || (outcome.verdict == Verdict::stop && outcome.reply)) {
    observe_reply(outcome.reply ? std::string_view(outcome.reply->data) : std::string_view(), from);
  } else if (outcome.verdict != Verdict::failed) {
    observe_new_state();
  }
}

}  // namespace baton
