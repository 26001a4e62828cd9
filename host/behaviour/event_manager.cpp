// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/event_manager.hpp"

#include "host/base/log.hpp"
#include "host/behaviour/handler_wall.hpp"
#include "host/behaviour/installed_handler.hpp"
#include "host/runtime/registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace baton {
namespace {

// A handler that refuses event after event gets a line in the log so often, not more.
constexpr Duration refusal_log_interval{1000};

std::string describe(const Message& message) {
  return message.seq > 0 ? fmt::format("{} seq={}", view(message.type), message.seq)
                         : std::string(view(message.type));
}

}  // namespace

Result<std::shared_ptr<EventManager>> EventManager::start(Runtime& runtime, std::string name,
                                                          EventManagerOptions options) {
  auto manager = std::make_shared<EventManager>(runtime, std::move(name), options);
  if (auto added = runtime.registry.add(manager); !added) {
    return fail(added.error());
  }
  runtime.log.info("manager_started", {{"manager", manager->name()}});
  return manager;
}

EventManager::EventManager(Runtime& runtime, std::string name, EventManagerOptions options)
    : Process(runtime, std::move(name), options.process),
      order_(options.order),
      failures_(options.process.mailbox.capacity) {}

EventManager::~EventManager() = default;

// ---- Events ---------------------------------------------------------------------------------------

Result<std::size_t> EventManager::notify(std::span<const Message> events) {
  return send(events);
}

Result<NotifyOutcome> EventManager::sync_notify(std::span<const Message> events, Duration timeout) {
  if (is_current()) {
    return fail(Errc::calling_self, "`" + name() + "` cannot wait for its own handlers");
  }
  const auto deadline = deadline_in(timeout);
  // One question for each piece that goes into the mailbox at once.
  std::vector<Pending<NotifyOutcome>> pieces;
  const auto ask_after = [this, &pieces](std::size_t n) -> Task {
    auto [pending, from] = make_question<NotifyOutcome>();
    pieces.push_back(std::move(pending));
    return [this, n, from = std::move(from)]() mutable {
      NotifyOutcome outcome{n, 0, {}};
      failures_.collect(last_seq_ - n + 1, last_seq_, outcome);
      from.reply(std::move(outcome));
    };
  };
  if (const auto sent = send(events, {}, ask_after); !sent) {
    return fail(sent.error());
  }
  NotifyOutcome whole;
  for (Pending<NotifyOutcome>& piece : pieces) {
    auto outcome = piece.wait(runtime().scheduler, deadline);
    if (!outcome) {
      return outcome;
    }
    whole.accepted += outcome->accepted;
    whole.refused += outcome->refused;
    std::move(outcome->failures.begin(), outcome->failures.end(), std::back_inserter(whole.failures));
  }
  return whole;
}

Result<void> EventManager::ack_notify(const Message& event, Duration timeout) {
  if (is_current()) {
    return fail(Errc::calling_self, "`" + name() + "` cannot wait for itself");
  }
  auto [pending, from] = make_question<void>();
  Task acknowledge = [from = std::move(from)]() mutable {
    from.reply({});
  };
  if (const auto sent = send({&event, 1}, std::move(acknowledge)); !sent) {
    return fail(sent.error());
  }
  return pending.wait(runtime().scheduler, deadline_in(timeout));
}

void EventManager::handle_messages(std::span<const Message> events) {
  last_seq_ = events.back().seq;
  std::vector<Installed*> leaving;
  const auto give = [&](Installed& handler) {
    if (!deliver(handler, events)) {
      leaving.push_back(&handler);
    }
  };
  // A removal neither skips nor repeats anybody: the list changes only after all have had the batch.
  if (order_ == DispatchOrder::oldest_first) {
    std::for_each(handlers_.begin(), handlers_.end(), [&](auto& handler) { give(*handler); });
  } else {
    std::for_each(handlers_.rbegin(), handlers_.rend(), [&](auto& handler) { give(*handler); });
  }
  for (const Installed* gone : leaving) {
    std::erase_if(handlers_, [gone](const auto& handler) { return handler.get() == gone; });
  }
}

bool EventManager::deliver(Installed& handler, std::span<const Message> events) {
  while (!events.empty()) {
    const EventsOutcome outcome = guarded_handle_events(*handler.handler, events);
    handler.handled += outcome.handled;
    switch (outcome.verdict) {
      case HandlerVerdict::ok:
        return true;
      case HandlerVerdict::remove:
        (void)terminate(handler, {TerminateReason::Kind::remove, {}});
        runtime().log.info("handler_removed",
                           {{"manager", name()}, {"id", handler.spec.id}, {"reason", "normal"}});
        return false;
      case HandlerVerdict::refused:
        report_refusal(handler, events.subspan(outcome.handled, outcome.refused), outcome.reason);
        events = events.subspan(outcome.handled + outcome.refused);
        break;
      case HandlerVerdict::failed: {
        const Message& at = events[outcome.handled];
        failures_.add(at.seq, at.seq, {handler.spec.id, true, outcome.reason});
        report_crash(handler, "handle_event", describe(at), outcome.reason);
        (void)terminate(handler, {TerminateReason::Kind::error, outcome.reason});
        return false;
      }
    }
  }
  return true;
}

void EventManager::report_refusal(Installed& handler, std::span<const Message> refused,
                                  const std::string& reason) {
  failures_.add(refused.front().seq, refused.back().seq, {handler.spec.id, false, reason});
  handler.refused += refused.size();
  handler.refused_unlogged += refused.size();
  const SteadyTime now = runtime().clock.steady_now();
  if (handler.refusal_logged_at != SteadyTime{} && now - handler.refusal_logged_at < refusal_log_interval) {
    return;
  }
  runtime().log.error("events_refused", {{"manager", name()},
                                         {"id", handler.spec.id},
                                         {"count", std::to_string(handler.refused_unlogged)},
                                         {"last_seq", std::to_string(refused.back().seq)},
                                         {"reason", reason}});
  handler.refusal_logged_at = now;
  handler.refused_unlogged = 0;
}

void EventManager::report_crash(const Installed& handler, std::string_view callback, std::string_view last,
                                std::string_view reason) {
  ++crashes_;
  runtime().log.error("handler_crashed", {{"manager", name()},
                                          {"id", handler.spec.id},
                                          {"type", handler.type().name},
                                          {"version", handler.type().version},
                                          {"instance", std::to_string(handler.instance)},
                                          {"callback", callback},
                                          {"last_message", last},
                                          {"reason", reason},
                                          {"action", "removed"}});
}

// ---- Handlers -------------------------------------------------------------------------------------

Result<HandlerInfo> EventManager::add_handler(HandlerSpec spec, Duration timeout) {
  return ask<HandlerInfo>(timeout, [this, spec = std::move(spec)](From<HandlerInfo> from) mutable {
    from.reply(install(std::move(spec)));
  });
}

Result<HandlerInfo> EventManager::install(HandlerSpec spec) {
  if (find(spec.id) != nullptr) {
    return fail(Errc::already_present,
                fmt::format("manager `{}` already has a handler `{}`; give the second one an "
                            "id of its own",
                            name(), spec.id));
  }
  auto made = make(std::move(spec), std::nullopt);
  if (!made) {
    return fail(made.error());
  }
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
                                                                    std::optional<State> state) {
  auto made = std::make_unique<Installed>();
  made->instance = runtime().registry.next_instance(name() + "/" + spec.id);
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
  InstanceInit init{made->spec.id, name(), made->instance, made->spec.options, std::move(state)};
  auto handler = guarded_create(*made->spec.factory, init, *made->services);
  if (!handler) {
    return fail(handler.error());
  }
  made->handler = std::move(*handler);
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
  return ask<Reply>(timeout, [this, id = std::move(id), argument = std::move(argument)](From<Reply> from) {
    Installed* handler = find(id);
    if (handler == nullptr) {
      from.reply(fail(no_such_handler(id)));
      return;
    }
    auto value = remove(*handler, {TerminateReason::Kind::deleted, argument});
    runtime().log.info("handler_deleted", {{"manager", name()}, {"id", id}});
    from.reply(std::move(value));
  });
}

Result<Reply> EventManager::terminate(Installed& handler, const TerminateReason& why) {
  auto value = guarded_terminate(*handler.handler, why);
  if (!value) {
    runtime().log.error("terminate_failed",
                        {{"manager", name()}, {"id", handler.spec.id}, {"reason", value.error().text}});
  }
  return value;
}

Result<Reply> EventManager::remove(Installed& handler, const TerminateReason& why) {
  auto value = terminate(handler, why);
  std::erase_if(handlers_, [&handler](const auto& other) { return other.get() == &handler; });
  return value;
}

// ---- Calls and infos ------------------------------------------------------------------------------

Result<Reply> EventManager::call(std::string id, const Message& request, Duration timeout) {
  return ask<Reply>(timeout, [this, id = std::move(id), request = OwnedMessage(request)](From<Reply> from) {
    from.reply(call_handler(id, request.view()));
  });
}

Result<Reply> EventManager::call_handler(const std::string& id, const Message& request) {
  Installed* handler = find(id);
  if (handler == nullptr) {
    return fail(no_such_handler(id));
  }
  CallOutcome outcome = guarded_handle_call(*handler->handler, request);
  switch (outcome.verdict) {
    case CallOutcome::Verdict::reply:
      return std::move(outcome.reply);
    case CallOutcome::Verdict::reply_and_remove:
      (void)remove(*handler, {TerminateReason::Kind::remove, {}});
      runtime().log.info("handler_removed", {{"manager", name()}, {"id", id}, {"reason", "normal"}});
      return std::move(outcome.reply);
    case CallOutcome::Verdict::unknown_request:
      return fail(Errc::unknown_request,
                  fmt::format("{} does not know the request `{}`", handler->type().name, view(request.type)));
    case CallOutcome::Verdict::refused:
      return fail(Errc::refused, outcome.reason);
    case CallOutcome::Verdict::failed:
      break;
  }
  report_crash(*handler, "handle_call", view(request.type), outcome.reason);
  (void)remove(*handler, {TerminateReason::Kind::error, outcome.reason});
  return fail(Errc::crashed,
              fmt::format("handler `{}/{}` crashed and was removed: {}", name(), id, outcome.reason));
}

void EventManager::handle_info(const std::string& id, std::uint64_t instance, const Message& info) {
  Installed* handler = find(id);
  if (handler == nullptr || handler->instance != instance) {
    return;  // its instance is gone; an info is never given to another one
  }
  const InfoOutcome outcome = guarded_handle_info(*handler->handler, info);
  if (outcome.verdict == HandlerVerdict::ok) {
    return;
  }
  if (outcome.verdict == HandlerVerdict::remove) {
    (void)remove(*handler, {TerminateReason::Kind::remove, {}});
    runtime().log.info("handler_removed", {{"manager", name()}, {"id", id}, {"reason", "normal"}});
    return;
  }
  report_crash(*handler, "handle_info", view(info.type), outcome.reason);
  (void)remove(*handler, {TerminateReason::Kind::error, outcome.reason});
}

// ---- The rest -------------------------------------------------------------------------------------

std::vector<HandlerInfo> EventManager::infos_newest_first() const {
  std::vector<HandlerInfo> infos;
  infos.reserve(handlers_.size());
  std::transform(handlers_.rbegin(), handlers_.rend(), std::back_inserter(infos),
                 [](const auto& handler) { return handler->info(); });
  return infos;
}

Result<std::vector<HandlerInfo>> EventManager::which_handlers(Duration timeout) {
  return ask<std::vector<HandlerInfo>>(
      timeout, [this](From<std::vector<HandlerInfo>> from) { from.reply(infos_newest_first()); });
}

Result<EventManagerStatus> EventManager::status(Duration timeout) {
  return ask<EventManagerStatus>(timeout, [this](From<EventManagerStatus> from) {
    from.reply(EventManagerStatus{name(), instance(), mailbox_counters(), infos_newest_first(), crashes_});
  });
}

void EventManager::handle_stop(ExitReason reason) {
  while (!handlers_.empty()) {
    (void)remove(*handlers_.back(), {TerminateReason::Kind::stop, to_string(reason)});
  }
  runtime().log.info("manager_stopped", {{"manager", name()}, {"reason", to_string(reason)}});
  end(std::move(reason));
}

/// In this turn, so that no handler is destroyed by whoever lets go of the process last.
void EventManager::handle_abandoned() {
  handlers_.clear();
}

}  // namespace baton
