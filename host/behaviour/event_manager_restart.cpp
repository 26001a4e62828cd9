// SPDX-License-Identifier: Apache-2.0
// EventManager: a handler that was missing comes back, or another one in its place.
#include "host/base/log.hpp"
#include "host/base/since.hpp"
#include "host/behaviour/crash_records.hpp"
#include "host/behaviour/crash_report.hpp"
#include "host/behaviour/event_manager.hpp"
#include "host/behaviour/installed_handler.hpp"
#include "host/behaviour/state_handover.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace baton {

void EventManager::schedule_restart(Missing& missing, Duration delay) {
  missing.due = runtime().clock.steady_now() + delay;
  missing.attempt = ++last_attempt_;
  const auto self = std::static_pointer_cast<EventManager>(shared_from_this());
  missing.timer = runtime().timers.start(
      delay, [weak = std::weak_ptr(self), id = missing.info.id, attempt = missing.attempt] {
        if (const auto manager = weak.lock()) {
          manager->post([manager = manager.get(), id, attempt] { manager->restart(id, attempt); });
        }
      });
}

void EventManager::restart(const std::string& id, std::uint64_t attempt) {
  Missing* const missing = find_waiting(id);
  if (missing == nullptr || missing->attempt != attempt) {
    return;  // it was deleted or replaced meanwhile
  }
  if (is_barred(*missing)) {
    return;
  }
  std::string told;
  auto made = make(missing->spec, state_for_restart(*missing, told));
  if (!made) {
    restart_failed(*missing, made.error().text);
    return;
  }
  Recovery& recovery = *missing->recovery;
  recovery.started = runtime().clock.steady_now();
  recovery.saved_at = recovery.saved ? recovery.started : SteadyTime{};
  ++recovery.restarts;
  ++restarts_;
  ++totals_.of(id).restarts;
  (*made)->recovery = std::move(missing->recovery);
  attach(**made, missing->owner);
  const Installed& back = put_in_place(*missing, std::move(*made));
  const std::uint64_t crash = missing->info.crash;
  runtime().log.info("handler_restarted", {{"manager", name()},
                                           {"id", id},
                                           {"instance", std::to_string(back.instance)},
                                           {"state", told},
                                           {"restarts", std::to_string(back.recovery->restarts)},
                                           {"missed", std::to_string(back.recovery->missed)},
                                           {"crash", std::to_string(crash)}});
  tell_deed(crash, fmt::format("restarted as #{}; state: {}; missed so far: {} events", back.instance, told,
                               back.recovery->missed));
  erase_missing(id);
}

bool EventManager::is_barred(Missing& missing) {
  const std::string id = missing.info.id;
  if (missing.owner != nullptr && missing.owner->has_ended()) {
    stop_waiting(missing, "not restarted: its owner has ended");
    runtime().log.info("handler_removed",
                       {{"manager", name()}, {"id", id}, {"reason", "its owner has ended"}});
    erase_missing(id);
    return true;
  }
  if (crash_records_ != nullptr && crash_records_->is_quarantined(missing.spec.factory->origin())) {
    tell_deed(missing.info.crash, "not restarted: its plugin is in quarantine");
    runtime().log.warning("handler_left_out",
                          {{"manager", name()}, {"id", id}, {"reason", "its plugin is in quarantine"}});
    give_up(missing, MissingHandler::Why::quarantined);
    return true;
  }
  return false;
}

void EventManager::give_up(Missing& missing, MissingHandler::Why why) {
  missing.info.why = why;
  missing.info.restarts = missing.recovery->restarts;
  missing.info.missed = missing.recovery->missed;
  missing.spec = {};  // lets go of its library
  missing.recovery = nullptr;
  missing.owner = nullptr;
}

std::optional<State> EventManager::state_for_restart(const Missing& missing, std::string& told) {
  const Recovery& recovery = *missing.recovery;
  if (!recovery.saved) {
    told = "none";
    return std::nullopt;
  }
  if (!reads_state(missing.spec.factory->type(), recovery.saved->version)) {
    told = fmt::format("none, for it does not take over its own version {}", recovery.saved->version);
    return std::nullopt;
  }
  told = fmt::format("version {}, {} bytes, of event {}", recovery.saved->version,
                     recovery.saved->data.size(), recovery.saved_at_event);
  return recovery.saved;  // a copy: the next restart may need it too
}

void EventManager::restart_failed(Missing& missing, const std::string& reason) {
  const CrashVerdict verdict = judge_restart(*missing.spec.crash_policy, *missing.recovery);
  const bool is_last = verdict.why == MissingHandler::Why::gave_up;
  runtime().log.write(is_last ? LogLevel::error : LogLevel::warning, "handler_restart_failed",
                      {{"manager", name()},
                       {"id", missing.info.id},
                       {"reason", shortened(reason)},
                       {"crash", std::to_string(missing.info.crash)},
                       {"action", verdict.action}});
  tell_deed(missing.info.crash, fmt::format("restart failed: {}; {}", shortened(reason), verdict.action));
  missing.info.reason = shortened(reason);
  if (is_last) {
    give_up(missing, verdict.why);
  } else {
    schedule_restart(missing, verdict.delay);
  }
}

EventManager::Installed& EventManager::put_in_place(const Missing& missing, std::unique_ptr<Installed> made) {
  made->rank = missing.rank;
  const auto place = std::find_if(handlers_.begin(), handlers_.end(),
                                  [&](const auto& other) { return other->rank > missing.rank; });
  return **handlers_.insert(place, std::move(made));
}

Result<EventManager::Changed> EventManager::make_for_waiting(const Missing& waiting, SwapRequest request) {
  HandlerSpec& replacement = request.replacement;
  if (!replacement.crash_policy) {
    replacement.crash_policy = waiting.spec.crash_policy;
  }
  const TypeInfo& from = waiting.spec.factory->type();
  const TypeInfo& to = replacement.factory->type();
  std::optional<State> saved = from.name == to.name ? waiting.recovery->saved : std::nullopt;
  if (auto left = left_state(from.name == to.name ? std::nullopt : waiting.recovery->saved, from, to,
                             {false, request.left_state_advice});
      !left) {
    return fail(left.error());
  }
  auto state = accepted_state(std::move(saved), from, to, std::move(request.extra));
  if (!state) {
    return fail(state.error());
  }
  SwapReport report = swap_report_of(from, to, *state);
  auto made = make(std::move(replacement), std::move(*state));
  if (!made) {
    return fail(made.error());
  }
  if (request.watch_end) {
    (void)request.watch_end->reply(
        fail(Errc::refused, "not begun: it waited to be restarted, so there is no old one that does better"));
  }
  report.old_instance = waiting.info.instance;
  report.new_instance = (*made)->instance;
  return Changed{nullptr, std::move(*made), std::move(report)};
}

EventManager::Installed& EventManager::end_waiting(Missing& waiting, std::unique_ptr<Installed> made,
                                                   OwnerRef owner) {
  Installed& successor = put_in_place(waiting, std::move(made));
  attach(successor, std::move(owner));
  stop_waiting(waiting, fmt::format("replaced by {} {} while it was waiting to be restarted",
                                    successor.type().name, successor.type().version));
  const std::string old_id = waiting.info.id;
  erase_missing(old_id);
  erase_missing(successor.spec.id);  // of the same id, or known from earlier
  return successor;
}

Result<SwapReport> EventManager::replace_waiting(Missing& waiting, Swap swap) {
  const SteadyTime begin = runtime().clock.steady_now();
  const std::string old_id = waiting.info.id;
  auto changed = make_for_waiting(waiting, std::move(swap.request));
  if (!changed) {
    return fail(changed.error());
  }
  const Installed& successor =
      end_waiting(waiting, std::move(changed->made), swap.new_owner.value_or(waiting.owner));
  changed->report.at_message = swap.at_event;
  changed->report.pause = since(begin, runtime().clock);
  report_swap(old_id, successor.spec.id, changed->report);
  return std::move(changed->report);
}

Result<void> EventManager::check_change_of_waiting(const CodeChange& change) const {
  const TypeInfo& to = change.factory->type();
  for (const auto& missing : missing_) {
    if (!missing->is_waiting() || missing->spec.factory->type().name != change.type ||
        !missing->recovery->saved) {
      continue;
    }
    if (auto accepted = accepted_state(missing->recovery->saved, missing->spec.factory->type(), to, {});
        !accepted) {
      return fail(accepted.error().code, fmt::format("handler `{}/{}`, which waits to be restarted: {}",
                                                     name(), missing->info.id, accepted.error().text));
    }
  }
  return {};
}

void EventManager::change_waiting(const CodeChange& change) {
  for (const auto& missing : missing_) {
    if (!missing->is_waiting() || missing->spec.factory->type().name != change.type) {
      continue;
    }
    missing->spec.factory = change.factory;
    missing->spec.options = change.options.value_or(std::move(missing->spec.options));
    missing->info.version = change.factory->type().version;
    if (missing->recovery->saved) {
      missing->recovery->saved->extra = change.extra;
    }
    tell_deed(missing->info.crash, "its code was changed to version " + missing->info.version);
  }
}

}  // namespace baton
