// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/handler_wall.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace baton {
namespace {

/// handle_events against its contract; a breach counts as a crash at the first event not handled.
EventsOutcome checked(EventsOutcome outcome, std::size_t count) {
  const auto breach = [&](std::string what) {
    return EventsOutcome{HandlerVerdict::failed, std::min(outcome.handled, count), 0,
                         "bad return from handle_events: " + std::move(what)};
  };
  if (outcome.handled > count) {
    return breach(fmt::format("{} events handled of a batch of {}", outcome.handled, count));
  }
  switch (outcome.verdict) {
    case HandlerVerdict::ok:
      if (outcome.handled != count) {
        return breach(fmt::format("`ok` with {} of {} events handled", outcome.handled, count));
      }
      return outcome;
    case HandlerVerdict::remove:
      if (outcome.handled == 0) {
        return breach("`remove` without an event that asked for it");
      }
      return outcome;
    case HandlerVerdict::refused:
      if (outcome.refused == 0 || outcome.refused > count - outcome.handled) {
        return breach(
            fmt::format("{} events refused after {} of {}", outcome.refused, outcome.handled, count));
      }
      return outcome;
    case HandlerVerdict::failed:
      // A crash is always at some event of the batch.
      outcome.handled = std::min(outcome.handled, count - 1);
      return outcome;
  }
  return breach("an unknown verdict");
}

ServerOutcome server_failed(std::string text) {
  return ServerOutcome{ServerOutcome::Verdict::failed, 0, std::nullopt, std::move(text)};
}

bool is_for_calls_only(ServerOutcome::Verdict verdict) {
  return verdict == ServerOutcome::Verdict::no_reply || verdict == ServerOutcome::Verdict::unknown_request ||
         verdict == ServerOutcome::Verdict::refused;
}

std::optional<std::string> breach_of(const Then& then) {
  if (then.kind == Then::Kind::timeout && then.timeout < Duration::zero()) {
    return fmt::format("a timeout of {} ms", then.timeout.count());
  }
  return std::nullopt;
}

/// A `then` is the business of servers that go on.
ServerOutcome with_checked_then(ServerOutcome outcome, std::string_view callback) {
  if (const auto breach = breach_of(outcome.then)) {
    return server_failed(fmt::format("bad return from {}: {}", callback, *breach));
  }
  return outcome;
}

ServerOutcome checked_without_caller(ServerOutcome outcome, std::string_view callback) {
  if (is_for_calls_only(outcome.verdict)) {
    outcome.verdict = ServerOutcome::Verdict::failed;
    outcome.reason = fmt::format("bad return from {}: a verdict that only handle_call has", callback);
  }
  if (outcome.verdict == ServerOutcome::Verdict::unexpected && callback != "handle_info") {
    return server_failed(fmt::format("bad return from {}: a verdict that only handle_info has", callback));
  }
  return with_checked_then(std::move(outcome), callback);
}

template <class Instance, class Factory>
Result<std::unique_ptr<Instance>> create_behind_wall(const Factory& factory, const InstanceInit& init,
                                                     Services& services) {
  auto created = behind_wall([&] { return factory.create(init, services); },
                             [](std::string text) -> Result<std::unique_ptr<Instance>> {
                               return fail(Errc::init_failed, std::move(text));
                             });
  if (created && *created == nullptr) {
    return fail(Errc::init_failed, "create said ok and made nothing");
  }
  return created;
}

/// On a copy: a callback that fails half-way has redacted only half.
template <class Instance>
void format_status_behind_wall(const Instance& instance, StatusPurpose purpose, StatusView& view) {
  StatusView shown = view;
  const Result<void> done =
      behind_wall([&] { return instance.format_status(purpose, shown); },
                  [](std::string text) -> Result<void> { return fail(Errc::crashed, std::move(text)); });
  if (done) {
    view = std::move(shown);
    return;
  }
  view.state = format_status_crashed;
  view.message = format_status_crashed;
}

}  // namespace

EventsOutcome guarded_handle_events(Handler& handler, std::span<const Message> events) {
  auto outcome = behind_wall([&] { return handler.handle_events(events); },
                             [](std::string text) {
                               return EventsOutcome{HandlerVerdict::failed, 0, 0, std::move(text)};
                             });
  return checked(std::move(outcome), events.size());
}

CallOutcome guarded_handle_call(Handler& handler, const Message& request) {
  return behind_wall([&] { return handler.handle_call(request); },
                     [](std::string text) {
                       return CallOutcome{CallOutcome::Verdict::failed, {}, std::move(text)};
                     });
}

InfoOutcome guarded_handle_info(Handler& handler, const Message& info) {
  auto outcome = behind_wall([&] { return handler.handle_info(info); },
                             [](std::string text) {
                               return InfoOutcome{HandlerVerdict::failed, std::move(text)};
                             });
  if (outcome.verdict == HandlerVerdict::refused) {
    return {HandlerVerdict::failed, "bad return from handle_info: only events can be refused"};
  }
  return outcome;
}

Result<Reply> guarded_terminate(Handler& handler, const TerminateReason& why) {
  return behind_wall([&] { return handler.terminate(why); },
                     [](std::string text) -> Result<Reply> {
                       return fail(Errc::crashed, "terminate failed: " + std::move(text));
                     });
}

Result<std::unique_ptr<Handler>> guarded_create(const HandlerFactory& factory, const InstanceInit& init,
                                                Services& services) {
  return create_behind_wall<Handler>(factory, init, services);
}

void guarded_format_status(const Handler& handler, StatusPurpose purpose, StatusView& view) {
  format_status_behind_wall(handler, purpose, view);
}

void guarded_format_status(const Server& server, StatusPurpose purpose, StatusView& view) {
  format_status_behind_wall(server, purpose, view);
}

ServerOutcome guarded_handle_call(Server& server, const Message& request, std::uint64_t from) {
  auto outcome = behind_wall([&] { return server.handle_call(request, from); }, server_failed);
  if (outcome.verdict == ServerOutcome::Verdict::unexpected) {
    return server_failed("bad return from handle_call: a verdict that only handle_info has");
  }
  return with_checked_then(std::move(outcome), "handle_call");
}

ServerOutcome guarded_handle_casts(Server& server, std::span<const Message> requests) {
  auto outcome = behind_wall([&] { return server.handle_casts(requests); }, server_failed);
  outcome = checked_without_caller(std::move(outcome), "handle_casts");
  const bool is_too_many = outcome.handled > requests.size();
  const bool is_ok = outcome.verdict == ServerOutcome::Verdict::ok;
  const bool may_be_short = outcome.then.kind == Then::Kind::handle_continue && outcome.handled > 0;
  const bool is_short = is_ok && outcome.handled != requests.size() && !may_be_short;
  if (is_too_many || is_short) {
    return server_failed(fmt::format("bad return from handle_casts: {} casts handled of a batch of {}",
                                     outcome.handled, requests.size()));
  }
  return outcome;
}

ServerOutcome guarded_handle_continue(Server& server, const Message& what) {
  auto outcome = behind_wall([&] { return server.handle_continue(what); }, server_failed);
  return checked_without_caller(std::move(outcome), "handle_continue");
}

Result<Then> guarded_after_init(Server& server) {
  Then then = server.after_init();
  if (const auto breach = breach_of(then)) {
    return fail(Errc::bad_return, "bad return from init: " + *breach);
  }
  return then;
}

ServerOutcome guarded_handle_info(Server& server, const Message& info) {
  auto outcome = behind_wall([&] { return server.handle_info(info); }, server_failed);
  return checked_without_caller(std::move(outcome), "handle_info");
}

Result<void> guarded_terminate(Server& server, const TerminateReason& why) {
  return behind_wall([&] { return server.terminate(why); },
                     [](std::string text) -> Result<void> {
                       return fail(Errc::crashed, "terminate failed: " + std::move(text));
                     });
}

Result<std::unique_ptr<Server>> guarded_create(const ServerFactory& factory, const InstanceInit& init,
                                               Services& services) {
  return create_behind_wall<Server>(factory, init, services);
}

}  // namespace baton
