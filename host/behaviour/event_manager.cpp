// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/event_manager.hpp"

#include "host/base/log.hpp"
#include "host/behaviour/crash_report.hpp"
#include "host/behaviour/handler_wall.hpp"
#include "host/behaviour/installed_handler.hpp"
#include "host/behaviour/state_handover.hpp"
#include "host/runtime/registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace baton {
namespace {

// That a sync_notify handles on its caller's thread.
constexpr std::size_t visit_events_max = 64;

}  // namespace

Result<std::shared_ptr<EventManager>> EventManager::start(Runtime& runtime, std::string name,
                                                          EventManagerOptions options) {
  if (name.empty()) {
    name = fmt::format("manager-{}", runtime.registry.next_instance("manager-"));
  }
  auto manager = std::make_shared<EventManager>(runtime, std::move(name), std::move(options));
  if (auto added = runtime.registry.add(manager); !added) {
    return fail(added.error());
  }
  runtime.log.info("manager_started", {{"manager", manager->name()}});
  return manager;
}

EventManager::EventManager(Runtime& runtime, std::string name, EventManagerOptions options)
    : SysProcess(runtime, std::move(name), options.process),
      order_(options.order),
      label_(std::move(options.label)),
      crash_records_(options.crashes),
      upgrade_(std::make_unique<Upgrade>(*this)),
      failures_([this] { return Process::options().mailbox.capacity; }) {
  recent_.record(options.record);
}

EventManager::~EventManager() = default;

// ---- Events ---------------------------------------------------------------------------------------

Result<std::size_t> EventManager::notify(std::span<const Message> events) {
  return send(events);
}

Result<NotifyOutcome> EventManager::sync_notify(std::span<const Message> events, Duration timeout) {
  if (is_current()) {
    return fail(Errc::calling_self, "`" + name() + "` cannot wait for its own handlers");
  }
  if (auto outcome = handle_here(events, timeout)) {
    return std::move(*outcome);
  }
  const auto deadline = deadline_in(timeout);
  // One question for each piece that goes into the mailbox at once.
  std::vector<Pending<NotifyOutcome>> pieces;
  Mailbox::Escort escort;
  escort.make_after = [this, &pieces](std::size_t n) -> Task {
    auto [pending, from] = make_question<NotifyOutcome>();
    pieces.push_back(std::move(pending));
    return [this, n, from = std::move(from)]() mutable {
      NotifyOutcome outcome{n, 0, {}};
      failures_.collect(last_seq_ - n + 1, last_seq_, outcome);
      from.reply(std::move(outcome));
    };
  };
  if (const auto sent = send(events, &escort); !sent) {
    return fail(sent.error());
  }
  NotifyOutcome whole;
  for (Pending<NotifyOutcome>& piece : pieces) {
    auto outcome = piece.wait(runtime().scheduler, deadline);
    if (!outcome) {
      return outcome.error().code == Errc::timed_out ? fail(late_error()) : outcome;
    }
    whole.accepted += outcome->accepted;
    whole.refused += outcome->refused;
    for (const EventFailure& failure : outcome->failures) {
      add_kind_once(whole.failures, failure);
    }
  }
  return whole;
}

std::optional<NotifyOutcome> EventManager::handle_here(std::span<const Message> events, Duration timeout) {
  std::array<Message, visit_events_max> batch;
  if (events.empty() || events.size() > std::min(batch.size(), batch_max())) {
    return std::nullopt;
  }
  const Visit here = visit(timeout);
  std::uint64_t seq = here ? pass_mailbox(events.size()) : 0;
  if (seq == 0) {
    return std::nullopt;
  }
  const std::int64_t now = runtime().clock.utc_tick_us();
  const auto end = std::transform(events.begin(), events.end(), batch.begin(), [&](Message event) {
    event.seq = seq++;
    event.time_us = now;
    return event;
  });
  handle_messages({batch.begin(), end});
  NotifyOutcome outcome{events.size(), 0, {}};
  failures_.collect(last_seq_ - events.size() + 1, last_seq_, outcome);
  return outcome;
}

Result<void> EventManager::ack_notify(const Message& event, Duration timeout) {
  if (is_current()) {
    return fail(Errc::calling_self, "`" + name() + "` cannot wait for itself");
  }
  auto [pending, from] = make_question<void>();
  Mailbox::Escort escort;
  escort.before = [from = std::move(from)]() mutable {
    from.reply({});
  };
  if (const auto sent = send({&event, 1}, &escort); !sent) {
    return fail(sent.error());
  }
  auto begun = pending.wait(runtime().scheduler, deadline_in(timeout));
  return !begun && begun.error().code == Errc::timed_out ? fail(late_error()) : begun;
}

void EventManager::handle_messages(std::span<const Message> events) {
  if (is_observed() && observe_batch(SysEvent::Kind::event, events)) {
    return;
  }
  last_seq_ = events.back().seq;
  handled_ += events.size();
  recent_.add(events);
  count_missed(events.size());
  for_each_handler([&](Installed& handler) { return deliver(handler, events); });
  if (!handovers_.empty()) [[unlikely]] {
    advance_handovers();
  }
}

EventManager::Installed* EventManager::deliver(Installed& to, std::span<const Message> events) {
  Installed* handler = &to;
  while (!events.empty()) {
    save_in_time(*handler, events.front().seq - 1);
    EventsOutcome outcome = give(*handler, events);
    handler->handled += outcome.handled;
    if (handler->watch) {
      if (const auto back = judge(*handler, events, outcome)) {
        if (back->gone != nullptr) {
          return back->gone;
        }
        handler = back->place;
        events = events.subspan(events_taken(outcome));
        continue;
      }
    }
    switch (outcome.verdict) {
      case HandlerVerdict::ok:
        if (outcome.then.kind == Then::Kind::hibernate) {
          hibernate();
        }
        return nullptr;
      case HandlerVerdict::remove:
        finish_on_request(*handler);
        return handler;
      case HandlerVerdict::refused:
        report_refusal(*handler, events.subspan(outcome.handled, outcome.refused), outcome.reason);
        events = events.subspan(outcome.handled + outcome.refused);
        break;
      case HandlerVerdict::failed: {
        const Message& at = events[outcome.handled];
        const bool is_restarted = finish_crashed(
            *handler,
            {"handle_event", at, outcome.reason, outcome.is_bad_return, events.size() - outcome.handled - 1});
        failures_.add(at.seq, at.seq, {handler->spec.id, true, outcome.reason, is_restarted});
        return handler;
      }
      case HandlerVerdict::swap:
        handler = &swap_on_request(*handler, outcome.replacement, std::move(outcome.reason),
                                   events[outcome.handled - 1].seq);
        events = events.subspan(outcome.handled);  // whoever is there now gets the rest
        break;
    }
  }
  return nullptr;
}

// ---- Handlers -------------------------------------------------------------------------------------

Result<HandlerInfo> EventManager::add_handler(HandlerSpec spec, Duration timeout,
                                              LateAnswer<HandlerInfo> if_late) {
  return ask_change<HandlerInfo>(
      timeout,
      [this, spec = std::move(spec)](From<HandlerInfo> from) mutable {
        from.reply(install(std::move(spec), nullptr));
      },
      std::move(if_late));
}

Result<HandlerInfo> EventManager::install(HandlerSpec spec, OwnerRef owner) {
  if (find(spec.id) != nullptr) {
    return fail(Errc::already_present,
                fmt::format("manager `{}` already has a handler `{}`; give the second one an "
                            "id of its own",
                            name(), spec.id));
  }
  if (const Missing* const waiting = find_waiting(spec.id)) {
    return fail(waiting_error(*waiting, Errc::already_present));
  }
  if (auto checked = check_crash_policy(spec.crash_policy.value_or(CrashPolicy{})); !checked) {
    return fail(std::move(checked.error()));
  }
  auto state = std::exchange(spec.state, std::nullopt);
  if (state && !reads_state(spec.factory->type(), state->version)) {
    return fail(Errc::state_refused, fmt::format("{} does not take over a state of version {}",
                                                 spec.factory->type().name, state->version));
  }
  auto made = make(std::move(spec), std::move(state));
  if (!made) {
    return fail(made.error());
  }
  if (!is_missing((*made)->spec.id)) {
    totals_.forget((*made)->spec.id);  // an earlier one that was taken out
  }
  forget_old_totals();
  attach(**made, std::move(owner));
  (*made)->rank = ++last_rank_;
  erase_missing((*made)->spec.id);
  const HandlerInfo info = (*made)->info();
  handlers_.push_back(std::move(*made));
  runtime().log.info("handler_added", {{"manager", name()},
                                       {"id", info.id},
                                       {"type", info.type},
                                       {"version", info.version},
                                       {"instance", std::to_string(info.instance)}});
  return info;
}

Result<std::unique_ptr<EventManager::Installed>> EventManager::make(HandlerSpec spec,
                                                                    std::optional<State> state,
                                                                    const InstanceMemory* memories) {
  auto made = std::make_unique<Installed>();
  made->instance = runtime().registry.next_instance(name() + "/" + spec.id);
  recent_.want(spec.recent_events);
  made->spec = std::move(spec);
  const std::string label = fmt::format("{}/{}#{}", name(), made->spec.id, made->instance);
  const auto self = std::static_pointer_cast<EventManager>(shared_from_this());
  made->services = std::make_unique<InstanceServices>(
      runtime(), label,
      InstanceServices::Sinks{
          [weak = std::weak_ptr(self), instance = made->instance, id = made->spec.id](OwnedMessage info) {
            if (const auto manager = weak.lock()) {
              manager->post([manager = manager.get(), instance, id, info = std::move(info)] {
                manager->handle_info(id, instance, info.view());
              });
            }
          },
          [label](std::uint64_t, const Reply&) -> Result<void> {
            return fail(Errc::not_supported, label + " is a handler: it answers calls at once");
          }});
  if (memories != nullptr && state && !state->is_in_parts) {
    made->services->memories().inherit(*memories);
  }
  InstanceInit init{made->spec.id, name(), made->instance, made->spec.options, std::move(state)};
  auto handler = guarded_create(*made->spec.factory, init, *made->services);
  if (!handler) {
    return fail(handler.error());
  }
  made->handler = std::move(*handler);
  if (made->crash_policy().is_restart()) {
    made->recovery = std::make_unique<Recovery>(made->crash_policy());
    made->recovery->started = runtime().clock.steady_now();
  }
  return made;
}

EventManager::Installed* EventManager::find(std::string_view id) const {
  const auto place = std::find_if(handlers_.begin(), handlers_.end(),
                                  [id](const auto& handler) { return handler->spec.id == id; });
  return place == handlers_.end() ? nullptr : place->get();
}

Error EventManager::no_such_handler(std::string_view id) const {
  return {Errc::not_found, fmt::format("manager `{}` has no handler `{}`", name(), id)};
}

Result<Reply> EventManager::delete_handler(std::string id, std::string argument, Duration timeout) {
  const auto remove = [this, id = std::move(id), argument = std::move(argument)](From<Reply> from) {
    Installed* handler = find(id);
    if (handler == nullptr) {
      Missing* const waiting = find_waiting(id);
      if (waiting != nullptr) {
        stop_waiting(*waiting, "deleted while it was waiting to be restarted");
        erase_missing(id);
        runtime().log.info("handler_deleted", {{"manager", name()}, {"id", id}});
      }
      from.reply(waiting != nullptr ? Result<Reply>(Reply{}) : fail(no_such_handler(id)));
      return;
    }
    auto value = finish(*handler, {TerminateReason::Kind::deleted, argument}, HandlerExit::Kind::normal);
    erase(*handler);
    runtime().log.info("handler_deleted", {{"manager", name()}, {"id", id}});
    from.reply(std::move(value));
  };
  return ask_change<Reply>(timeout, remove);
}

Result<Reply> EventManager::terminate(Installed& handler, const TerminateReason& why) {
  auto value = guarded_terminate(*handler.handler, why);
  remember_ended(handler, why);
  if (!value) {
    runtime().log.error("terminate_failed",
                        {{"manager", name()}, {"id", handler.spec.id}, {"reason", value.error().text}});
  }
  return value;
}

/// One that had no events changes no count: it need not be remembered.
void EventManager::remember_ended(const Installed& handler, const TerminateReason& why) {
  if (handler.handled == 0 && handler.refused == 0) {
    return;
  }
  HandlerTotal& total = totals_.of(handler.spec.id);
  total.handled += handler.handled;
  total.refused += handler.refused;
  if (ended_.size() == ended_handlers_max) {
    ended_.pop_front();
  }
  ended_.push_back({handler.spec.id, handler.type().version, handler.instance, handler.handled,
                    handler.refused, why.kind == TerminateReason::Kind::swapped,
                    runtime().clock.utc_now_us()});
}

Result<Reply> EventManager::finish(Installed& handler, const TerminateReason& why, HandlerExit::Kind kind) {
  auto state = last_state(handler);
  auto value = terminate(handler, why);
  if (handler.owner) {
    const bool is_failure = why.kind == TerminateReason::Kind::error;
    handler.owner->tell(kind, is_failure ? why.text : std::string(), std::move(state));
  }
  return value;
}

void EventManager::finish_on_request(Installed& handler) {
  (void)finish(handler, {TerminateReason::Kind::remove, {}}, HandlerExit::Kind::normal);
  runtime().log.info("handler_removed", {{"manager", name()}, {"id", handler.spec.id}, {"reason", "normal"}});
}

void EventManager::erase(const Installed& handler) {
  std::erase_if(handlers_, [&handler](const auto& other) { return other.get() == &handler; });
}

void EventManager::handle_stop(ExitReason reason) {
  stop_all_waiting("not restarted: its manager has ended");
  upgrade_->end(false);
  give_up_all_handovers(ended_error());
  finish_all(reason);
  if (handover_workers_ > 0) {  // they have instances of this manager's to destroy
    if (!ending_) {
      ending_ = std::move(reason);
    }
    suspend();  // what comes in now comes too late: it waits, and is dropped at the end
    return;
  }
  runtime().log.write(reason.is_quiet() ? LogLevel::info : LogLevel::error, "manager_stopped",
                      {{"manager", name()}, {"reason", to_string(reason)}});
  end(reason);
}

void EventManager::finish_all(const ExitReason& reason) {
  while (!handlers_.empty()) {
    (void)finish(*handlers_.back(), {TerminateReason::Kind::stop, to_string(reason)},
                 HandlerExit::Kind::shutdown);
    handlers_.pop_back();
  }
}

/// In this turn, so that no handler is destroyed by whoever lets go of the process last.
void EventManager::handle_abandoned() {
  stop_all_waiting("not restarted: its manager was given up");
  give_up_all_handovers(ended_error());
  upgrade_->parts.clear();
  handlers_.clear();
}

}  // namespace baton
