// SPDX-License-Identifier: Apache-2.0
// Verbs: what comes before the cut of a swap and after it: the canary, the watch, the end of the old code.
#include "host/base/log.hpp"
#include "host/base/since.hpp"
#include "host/behaviour/canary.hpp"
#include "host/control/canary_process.hpp"
#include "host/control/verbs.hpp"
#include "host/runtime/scheduler.hpp"

#include <fmt/format.h>

#include <utility>

namespace baton {
namespace {

// How soon somebody who waits for a watch notices that the host ends.
constexpr Duration watch_slice{100};

std::string readable(std::chrono::nanoseconds time) {
  return time.count() == 0 ? "unknown" : fmt::format("{:.3g} us", static_cast<double>(time.count()) / 1000);
}

/// What a handler is given, and what a server is.
std::string_view noun_of(const std::string& target) {
  return is_handler_target(target) ? "event" : "request";
}

std::string watched_text(const WatchOutcome& outcome, std::string_view noun) {
  if (outcome.events == 0) {
    return fmt::format("nothing was watched: no {}s came, so this proves nothing", noun);
  }
  return fmt::format("{} {}s, {} errors, p99 {} (before: {})", outcome.events, noun, outcome.errors,
                     readable(outcome.p99), readable(outcome.p99_before));
}

std::string back_text(const WatchOutcome& outcome, const std::string& target) {
  std::string text =
      fmt::format("as #{} after {} {}; state: {}", outcome.instance,
                  is_handler_target(target) ? "event" : "cast", outcome.at_event, outcome.state);
  if (outcome.redone > 0) {
    text += fmt::format("; {} {}s were given to it again", outcome.redone, noun_of(target));
  }
  if (outcome.not_redone > 0) {
    text += fmt::format("; {} more were too many to be kept, and were not", outcome.not_redone);
  }
  return text;
}

std::string passed_text(const CanaryReport& report, std::size_t given, std::size_t wanted,
                        std::string_view noun) {
  if (given == 0) {
    return fmt::format(
        "a throw-away copy was made, and given nothing: no {}s have been kept; up to {} are from now on",
        noun, wanted);
  }
  std::string text = fmt::format("a throw-away copy got the last {} {}s: 0 errors, p99 {}", given, noun,
                                 readable(report.p99.value_or(std::chrono::nanoseconds(0))));
  if (given < wanted) {
    text += fmt::format("; more are kept from now on, up to {}", wanted);
  }
  if (report.refused > 0) {
    text += fmt::format("; it refused {}: {}", report.refused, report.reason);
  }
  return text;
}

/// `material()` asks the process for it.
template <class Factory, class GetMaterial>
Result<std::string> canary_of(std::shared_ptr<const Factory> factory, InstanceInit init, std::size_t wanted,
                              std::string_view noun, Runtime& runtime, GetMaterial get_material) {
  const TypeInfo& type = factory->type();
  if (!type.has_pure_events) {
    return fmt::format("none: the manifest of {} {} does not say {}", type.name, type.version,
                       pure_events_capability);
  }
  auto material = get_material();
  if (!material) {
    return fail(std::move(material.error()));
  }
  const std::size_t given = material->count();
  const auto process = std::make_shared<CanaryProcess>(runtime, "canary of " + init.id);
  const auto report = process->run([factory = std::move(factory), init = std::move(init),
                                    material = std::move(*material), &runtime]() mutable {
    return baton::run_canary(*factory, std::move(init), std::move(material), runtime);
  });
  return report ? Result<std::string>(passed_text(*report, given, wanted, noun)) : fail(report.error());
}

}  // namespace

Result<std::string> Verbs::run_canary(EventManager& manager, const std::string& id, const HandlerSpec& spec,
                                      const CanaryWish& wish, Duration timeout) {
  return canary_of(spec.factory, {spec.id, manager.name(), 0, spec.options, {}}, wish.count, "event",
                   parts_.runtime, [&] {
                     auto material = manager.canary_material(id, wish.count, timeout);
                     if (material) {
                       material->extra = wish.extra;
                     }
                     return material;
                   });
}

Result<std::string> Verbs::run_canary(ServerProcess& server, const ServerSpec& spec, const CanaryWish& wish,
                                      Duration timeout) {
  return canary_of(spec.factory, {server.name(), server.name(), 0, spec.options, {}}, wish.count, "request",
                   parts_.runtime, [&] {
                     auto material = server.canary_material(wish.count, timeout);
                     if (material) {
                       material->extra = wish.extra;
                     }
                     return material;
                   });
}

std::optional<WatchOutcome> Verbs::watched(Pending<WatchOutcome> pending, SwapRecord& record,
                                           const std::string& target, std::string_view prefix,
                                           Duration timeout) {
  const Clock& clock = parts_.runtime.clock;
  const SteadyTime begin = clock.steady_now();
  // The time given was for the swap. Whoever asked may leave: what comes of the watch is noted all the same.
  const Patience of_the_watch = Patience::renewed(std::nullopt);
  const auto note = [&](std::string_view step, bool is_ok, std::chrono::microseconds took,
                        const std::string& text) {
    record.add({std::string(step), is_ok, took, std::string(prefix) + text});
  };
  const auto is_over = [&] {
    return is_ending_ || (timeout != infinity && clock.steady_now() - begin >= timeout);
  };
  while (!pending.wait_until_answered(parts_.runtime.scheduler, clock.steady_now() + watch_slice)) {
    if (is_over()) {
      note("watch", true, since(begin, clock), "goes on; nobody waits for it any more");
      return std::nullopt;
    }
  }
  auto outcome = pending.take();
  if (!outcome) {
    note("watch", true, since(begin, clock),
         outcome.error().code == Errc::process_ended
             ? fmt::format("ended early: the {} is gone, or was swapped again",
                           is_handler_target(target) ? "handler" : "server")
             : outcome.error().text);
    return std::nullopt;
  }
  if (outcome->verdict == WatchOutcome::Verdict::passed) {
    note("watch", true, outcome->lasted, watched_text(*outcome, noun_of(target)));
    return std::move(*outcome);
  }
  note("watch", false, outcome->lasted, outcome->reason);
  if (outcome->verdict == WatchOutcome::Verdict::swapped_back) {
    note("back", true, outcome->pause, back_text(*outcome, target));
  }
  return std::move(*outcome);
}

Result<void> Verbs::await_watch(Pending<WatchOutcome> pending, const SwapOrder& order, Duration timeout,
                                SwapReport& report) {
  auto outcome = watched(std::move(pending), *order.record, order.target, {}, timeout);
  if (!outcome) {
    return {};
  }
  std::shared_ptr<const void> code = std::exchange(outcome->code, nullptr);
  report.watch = *outcome;
  switch (outcome->verdict) {
    case WatchOutcome::Verdict::passed:
      unload(*order.record, std::move(code), report.old_library);
      return {};
    case WatchOutcome::Verdict::stays:
      return fail(Errc::init_failed, outcome->reason);
    case WatchOutcome::Verdict::swapped_back:
      break;
  }
  unload(*order.record, std::move(code), report.new_library);
  return fail(Errc::swapped_back, outcome->reason);
}

void Verbs::unload(SwapRecord& record, std::shared_ptr<const void> code, std::uint64_t library) {
  if (library == 0) {
    return;  // it is part of this program
  }
  StepTimer step(&record);
  code = nullptr;
  const auto now = parts_.libraries.record(library);
  if (!now || now->state == LibraryState::unloaded) {
    step.done("unload", fmt::format("library {}: its mapping is gone", library));
  } else if (now->state == LibraryState::pinned) {
    step.done("unload", fmt::format("library {} is pinned: {}", library, now->reason));
  } else {
    step.done("unload", fmt::format("library {} stays: others use it too", library));
  }
}

}  // namespace baton
