// SPDX-License-Identifier: Apache-2.0
// EventManager: what is told when a handler does not do what it should.
#include "host/base/log.hpp"
#include "host/behaviour/crash_report.hpp"
#include "host/behaviour/event_manager.hpp"
#include "host/behaviour/installed_handler.hpp"

#include <string>

namespace baton {
namespace {

// A handler that fails in the same way at event after event gets a line in the log so often, not more.
constexpr Duration repeated_log_interval{1000};

}  // namespace

void EventManager::report_refusal(Installed& handler, std::span<const Message> refused,
                                  const std::string& reason) {
  failures_.add(refused.front().seq, refused.back().seq, {handler.spec.id, false, reason});
  handler.refused += refused.size();
  handler.refused_unlogged += refused.size();
  if (is_repeated(handler.refusal_logged_at)) {
    return;
  }
  runtime().log.error("events_refused", {{"manager", name()},
                                         {"id", handler.spec.id},
                                         {"count", std::to_string(handler.refused_unlogged)},
                                         {"last_seq", std::to_string(refused.back().seq)},
                                         {"reason", shortened(reason)}});
  handler.refused_unlogged = 0;
}

void EventManager::report_crash(const Installed& handler, std::string_view callback, std::string_view last,
                                std::string_view reason) {
  ++crashes_;
  baton::report_crash(runtime().log,
                      {.process = name(),
                       .handler = handler.spec.id,
                       .type = handler.type(),
                       .instance = handler.instance,
                       .callback = callback,
                       .last_message = std::string(last),
                       .reason = reason,
                       .label = label_},
                      handler.handler.get());
}

void EventManager::report_failed_swap(const std::string& id, bool is_safe, std::string_view reason) {
  runtime().log.warning(
      "swap_failed",
      {{"manager", name()}, {"id", id}, {"kept", is_safe ? "old" : "none"}, {"reason", shortened(reason)}});
}

bool EventManager::is_repeated(SteadyTime& last_logged) const {
  const SteadyTime now = runtime().clock.steady_now();
  if (last_logged != SteadyTime{} && now - last_logged < repeated_log_interval) {
    return true;
  }
  last_logged = now;
  return false;
}

}  // namespace baton
