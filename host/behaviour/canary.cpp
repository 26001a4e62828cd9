// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/canary.hpp"

#include "host/base/clock.hpp"
#include "host/behaviour/handler_wall.hpp"
#include "host/behaviour/recent_times.hpp"
#include "host/behaviour/state_handover.hpp"
#include "host/runtime/atoms.hpp"
#include "host/runtime/exit_reason.hpp"

#include <fmt/format.h>

#include <atomic>
#include <utility>

namespace baton {
namespace {

Error nobody() {
  return {Errc::not_found, "a canary reaches nobody"};
}

/// A host in which nothing happens.
class CanaryServices final : public Services {
 public:
  explicit CanaryServices(Runtime& runtime) : runtime_(runtime) {}

  void log(LogLevel /*level*/, std::string_view /*text*/) override {}

  [[nodiscard]] Atom intern(std::string_view text) override { return runtime_.atoms.intern(text); }

  [[nodiscard]] std::string_view atom_text(Atom atom) const override { return runtime_.atoms.text(atom); }

  [[nodiscard]] std::int64_t now_us() const override { return runtime_.clock.utc_now_us(); }

  Result<std::uint64_t> start_timer(Duration /*delay*/, const Message& /*info*/) override {
    return ++last_timer_;
  }

  Result<void> cancel_timer(std::uint64_t /*timer*/) override { return {}; }

  Result<void> notify(std::string_view /*manager*/, const Message& /*event*/) override {
    return fail(nobody());
  }

  Result<void> cast(std::string_view /*server*/, const Message& /*request*/) override {
    return fail(nobody());
  }

  Result<Reply> call(std::string_view /*to*/, const Message& /*request*/, Duration /*timeout*/) override {
    return fail(nobody());
  }

  Result<void> reply(std::uint64_t /*from*/, Reply /*reply*/) override { return fail(nobody()); }

 private:
  Runtime& runtime_;
  std::atomic<std::uint64_t> last_timer_{0};  // a thread of the instance may start one too
};

/// Where it was when it failed.
template <class Text>
Error failure_at(Errc code, std::string_view what, const CanaryReport& report, std::size_t count,
                 const Text& reason) {
  return {code,
          fmt::format("the canary failed at {}, number {} of {}: {}", what, report.events, count, reason)};
}

/// Errors: as run_canary.
Result<CanaryReport> feed(Handler& canary, const CanaryMaterial& material, const Clock& clock) {
  CanaryReport report;
  RecentTimes times;
  for (const OwnedMessage& event : material.events) {
    const Message message = event.view();
    const SteadyTime begin = clock.steady_now();
    const EventsOutcome outcome = guarded_handle_events(canary, {&message, 1});
    times.add(clock.steady_now() - begin, 1);
    ++report.events;
    if (outcome.verdict == HandlerVerdict::failed) {
      return fail(failure_at(outcome.is_bad_return ? Errc::bad_return : Errc::crashed,
                             fmt::format("event {}", message.seq), report, material.events.size(),
                             outcome.reason));
    }
    if (outcome.verdict == HandlerVerdict::refused) {
      ++report.refused;
      report.reason = outcome.reason;
    } else if (outcome.verdict != HandlerVerdict::ok) {
      break;  // it wants to leave
    }
  }
  report.p99 = times.p99();
  return report;
}

using Verdict = ServerOutcome::Verdict;

/// Continues as long as that is wanted; nobody waits for a timeout. Returns the last outcome.
ServerOutcome continued(Server& canary, ServerOutcome outcome, AtomTable& atoms) {
  while (outcome.then.kind == Then::Kind::handle_continue && outcome.verdict != Verdict::failed &&
         outcome.verdict != Verdict::stop) {
    const Atom type = atoms.intern(outcome.then.what);
    const OwnedMessage what(type, outcome.then.what, {}, BATON_TEXT_PLAIN);
    outcome = guarded_handle_continue(canary, what.view());
  }
  return outcome;
}

/// Why it cannot take over; nothing: it can, or has ended in order.
std::optional<std::string> failure_of(const ServerOutcome& outcome) {
  const bool has_stopped = outcome.verdict == Verdict::stop;
  const bool has_failed =
      has_stopped ? !ExitReason::parse(outcome.reason).is_quiet() : outcome.verdict == Verdict::failed;
  return has_failed ? std::optional((has_stopped ? "it stopped: " : "") + outcome.reason) : std::nullopt;
}

void note_refusal(CanaryReport& report, const RecentRequest& request, const ServerOutcome& outcome) {
  if (outcome.verdict == Verdict::refused) {
    ++report.refused;
    report.reason = outcome.reason;
  } else if (outcome.verdict == Verdict::unknown_request && request.was_answered) {
    ++report.refused;
    report.reason = fmt::format("it does not know `{}`", view(request.message.view().type));
  }
}

/// Errors: as run_canary.
Result<CanaryReport> feed(Server& canary, const CanaryMaterial& material, Runtime& runtime) {
  CanaryReport report;
  RecentTimes times;
  ServerOutcome outcome;
  outcome.then = canary.after_init();
  outcome = continued(canary, std::move(outcome), runtime.atoms);
  if (const auto why = failure_of(outcome)) {
    return fail(Errc::crashed, "the canary failed when it began: " + *why);
  }
  for (const RecentRequest& request : material.requests) {
    const Message message = request.message.view();
    ++report.events;
    const SteadyTime begin = runtime.clock.steady_now();
    outcome = request.is_call ? guarded_handle_call(canary, message, report.events)
                              : guarded_handle_casts(canary, {&message, 1});
    times.add(runtime.clock.steady_now() - begin, 1);
    note_refusal(report, request, outcome);
    outcome = continued(canary, std::move(outcome), runtime.atoms);
    if (const auto why = failure_of(outcome)) {
      return fail(failure_at(
          Errc::crashed, fmt::format("the {} `{}`", request.is_call ? "call" : "cast", view(message.type)),
          report, material.requests.size(), *why));
    }
    if (outcome.verdict == Verdict::stop) {
      break;
    }
  }
  report.p99 = times.p99();
  return report;
}

/// `feed(instance)` gives it what it is to be given.
template <class Factory, class Feed>
Result<CanaryReport> run(const Factory& factory, InstanceInit init, CanaryMaterial& material,
                         Runtime& runtime, Feed feed) {
  const TypeInfo& to = factory.type();
  if (material.type.name == to.name) {
    auto state = accepted_state(std::move(material.state), material.type, to, std::move(material.extra));
    if (!state) {
      return fail(std::move(state.error()));
    }
    init.state = std::move(*state);
  }
  CanaryServices services(runtime);
  auto canary = guarded_create(factory, init, services);
  if (!canary) {
    return fail(canary.error().code, "the canary could not be made: " + canary.error().text);
  }
  auto report = feed(**canary);
  const TerminateReason why =
      report ? TerminateReason{TerminateReason::Kind::stop, "the canary has done its work"}
             : TerminateReason{TerminateReason::Kind::error, report.error().text};
  const auto ended = guarded_terminate(**canary, why);
  if (report && !ended) {
    return fail(ended.error().code, "the canary " + ended.error().text);
  }
  return report;
}

}  // namespace

Result<CanaryReport> run_canary(const HandlerFactory& factory, InstanceInit init, CanaryMaterial material,
                                Runtime& runtime) {
  return run(factory, std::move(init), material, runtime,
             [&](Handler& canary) { return feed(canary, material, runtime.clock); });
}

Result<CanaryReport> run_canary(const ServerFactory& factory, InstanceInit init, CanaryMaterial material,
                                Runtime& runtime) {
  return run(factory, std::move(init), material, runtime,
             [&](Server& canary) { return feed(canary, material, runtime); });
}

}  // namespace baton
