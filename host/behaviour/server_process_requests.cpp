// SPDX-License-Identifier: Apache-2.0
// ServerProcess: what it is asked, told and reminded of.
#include "host/base/log.hpp"
#include "host/behaviour/crash_report.hpp"
#include "host/behaviour/handler_wall.hpp"
#include "host/behaviour/server_process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace baton {

// ---- Calls ----------------------------------------------------------------------------------------

std::uint64_t ServerProcess::Callers::add(From<Reply> from) {
  const Lock lock(mutex_);
  waiting_.emplace(++last_, std::move(from));
  return last_;
}

Result<void> ServerProcess::Callers::reply(std::uint64_t number, Result<Reply> answer) {
  Lock lock(mutex_);
  const auto place = waiting_.find(number);
  if (place == waiting_.end()) {
    return fail(Errc::not_found, fmt::format("call {} was answered before or never was", number));
  }
  From<Reply> from = std::move(place->second);
  waiting_.erase(place);
  lock.unlock();
  const bool is_waiting = from.reply(std::move(answer));
  lock.lock();
  return is_waiting ? Result<void>()
                    : Result<void>(fail(Errc::not_found, "the caller does not wait any more"));
}

void ServerProcess::Callers::drop_all(const Error& why) {
  std::map<std::uint64_t, From<Reply>> dropped;
  {
    const Lock lock(mutex_);
    waiting_.swap(dropped);
  }
  for (auto& [number, from] : dropped) {
    (void)from.reply(fail(why));
  }
}

void ServerProcess::Callers::drop(const std::vector<std::uint64_t>& numbers, const Error& why) {
  for (const std::uint64_t number : numbers) {
    (void)reply(number, fail(why));
  }
}

std::vector<std::uint64_t> ServerProcess::Callers::waiting_since(std::uint64_t number) const {
  const Lock lock(mutex_);
  std::vector<std::uint64_t> numbers;
  std::transform(waiting_.upper_bound(number), waiting_.end(), std::back_inserter(numbers),
                 [](const auto& caller) { return caller.first; });
  return numbers;
}

std::uint64_t ServerProcess::Callers::last() const {
  const Lock lock(mutex_);
  return last_;
}

Result<Reply> ServerProcess::call(const Message& request, Duration timeout) {
  const std::string client = current_name();
  if (Visit here = visit(timeout)) {
    auto [pending, from] = make_question<Reply>();
    handle_call(request, client, std::move(from));
    here.end();  // who does not reply at once needs the process for it
    return pending.wait(runtime().scheduler, std::nullopt);
  }
  return ask<Reply>(timeout, [this, request = OwnedMessage(request), client](From<Reply> from) mutable {
    handle_call(request.view(), client, std::move(from));
  });
}

Request<Reply> ServerProcess::send_request(const Message& request) {
  return send_question<Reply>(
      [this, request = OwnedMessage(request), client = current_name()](From<Reply> from) mutable {
        handle_call(request.view(), client, std::move(from));
      });
}

void ServerProcess::handle_call(const Message& request, const std::string& client, From<Reply> from) {
  ++calls_;
  const ServerOutcome::Verdict said = give_call({callers_.add(std::move(from)), request, client});
  recent_.add_call(request, said == ServerOutcome::Verdict::ok || said == ServerOutcome::Verdict::no_reply);
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
  if (follow(std::move(outcome.then)) && why && running_->watch) {
    (void)swap_back(*why, {});
  }
  return said;
}

void ServerProcess::answer_call(std::uint64_t number, const Message& request, ServerOutcome& outcome) {
  switch (outcome.verdict) {
    case ServerOutcome::Verdict::ok:
      (void)callers_.reply(number, outcome.reply ? std::move(*outcome.reply) : Reply{});
      return;
    case ServerOutcome::Verdict::unknown_request:
      (void)callers_.reply(
          number, fail(Errc::unknown_request, fmt::format("{} does not know the request `{}`",
                                                          running_->type().name, view(request.type))));
      return;
    case ServerOutcome::Verdict::refused:
      (void)callers_.reply(number, fail(Errc::refused, std::move(outcome.reason)));
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
