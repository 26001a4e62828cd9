// SPDX-License-Identifier: Apache-2.0
// EventManager: its handlers as a list, for who changes many of them.
#include "host/behaviour/event_manager.hpp"
#include "host/behaviour/installed_handler.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <utility>

namespace baton {

Result<HandlerSpec> EventManager::handler_spec(std::string id, Duration timeout) {
  return ask_system<HandlerSpec>(timeout, [this, id = std::move(id)](From<HandlerSpec> from) {
    const Installed* handler = find(id);
    if (handler == nullptr) {
      from.reply(fail(no_such_handler(id)));
      return;
    }
    HandlerSpec spec{handler->spec.id, handler->spec.factory, handler->spec.options};
    spec.recent_events = handler->spec.recent_events;
    spec.crash_policy = handler->spec.crash_policy;
    from.reply(std::move(spec));
  });
}

Result<void> EventManager::adjust_handler(std::string id, CrashPolicy crash_policy, std::size_t recent_events,
                                          Duration timeout) {
  return ask_change<void>(timeout, [this, id = std::move(id), crash_policy, recent_events](From<void> from) {
    from.reply(adjust_now(id, crash_policy, recent_events));
  });
}

Result<void> EventManager::adjust_now(const std::string& id, const CrashPolicy& crash_policy,
                                      std::size_t recent_events) {
  Installed* const handler = find(id);
  if (handler == nullptr) {
    const Missing* const waiting = find_waiting(id);
    return fail(waiting == nullptr ? no_such_handler(id) : waiting_error(*waiting, Errc::restarting));
  }
  if (auto checked = check_crash_policy(crash_policy); !checked) {
    return checked;
  }
  handler->spec.crash_policy = crash_policy;
  handler->spec.recent_events = recent_events;
  recent_.want(recent_events);
  handler->recovery = crash_policy.is_restart() ? std::make_unique<Recovery>(crash_policy) : nullptr;
  if (handler->recovery) {
    handler->recovery->started = runtime().clock.steady_now();
  }
  return {};
}

Result<void> EventManager::reorder(std::vector<std::string> ids, Duration timeout) {
  return ask_change<void>(timeout,
                          [this, ids = std::move(ids)](From<void> from) { from.reply(reorder_now(ids)); });
}

Result<void> EventManager::reorder_now(const std::vector<std::string>& ids) {
  for (const std::string& id : ids) {
    if (find(id) == nullptr) {
      return fail(no_such_handler(id));
    }
  }
  const auto rank = [&ids](const std::unique_ptr<Installed>& handler) {
    return std::distance(ids.begin(), std::find(ids.begin(), ids.end(), handler->spec.id));
  };
  std::stable_sort(handlers_.begin(), handlers_.end(),
                   [&rank](const auto& left, const auto& right) { return rank(left) < rank(right); });
  number_places();
  return {};
}

/// One that is missing keeps its own number, and so comes back among those that have numbers like it.
void EventManager::number_places() {
  std::vector<std::uint64_t> ranks;
  std::transform(handlers_.begin(), handlers_.end(), std::back_inserter(ranks),
                 [](const auto& handler) { return handler->rank; });
  std::sort(ranks.begin(), ranks.end());
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    handlers_[i]->rank = ranks[i];
  }
}

}  // namespace baton
