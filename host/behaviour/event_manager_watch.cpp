// SPDX-License-Identifier: Apache-2.0
// EventManager: what comes before and after a swap. The canary's material, and the watch over a new version
// until its window is over or the old one has come back.
#include "host/base/log.hpp"
#include "host/base/since.hpp"
#include "host/behaviour/crash_report.hpp"
#include "host/behaviour/event_manager.hpp"
#include "host/behaviour/handler_wall.hpp"
#include "host/behaviour/installed_handler.hpp"
#include "host/behaviour/way_back.hpp"
#include "host/runtime/timers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace baton {
namespace {

std::vector<Message> views_of(const std::vector<KeptMessage>& events) {
  std::vector<Message> views;
  views.reserve(events.size());
  std::transform(events.begin(), events.end(), std::back_inserter(views),
                 [](const KeptMessage& event) { return event.message.view(); });
  return views;
}

WatchedTurn turn_of(std::span<const Message> events, const EventsOutcome& outcome) {
  const auto taken = events.first(events_taken(outcome));
  return {taken, taken.size() - outcome.handled, outcome.verdict == HandlerVerdict::failed, outcome.reason};
}

}  // namespace

std::size_t events_taken(const EventsOutcome& outcome) {
  const bool has_failed = outcome.verdict == HandlerVerdict::failed;
  const bool has_refused = outcome.verdict == HandlerVerdict::refused;
  return outcome.handled + (has_failed ? 1 : 0) + (has_refused ? outcome.refused : 0);
}

Result<CanaryMaterial> EventManager::canary_material(std::string id, std::size_t count, Duration timeout) {
  return ask<CanaryMaterial>(timeout, [this, id = std::move(id), count](From<CanaryMaterial> from) {
    Installed* const handler = find(id);
    const Missing* const waiting = find_waiting(id);
    if (handler == nullptr && waiting == nullptr) {
      from.reply(fail(no_such_handler(id)));
      return;
    }
    auto events = recent_.last(count);
    recent_.want(count);
    if (handler == nullptr) {  // the event that it crashed on is one of them
      from.reply(CanaryMaterial{waiting->spec.factory->type(), waiting->recovery->saved, std::move(events)});
      return;
    }
    auto state = guarded_save(*handler->handler);
    from.reply(
        state ? Result<CanaryMaterial>(CanaryMaterial{handler->type(), std::move(*state), std::move(events)})
              : Result<CanaryMaterial>(fail(std::move(state.error()))));
  });
}

EventsOutcome EventManager::give(Installed& handler, std::span<const Message> events) {
  const bool is_dear = events.size() < RecentTimes::every;  // a look at the clock, for so few
  if (!handler.watch && is_dear && !handler.times.is_due()) {
    return guarded_handle_events(*handler.handler, events);
  }
  const SteadyTime begin = runtime().clock.steady_now();
  EventsOutcome outcome = guarded_handle_events(*handler.handler, events);
  if (const std::size_t taken = events_taken(outcome); taken > 0) {
    handler.times.add(runtime().clock.steady_now() - begin, taken);
  }
  return outcome;
}

void EventManager::begin_watch(Installed& successor, PlannedWatch<HandlerSpec> planned) {
  const Duration window = planned.policy.window;
  successor.watch = std::make_unique<HandlerWatch>(std::move(planned), "event", runtime().clock.steady_now());
  const std::weak_ptr<EventManager> self = std::static_pointer_cast<EventManager>(shared_from_this());
  (void)runtime().timers.start(window, [self, id = successor.spec.id, instance = successor.instance] {
    if (const auto manager = self.lock()) {
      manager->post([manager = manager.get(), id, instance] { manager->end_watch(id, instance); });
    }
  });
}

void EventManager::end_watch(const std::string& id, std::uint64_t instance) {
  Installed* const handler = find(id);
  if (handler == nullptr || handler->instance != instance || !handler->watch) {
    return;  // it has gone, or has been swapped since
  }
  if (const auto why = handler->watch->last_verdict(handler->times)) {
    const auto back = swap_back(*handler, *why, last_seq_, nullptr);
    if (back && back->gone != nullptr) {
      erase(*back->gone);
    }
    return;
  }
  std::unique_ptr<HandlerWatch> watch = std::move(handler->watch);
  WatchOutcome outcome = watch->outcome(handler->times, runtime().clock.steady_now());
  runtime().log.info("swap_watch_passed", {{"manager", name()},
                                           {"id", id},
                                           {"events", std::to_string(outcome.events)},
                                           {"errors", std::to_string(outcome.errors)}});
  // It has the old version's code, and whoever is told is to be the last one who does.
  SwapWatch& told = *watch;
  outcome.code = std::shared_ptr<const HandlerWatch>(std::move(watch));
  told.tell(std::move(outcome));
}

std::optional<EventManager::CameBack> EventManager::judge(Installed& watched, std::span<const Message> events,
                                                          const EventsOutcome& outcome) {
  SwapWatch& watch = *watched.watch;
  watch.note(turn_of(events, outcome));
  const auto why = watch.verdict(watched.times);
  if (!why) {
    return std::nullopt;
  }
  const auto failed = events.first(events_taken(outcome)).subspan(outcome.handled);
  if (!failed.empty() && (watch.policy().redo == Redo::none || watch.not_redone() > 0)) {
    // Nobody else is going to say so to whoever waits for it.
    failures_.add(failed.front().seq, failed.back().seq,
                  {watched.spec.id, outcome.verdict == HandlerVerdict::failed, outcome.reason});
  }
  const Message& at = events[events_taken(outcome) - 1];
  if (outcome.verdict != HandlerVerdict::failed) {
    return swap_back(watched, *why, at.seq, nullptr);
  }
  const CrashSite crash{"handle_event", at, outcome.reason, outcome.is_bad_return};
  return swap_back(watched, *why, at.seq, &crash);
}

std::optional<EventManager::CameBack> EventManager::swap_back_after(Installed& watched,
                                                                    const CrashSite& crash) {
  if (!watched.watch) {
    return std::nullopt;
  }
  watched.watch->note_crash(std::string(crash.reason));
  return swap_back(watched, fmt::format("it crashed in {}: {}", crash.callback, crash.reason), last_seq_,
                   &crash);
}

std::optional<EventManager::CameBack> EventManager::swap_back(Installed& watched, const std::string& why,
                                                              std::uint64_t at_event,
                                                              const CrashSite* crash) {
  const SteadyTime begin = runtime().clock.steady_now();
  const std::unique_ptr<HandlerWatch> watch = std::move(watched.watch);
  const std::string id = watched.spec.id;
  WatchOutcome outcome = watch->outcome(watched.times, begin);
  outcome.reason = why;
  outcome.at_event = at_event;
  auto made = make_former(watched, *watch, outcome.state);
  if (!made) {
    outcome.verdict = WatchOutcome::Verdict::stays;
    outcome.reason += "; but the old version could not be made: " + made.error().text;
    runtime().log.error("swap_back_failed", {{"manager", name()}, {"id", id}, {"reason", outcome.reason}});
    watch->tell(std::move(outcome));
    return std::nullopt;
  }
  if (crash != nullptr) {
    (void)report_crash(watched, *crash, "swapped back to version " + (*made)->type().version);
  }
  Installed& former = **made;
  const std::string former_id = former.spec.id;
  const std::string to = former.type().version;
  outcome.verdict = WatchOutcome::Verdict::swapped_back;
  outcome.instance = former.instance;
  outcome.code = watched.spec.factory;
  const std::string from = watched.type().version;
  StepTimer unrecorded(nullptr);
  change_places(watched, *made, watched.owner_ref(),
                {crash != nullptr ? TerminateReason::Kind::error : TerminateReason::Kind::swapped, why},
                unrecorded, last_state(watched));
  made->reset();  // the new version
  const std::vector<KeptMessage> again = watch->take_redo();
  const std::vector<Message> events = views_of(again);
  outcome.redone = events.size();
  outcome.not_redone = watch->not_redone();
  Installed* gone = nullptr;
  for (std::span<const Message> rest = events; !rest.empty() && gone == nullptr;) {
    const std::size_t count = std::min(rest.size(), options().batch_max);
    gone = deliver(*find(former_id), rest.first(count));
    rest = rest.subspan(count);
  }
  outcome.pause = since(begin, runtime().clock);
  totals_.count_swap(former_id, outcome.pause);
  runtime().log.warning("swapped_back", {{"manager", name()},
                                         {"id", id},
                                         {"from", from},
                                         {"to", to},
                                         {"at_event", std::to_string(at_event)},
                                         {"events_given_again", std::to_string(outcome.redone)},
                                         {"reason", why}});
  watch->tell(std::move(outcome));
  return CameBack{gone == nullptr ? find(former_id) : gone, gone};
}

Result<std::unique_ptr<EventManager::Installed>> EventManager::make_former(Installed& watched,
                                                                           const HandlerWatch& watch,
                                                                           std::string& state_text) {
  HandlerSpec spec = watch.before().spec;
  if (spec.id != watched.spec.id && find(spec.id) != nullptr) {
    spec.id = watched.spec.id;  // somebody else has the old one's meanwhile
  }
  CameBackWith with;
  auto made = baton::make_former(
      watch, *watched.handler, watched.type(),
      [&](std::optional<State> state, bool is_converted) {
        return make(spec, std::move(state), is_converted ? &watched.services->memories() : nullptr);
      },
      with);
  state_text = std::move(with.text);
  return made;
}

}  // namespace baton
