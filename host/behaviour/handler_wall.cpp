// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/handler_wall.hpp"

#include "host/runtime/process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace baton {
namespace {

/// Turns an outcome of any callback that broke its contract into a failure.
template <class Outcome>
void breach(Outcome& outcome, decltype(outcome.verdict) failed, std::string_view callback,
            std::string_view what) {
  outcome.verdict = failed;
  outcome.reason = fmt::format("bad return from {}: {}", callback, what);
  outcome.is_bad_return = true;
}

constexpr std::string_view no_replacement = "`swap` without the type that is to take its place";

/// What is wrong with an outcome of handle_events; nothing: it keeps its contract.
std::string breach_in(const EventsOutcome& outcome, std::size_t count) {
  if (outcome.handled > count) {
    return fmt::format("{} events handled of a batch of {}", outcome.handled, count);
  }
  switch (outcome.verdict) {
    case HandlerVerdict::ok:
      return outcome.handled == count
                 ? std::string()
                 : fmt::format("`ok` with {} of {} events handled", outcome.handled, count);
    case HandlerVerdict::remove:
      return outcome.handled > 0 ? "" : "`remove` without an event that asked for it";
    case HandlerVerdict::swap:
      if (outcome.replacement.empty()) {
        return std::string(no_replacement);
      }
      return outcome.handled > 0 ? "" : "`swap` without an event that asked for it";
    case HandlerVerdict::refused:
      return outcome.refused > 0 && outcome.refused <= count - outcome.handled
                 ? std::string()
                 : fmt::format("{} events refused after {} of {}", outcome.refused, outcome.handled, count);
    case HandlerVerdict::failed:
      return {};
  }
  return "an unknown verdict";
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

ServerOutcome server_bad_return(std::string_view callback, std::string_view what, std::size_t handled = 0) {
  ServerOutcome outcome = server_failed(fmt::format("bad return from {}: {}", callback, what));
  outcome.handled = handled;
  return outcome;
}

// Outcomes are checked where they are: moving one costs more than all checks.

/// A `then` is the business of servers that go on.
void check_then(ServerOutcome& outcome, std::string_view callback) {
  if (const auto breach = breach_of(outcome.then)) {
    const std::size_t before = outcome.handled - std::min<std::size_t>(outcome.handled, 1);
    outcome = server_bad_return(callback, *breach, before);  // the last one asked for it
  }
}

void check_without_caller(ServerOutcome& outcome, std::string_view callback) {
  if (is_for_calls_only(outcome.verdict)) {
    outcome = server_bad_return(callback, "a verdict that only handle_call has", outcome.handled);
  } else if (outcome.verdict == ServerOutcome::Verdict::unexpected && callback != "handle_info") {
    outcome = server_bad_return(callback, "a verdict that only handle_info has");
  } else {
    check_then(outcome, callback);
  }
}

/// "log/store"; a server bears the name of its process. Outside of processes, nobody tells.
ActivitySubject subject_of(const InstanceInit& init) {
  const Process* const process = Process::current();
  if (process == nullptr) {
    return {};
  }
  return init.id == init.process
             ? ActivitySubject(process->activity(), {})
             : ActivitySubject(process->activity(), fmt::format("{}/{}", init.process, init.id));
}

template <class Instance, class Factory>
Result<std::unique_ptr<Instance>> create_behind_wall(const Factory& factory, const InstanceInit& init,
                                                     Services& services) {
  ActivitySubject subject = subject_of(init);
  auto created = behind_wall(
      [&] {
        const ActiveCall call("create", subject);
        return factory.create(init, services);
      },
      [](std::string text) -> Result<std::unique_ptr<Instance>> {
        return fail(Errc::init_failed, std::move(text));
      });
  if (created && *created == nullptr) {
    return fail(Errc::init_failed, "create said ok and made nothing");
  }
  if (created) {
    (*created)->set_subject(std::move(subject));
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

template <class Instance>
OptionsOutcome change_options_behind_wall(Instance& instance, const Options& options) {
  OptionsOutcome outcome =
      behind_wall([&] { return instance.change_options(options); },
                  [](std::string text) {
                    return OptionsOutcome{OptionsOutcome::Verdict::failed, std::move(text)};
                  });
  if (const auto what = breach_of(outcome.then)) {
    breach(outcome, OptionsOutcome::Verdict::failed, "change_options", *what);
  }
  return outcome;
}

template <class Callback>
auto part_behind_wall(std::string_view name, Callback callback) {
  auto done = behind_wall(callback, [](std::string text) -> std::invoke_result_t<Callback> {
    return fail(Errc::crashed, std::move(text));
  });
  if (!done) {
    done.error().text.insert(0, fmt::format("{} failed: ", name));
  }
  return done;
}

}  // namespace

EventsOutcome guarded_handle_events(Handler& handler, std::span<const Message> events) {
  const ActiveCall call("handle_events", handler, events);
  EventsOutcome outcome = behind_wall([&] { return handler.handle_events(events); },
                                      [](std::string text) {
                                        return EventsOutcome{HandlerVerdict::failed, 0, 0, std::move(text)};
                                      });
  const std::size_t count = events.size();
  if (outcome.verdict == HandlerVerdict::ok && outcome.handled == count) {
    return outcome;
  }
  if (const std::string what = breach_in(outcome, count); !what.empty()) {
    breach(outcome, HandlerVerdict::failed, "handle_events", what);
  }
  if (outcome.verdict == HandlerVerdict::failed) {
    // A failure is always at some event of the batch: the first one not handled.
    outcome.handled = std::min(outcome.handled, count - 1);
  }
  return outcome;
}

CallOutcome guarded_handle_call(Handler& handler, const Message& request) {
  const ActiveCall call("handle_call", handler, request);
  CallOutcome outcome = behind_wall([&] { return handler.handle_call(request); },
                                    [](std::string text) {
                                      return CallOutcome{CallOutcome::Verdict::failed, {}, std::move(text)};
                                    });
  if (outcome.verdict == CallOutcome::Verdict::reply_and_swap && outcome.replacement.empty()) {
    breach(outcome, CallOutcome::Verdict::failed, "handle_call", no_replacement);
  }
  return outcome;
}

InfoOutcome guarded_handle_info(Handler& handler, const Message& info) {
  const ActiveCall call("handle_info", handler, info);
  InfoOutcome outcome = behind_wall([&] { return handler.handle_info(info); },
                                    [](std::string text) {
                                      return InfoOutcome{HandlerVerdict::failed, std::move(text)};
                                    });
  if (outcome.verdict == HandlerVerdict::refused) {
    breach(outcome, HandlerVerdict::failed, "handle_info", "only events can be refused");
  }
  if (outcome.verdict == HandlerVerdict::swap && outcome.replacement.empty()) {
    breach(outcome, HandlerVerdict::failed, "handle_info", no_replacement);
  }
  return outcome;
}

Result<Reply> guarded_terminate(Handler& handler, const TerminateReason& why) {
  const ActiveCall call("terminate", handler);
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

Result<std::shared_ptr<const HandlerFactory>> guarded_sibling(const HandlerFactory& factory,
                                                              std::string_view other) {
  auto found = behind_wall([&] { return factory.sibling(other); },
                           [](std::string text) -> Result<std::shared_ptr<const HandlerFactory>> {
                             return fail(Errc::init_failed, std::move(text));
                           });
  if (found && *found == nullptr) {
    return fail(Errc::init_failed, "sibling said ok and found nothing");
  }
  return found;
}

Result<std::uint32_t> guarded_begin_parts(Handler& handler) {
  const ActiveCall call("begin_parts", handler);
  return part_behind_wall("begin_parts", [&] { return handler.begin_parts(); });
}

Result<StatePart> guarded_save_part(Handler& handler) {
  const ActiveCall call("save_part", handler);
  return part_behind_wall("save_part", [&] { return handler.save_part(); });
}

Result<void> guarded_load_part(Handler& handler, const StatePart& part) {
  return part_behind_wall("load_part", [&] { return handler.load_part(part); });
}

void guarded_end_parts(Handler& handler) {
  // What it throws changes nothing: the parts are over.
  (void)part_behind_wall("end_parts", [&]() -> Result<void> {
    handler.end_parts();
    return {};
  });
}

OptionsOutcome guarded_change_options(Handler& handler, const Options& options) {
  const ActiveCall call("change_options", handler);
  return change_options_behind_wall(handler, options);
}

OptionsOutcome guarded_change_options(Server& server, const Options& options) {
  const ActiveCall call("change_options", server);
  return change_options_behind_wall(server, options);
}

ServerOutcome guarded_handle_call(Server& server, const Message& request, std::uint64_t from) {
  const ActiveCall call("handle_call", server, request);
  auto outcome = behind_wall([&] { return server.handle_call(request, from); }, server_failed);
  if (outcome.verdict == ServerOutcome::Verdict::unexpected) {
    outcome = server_bad_return("handle_call", "a verdict that only handle_info has");
  }
  check_then(outcome, "handle_call");
  return outcome;
}

ServerOutcome guarded_handle_casts(Server& server, std::span<const Message> requests) {
  const ActiveCall call("handle_casts", server, requests);
  auto outcome = behind_wall([&] { return server.handle_casts(requests); }, server_failed);
  check_without_caller(outcome, "handle_casts");
  const bool is_too_many = outcome.handled > requests.size();
  const bool is_ok = outcome.verdict == ServerOutcome::Verdict::ok;
  const bool may_be_short = outcome.then.kind == Then::Kind::handle_continue && outcome.handled > 0;
  const bool is_short = is_ok && outcome.handled != requests.size() && !may_be_short;
  if (is_too_many || is_short) {
    outcome = server_bad_return(
        "handle_casts", fmt::format("{} casts handled of a batch of {}", outcome.handled, requests.size()));
  }
  if (outcome.verdict == ServerOutcome::Verdict::failed) {
    // A failure is always at some cast of the batch: the first one not handled.
    outcome.handled = std::min(outcome.handled, requests.size() - 1);
  }
  return outcome;
}

ServerOutcome guarded_handle_continue(Server& server, const Message& what) {
  const ActiveCall call("handle_continue", server, what);
  auto outcome = behind_wall([&] { return server.handle_continue(what); }, server_failed);
  check_without_caller(outcome, "handle_continue");
  return outcome;
}

Result<Then> guarded_after_init(Server& server) {
  Then then = server.after_init();
  if (const auto breach = breach_of(then)) {
    return fail(Errc::bad_return, "bad return from init: " + *breach);
  }
  return then;
}

ServerOutcome guarded_handle_info(Server& server, const Message& info) {
  const ActiveCall call("handle_info", server, info);
  auto outcome = behind_wall([&] { return server.handle_info(info); }, server_failed);
  check_without_caller(outcome, "handle_info");
  return outcome;
}

Result<void> guarded_terminate(Server& server, const TerminateReason& why) {
  const ActiveCall call("terminate", server);
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
