// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/canary.hpp"

#include "host/base/clock.hpp"
#include "host/behaviour/handler_wall.hpp"
#include "host/behaviour/state_handover.hpp"
#include "host/runtime/atoms.hpp"

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

/// Errors: as run_canary.
Result<CanaryReport> feed(Handler& canary, const std::vector<OwnedMessage>& events, const Clock& clock) {
  CanaryReport report;
  RecentTimes times;
  for (const OwnedMessage& event : events) {
    const Message message = event.view();
    const SteadyTime begin = clock.steady_now();
    const EventsOutcome outcome = guarded_handle_events(canary, {&message, 1});
    times.add(clock.steady_now() - begin, 1);
    ++report.events;
    if (outcome.verdict == HandlerVerdict::failed) {
      return fail(outcome.is_bad_return ? Errc::bad_return : Errc::crashed,
                  fmt::format("the canary failed at event {}, number {} of {}: {}", message.seq,
                              report.events, events.size(), outcome.reason));
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

}  // namespace

Result<CanaryReport> run_canary(const HandlerFactory& factory, InstanceInit init, CanaryMaterial material,
                                Runtime& runtime) {
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
  auto report = feed(**canary, material.events, runtime.clock);
  const TerminateReason why =
      report ? TerminateReason{TerminateReason::Kind::stop, "the canary has done its work"}
             : TerminateReason{TerminateReason::Kind::error, report.error().text};
  const auto ended = guarded_terminate(**canary, why);
  if (report && !ended) {
    return fail(ended.error().code, "the canary " + ended.error().text);
  }
  return report;
}

}  // namespace baton
