// SPDX-License-Identifier: Apache-2.0
// ServerProcess: what it is asked, told and reminded of.
#include "host/base/log.hpp"
#include "host/behaviour/crash_report.hpp"
#include "host/behaviour/handler_wall.hpp"
#include "host/behaviour/server_process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace baton {

// ---- Calls ----------------------------------------------------------------------------------------

Result<Reply> ServerProcess::call(const Message& request, Duration timeout) {
  const std::string_view client = current_name();
  if (Visit here = visit(timeout)) {
    Callers::Visitor visitor;
    handle_call({callers_.add(visitor), request, client, true});
    auto pending = callers_.leave(visitor);
    if (rest_of_visit_) {
      here.end_before(std::exchange(rest_of_visit_, {}));
    } else {
      here.end();  // who does not reply at once needs the process for it
    }
    return pending ? pending->wait(runtime().scheduler, std::nullopt) : std::move(*visitor.answer);
  }
  return ask<Reply>(timeout, [this, request = OwnedMessage(request),
                              client = std::string(client)](From<Reply> from) mutable {
    handle_call({callers_.add(std::move(from)), request.view(), client});
  });
}

Request<Reply> ServerProcess::send_request(const Message& request) {
  return send_question<Reply>([this, request = OwnedMessage(request),
                               client = std::string(current_name())](From<Reply> from) mutable {
    handle_call({callers_.add(std::move(from)), request.view(), client});
  });
}

void ServerProcess::handle_call(const OpenCall& call) {
  ++calls_;
  const ServerOutcome::Verdict said = give_call(call);
  recent_.add_call(call.request,
                   said == ServerOutcome::Verdict::ok || said == ServerOutcome::Verdict::no_reply);
}

template <class Callback>
ServerOutcome ServerProcess::measured(std::size_t count, Callback callback) {
  RecentTimes& times = running_->times;
  const bool is_dear = count < RecentTimes::every;  // a look at the clock, for so few
  if (!running_->watch && is_dear && !times.is_due()) {
    return callback();
  }
  const SteadyTime begin = runtime().clock.steady_now();
  ServerOutcome outcome = callback();
  times.add(runtime().clock.steady_now() - begin, std::max<std::size_t>(requests_taken(outcome), 1));
  return outcome;
}

ServerOutcome::Verdict ServerProcess::give_call(const OpenCall& call) {
  end_rest();
  observe(SysEvent::Kind::call, call.request, {}, call.number);
  ServerOutcome outcome =
      measured(1, [&] { return guarded_handle_call(*running_->server, call.request, call.number); });
  const ServerOutcome::Verdict said = outcome.verdict;
  if (is_observed()) {
    observe_outcome(outcome, call.number);
  }
  const Occasion occasion{"handle_call", &call.request, call.client};
  const auto why =
      running_->watch ? judge({&call.request, 1}, outcome, call.number) : std::optional<std::string>();
  if (swapped_back_at_once(why, occasion, outcome, &call) || !settle(occasion, outcome, call.number)) {
    return said;
  }
  answer_call(call.number, call.request, outcome);
  if (call.is_visit && (why || outcome.then.kind == Then::Kind::handle_continue)) {
    // The caller has his answer, and need not wait for what comes behind it; that may even wait for him.
    rest_of_visit_ = [this, then = std::move(outcome.then), why]() mutable {
      go_on(std::move(then), why);
    };
  } else {
    go_on(std::move(outcome.then), why);
  }
  return said;
}

void ServerProcess::go_on(Then then, const std::optional<std::string>& why) {
  if (follow(std::move(then)) && why && running_->watch) {
    (void)swap_back(*why, {});
  }
}

void ServerProcess::answer_call(std::uint64_t number, const Message& request, ServerOutcome& outcome) {
  switch (outcome.verdict) {
    case ServerOutcome::Verdict::ok:
      callers_.answer(number, outcome.reply ? std::move(*outcome.reply) : Reply{});
      return;
    case ServerOutcome::Verdict::unknown_request:
      callers_.answer(number,
                      fail(Errc::unknown_request, fmt::format("{} does not know the request `{}`",
                                                              running_->type().name, view(request.type))));
      return;
    case ServerOutcome::Verdict::refused:
      callers_.answer(number, fail(Errc::refused, std::move(outcome.reason)));
      return;
    case ServerOutcome::Verdict::no_reply:
    case ServerOutcome::Verdict::unexpected:
    case ServerOutcome::Verdict::stop:
    case ServerOutcome::Verdict::failed:
      return;  // answered later, or settled before
  }
}

// ---- Casts and infos ------------------------------------------------------------------------------

Result<std::size_t> ServerProcess::cast(std::span<const Message> requests) {
  return send(requests);
}

void ServerProcess::handle_messages(std::span<const Message> requests) {
  if (is_observed() && observe_batch(SysEvent::Kind::cast, requests)) {
    return;
  }
  recent_.add_casts(requests);
  give_casts(requests);
}

void ServerProcess::give_casts(std::span<const Message> requests) {
  // One piece, unless a cast wants to continue before the next one, or another instance gets the rest.
  while (!requests.empty()) {
    end_rest();
    ServerOutcome outcome =
        measured(requests.size(), [&] { return guarded_handle_casts(*running_->server, requests); });
    if (outcome.verdict == ServerOutcome::Verdict::ok) {
      observe_new_state();
    }
    casts_ += outcome.handled;
    const Message& at = requests[std::min(outcome.handled, requests.size() - 1)];
    const Message& last = outcome.verdict == ServerOutcome::Verdict::failed || outcome.handled == 0
                              ? at
                              : requests[outcome.handled - 1];
    last_seq_ = std::max(last_seq_, last.seq);
    const std::size_t taken = requests_taken(outcome);
    const Occasion occasion{"handle_cast", &last};
    const auto why = running_->watch ? judge(requests, outcome) : std::optional<std::string>();
    if (!swapped_back_at_once(why, occasion, outcome)) {
      if (!settle(occasion, outcome) || !follow(std::move(outcome.then))) {
        return;
      }
      if (why && running_->watch) {
        (void)swap_back(*why, {});
      }
    }
    if (!running_) {
      return;
    }
    requests = requests.subspan(taken);
  }
}

void ServerProcess::handle_own_info(std::uint64_t instance, const Message& info) {
  if (running_->instance == instance) {
    handle_info(info);
  } else {
    rest_again();  // the instance it was meant for is gone
  }
}

void ServerProcess::handle_info(const Message& info) {
  end_rest();
  observe(SysEvent::Kind::info, info, {}, 0);
  ServerOutcome outcome = guarded_handle_info(*running_->server, info);
  if (outcome.verdict == ServerOutcome::Verdict::ok) {
    observe_new_state();
  }
  if (outcome.verdict == ServerOutcome::Verdict::unexpected) {
    runtime().log.warning("unexpected_info", {{"server", name()},
                                              {"type", running_->type().name},
                                              {"instance", std::to_string(running_->instance)},
                                              {"message", describe_message(info)}});
  }
  const Occasion occasion{"handle_info", &info};
  if (!swapped_back_after(occasion, outcome) && settle(occasion, outcome)) {
    (void)follow(std::move(outcome.then));
  }
}

}  // namespace baton
