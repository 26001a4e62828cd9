// SPDX-License-Identifier: Apache-2.0
// ServerProcess: what comes before and after a swap. The canary's material, and the watch over a new version
// until its window is over or the old one has come back.
//
// Each caller gets one answer. A call that the new version has answered stays answered, also when it is given
// to the old one again, whose answer is dropped then; one that it crashed at, or whose refusal was one too
// many, is answered by the old one, when it is given to it, and else with an error; one that it wanted to
// answer later is answered by the old one, when that knows of it, and else with an error.
#include "host/base/log.hpp"
#include "host/base/since.hpp"
#include "host/behaviour/handler_wall.hpp"
#include "host/behaviour/server_process.hpp"
#include "host/behaviour/way_back.hpp"
#include "host/runtime/timers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace baton {
namespace {

using Verdict = ServerOutcome::Verdict;

/// To stop with a reason that is none of the quiet ones is one, too.
bool is_crash(const ServerOutcome& outcome) {
  return outcome.verdict == Verdict::failed ||
         (outcome.verdict == Verdict::stop && !ExitReason::parse(outcome.reason).is_quiet());
}

bool is_among(const std::vector<KeptMessage>& requests, std::uint64_t call) {
  return std::any_of(requests.begin(), requests.end(),
                     [call](const KeptMessage& kept) { return kept.call == call; });
}

}  // namespace

Result<CanaryMaterial> ServerProcess::canary_material(std::size_t count, Duration timeout) {
  return ask_system<CanaryMaterial>(timeout, [this, count](From<CanaryMaterial> from) {
    auto requests = recent_.last(count);
    recent_.want(count);
    auto state = guarded_save(*running_->server);
    from.reply(state ? Result<CanaryMaterial>(
                           CanaryMaterial{running_->type(), std::move(*state), {}, std::move(requests), {}})
                     : Result<CanaryMaterial>(fail(std::move(state.error()))));
  });
}

Result<void> ServerProcess::keep_recent(std::size_t requests, Duration timeout) {
  return ask_system_change<void>(timeout, [this, requests](From<void> from) {
    keep_recent_requests(requests);
    from.reply({});
  });
}

void ServerProcess::keep_recent_requests(std::size_t count) {
  recent_requests_ = count;
  recent_.want(count);
}

std::optional<PlannedWatch<ServerSpec>> ServerProcess::planned_watch(ServerSwap& request,
                                                                     std::optional<State> state) const {
  if (request.watch.window == Duration::zero()) {
    return std::nullopt;
  }
  return PlannedWatch<ServerSpec>{
      request.watch, std::move(request.watch_end), {current_spec(), std::move(state), running_->times.p99()}};
}

void ServerProcess::begin_watch(PlannedWatch<ServerSpec> planned) {
  const Duration window = planned.policy.window;
  running_->watch =
      std::make_unique<ServerWatch>(std::move(planned), "request", runtime().clock.steady_now());
  last_call_at_cut_ = callers_.last();
  const std::weak_ptr<ServerProcess> self = std::static_pointer_cast<ServerProcess>(shared_from_this());
  (void)runtime().timers.start(window, [self, instance = running_->instance] {
    if (const auto server = self.lock()) {
      server->post([server = server.get(), instance] { server->end_watch(instance); });
    }
  });
}

void ServerProcess::end_watch(std::uint64_t instance) {
  if (then_.kind == Then::Kind::hibernate) {
    hibernate();  // nothing has come for it
  }
  if (running_->instance != instance || !running_->watch) {
    return;  // it has been swapped since
  }
  if (const auto why = running_->watch->last_verdict(running_->times)) {
    (void)swap_back(*why, {});
    return;
  }
  std::unique_ptr<ServerWatch> watch = std::move(running_->watch);
  WatchOutcome outcome = watch->outcome(running_->times, runtime().clock.steady_now());
  runtime().log.info("swap_watch_passed", {{"server", name()},
                                           {"requests", std::to_string(outcome.events)},
                                           {"errors", std::to_string(outcome.errors)}});
  // It has the old version's code, and whoever is told is to be the last one who does.
  SwapWatch& told = *watch;
  outcome.code = std::shared_ptr<const ServerWatch>(std::move(watch));
  told.tell(std::move(outcome));
}

std::optional<std::string> ServerProcess::judge(std::span<const Message> requests,
                                                const ServerOutcome& outcome, std::uint64_t call) {
  SwapWatch& watch = *running_->watch;
  const bool has_failed = outcome.verdict == Verdict::failed || outcome.verdict == Verdict::refused;
  watch.note({call != 0 ? requests : requests.first(requests_taken(outcome)), has_failed ? 1U : 0U,
              is_crash(outcome), outcome.reason, call});
  return watch.verdict(running_->times);
}

bool ServerProcess::swapped_back_at_once(const std::optional<std::string>& why, const Occasion& occasion,
                                         const ServerOutcome& outcome, const OpenCall* call) {
  if (!why) {
    return false;
  }
  const bool has_crashed = is_crash(outcome);
  const bool is_for_the_old_one =
      outcome.verdict == Verdict::refused && running_->watch->policy().redo != Redo::none;
  if (!has_crashed && !is_for_the_old_one) {
    return false;
  }
  if (call != nullptr && outcome.reply) {  // it stops with an error, but not without an answer
    callers_.answer(call->number, Reply(*outcome.reply));
    call = nullptr;
  }
  return swap_back(*why, {has_crashed ? &occasion : nullptr, outcome.reason, call,
                          has_crashed ? Errc::crashed : Errc::refused});
}

bool ServerProcess::swapped_back_after(const Occasion& occasion, const ServerOutcome& outcome) {
  if (!running_->watch || !is_crash(outcome)) {
    return false;
  }
  running_->watch->note_crash(outcome.reason);
  return swap_back(fmt::format("it crashed in {}: {}", occasion.callback, outcome.reason),
                   {&occasion, outcome.reason});
}

bool ServerProcess::swap_back(const std::string& why, const Failure& failure) {
  const SteadyTime begin = runtime().clock.steady_now();
  const std::unique_ptr<ServerWatch> watch = std::move(running_->watch);
  WatchOutcome outcome = watch->outcome(running_->times, begin);
  outcome.reason = why;
  outcome.at_event = last_seq_;
  CameBackWith with;
  auto made = make_former(*watch, with);
  if (!made) {
    outcome.verdict = WatchOutcome::Verdict::stays;
    outcome.reason += "; but the old version could not be made: " + made.error().text;
    runtime().log.error("swap_back_failed", {{"server", name()}, {"reason", outcome.reason}});
    watch->tell(std::move(outcome));
    return false;
  }
  if (failure.crash != nullptr) {
    report(*failure.crash, failure.reason);
  }
  outcome.verdict = WatchOutcome::Verdict::swapped_back;
  outcome.instance = made->instance;
  outcome.state = std::move(with.text);
  outcome.code = running_->factory;
  const std::string from = running_->type().version;
  const std::string to = made->type().version;
  const bool has_crashed = failure.crash != nullptr;
  take_over(std::move(*made),
            {has_crashed ? TerminateReason::Kind::error : TerminateReason::Kind::swapped, why});
  keep_recent_requests(watch->before().spec.recent_requests);
  if (running_->after_init.kind != Then::Kind::nothing) {
    end_rest();
  }
  std::vector<KeptMessage> again = watch->take_redo();
  if (!with.is_converted) {
    drop_lost_callers(again, failure.open);
  }
  if (follow_init()) {
    outcome.redone = give_again(*watch, std::move(again), failure);
  }
  outcome.not_redone = watch->not_redone();
  outcome.pause = since(begin, runtime().clock);
  runtime().log.warning("swapped_back", {{"server", name()},
                                         {"from", from},
                                         {"to", to},
                                         {"at_cast", std::to_string(outcome.at_event)},
                                         {"requests_given_again", std::to_string(outcome.redone)},
                                         {"reason", why}});
  watch->tell(std::move(outcome));
  return true;
}

Result<ServerProcess::Running> ServerProcess::make_former(const ServerWatch& watch, CameBackWith& with) {
  const ServerSpec& spec = watch.before().spec;
  return baton::make_former(
      watch, *running_->server, running_->type(),
      [&](std::optional<State> state, bool is_converted) {
        return make(spec.factory, spec.options, std::move(state), is_converted);
      },
      with);
}

std::uint64_t ServerProcess::give_again(const ServerWatch& watch, std::vector<KeptMessage> requests,
                                        const Failure& failure) {
  const OpenCall* const open = failure.open;
  if (open != nullptr && watch.policy().redo == Redo::failed) {
    requests.push_back({OwnedMessage(open->request), open->number, true});
  } else if (open != nullptr && !is_among(requests, open->number)) {
    callers_.answer(
        open->number,
        fail(failure.code, fmt::format("server `{}` {} and was swapped back: {}", name(),
                                       failure.crash != nullptr ? "crashed" : "refused", failure.reason)));
  }
  const std::uint64_t casts = casts_;
  std::uint64_t newly_handled = 0;  // the others have been counted
  std::uint64_t given = 0;
  for (const KeptMessage& kept : requests) {
    if (!running_) {
      break;
    }
    ++given;
    const Message message = kept.message.view();
    if (kept.call == 0) {
      give_casts({&message, 1});
      newly_handled += kept.has_failed ? 1 : 0;
    } else {
      const bool is_open = open != nullptr && open->number == kept.call;
      (void)give_call({kept.call, message, is_open ? open->client : std::string_view()});
    }
  }
  casts_ = casts + newly_handled;
  return given;
}

void ServerProcess::drop_lost_callers(const std::vector<KeptMessage>& again, const OpenCall* open) {
  std::vector<std::uint64_t> lost = callers_.waiting_since(last_call_at_cut_);
  std::erase_if(lost, [&](std::uint64_t call) {
    return is_among(again, call) || (open != nullptr && open->number == call);
  });
  callers_.drop(lost, {Errc::crashed, fmt::format("server `{}` was swapped back, and the version that came "
                                                  "back does not know the call",
                                                  name())});
}

}  // namespace baton
