// SPDX-License-Identifier: Apache-2.0
// EventManager: a handler that crashes, and is missing then.
#include "host/base/duration_text.hpp"
#include "host/base/log.hpp"
#include "host/behaviour/crash_records.hpp"
#include "host/behaviour/crash_report.hpp"
#include "host/behaviour/event_manager.hpp"
#include "host/behaviour/handler_wall.hpp"
#include "host/behaviour/installed_handler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace baton {
namespace {

// Of handlers that do not come back: as many ids are remembered, so that a program that adds ever new ones
// which crash does not fill the memory.
constexpr std::size_t gone_max = 64;

std::string restart_text(const CrashPolicy& policy, std::size_t recent, Duration delay) {
  return fmt::format("restart {} of {} in {} ms", recent, policy.max_restarts, delay.count());
}

std::string gave_up_text(const CrashPolicy& policy) {
  return fmt::format("removed: more than {} restart{} within {}", policy.max_restarts,
                     policy.max_restarts == 1 ? "" : "s", duration_text(policy.within));
}

}  // namespace

std::string_view to_string(MissingHandler::Why why) {
  switch (why) {
    case MissingHandler::Why::backing_off:
      return "backing_off";
    case MissingHandler::Why::gave_up:
      return "gave_up";
    case MissingHandler::Why::quarantined:
      return "quarantined";
    case MissingHandler::Why::removed:
      return "removed";
  }
  return "";
}

bool EventManager::finish_crashed(Installed& handler, const CrashSite& site) {
  const CrashVerdict verdict = judge_crash(handler);
  const std::uint64_t crash = report_crash(handler, site, verdict.action);
  OwnerRef owner = handler.owner_ref();
  (void)finish(handler, {TerminateReason::Kind::error, std::string(site.reason)},
               site.is_bad_return ? HandlerExit::Kind::bad_return : HandlerExit::Kind::crashed);
  if (verdict.why == MissingHandler::Why::quarantined) {
    quarantine(crash);
  }
  if (verdict.why == MissingHandler::Why::removed && owner != nullptr) {
    return false;  // the owner knows, and decides
  }
  auto missing = std::make_unique<Missing>();
  missing->info.id = handler.spec.id;
  missing->info.type = handler.type().name;
  missing->info.version = handler.type().version;
  missing->info.instance = handler.instance;
  missing->info.why = verdict.why;
  missing->info.reason = shortened(site.reason);
  missing->info.crash = crash;
  missing->info.since_us = runtime().clock.utc_now_us();
  if (handler.recovery) {
    missing->info.restarts = handler.recovery->restarts;
    missing->info.missed = handler.recovery->missed;
  }
  if (missing->is_waiting()) {
    missing->spec = handler.spec;
    missing->rank = handler.rank;
    missing->recovery = std::move(handler.recovery);
    missing->owner = std::move(owner);
    schedule_restart(*missing, verdict.delay);
    count_missed(*missing, site.behind);
  }
  const bool is_restarted = missing->is_waiting();
  add_missing(std::move(missing));
  return is_restarted;
}

Error EventManager::end_crashed(Installed& handler, const CrashSite& site) {
  const std::string id = handler.spec.id;
  std::string_view became = "was swapped back";
  if (const auto back = swap_back_after(handler, site)) {
    if (back->gone != nullptr) {
      erase(*back->gone);
    }
  } else {
    became = finish_crashed(handler, site) ? "is going to be restarted" : "was removed";
    erase(handler);
  }
  return {site.is_bad_return ? Errc::bad_return : Errc::crashed,
          fmt::format("handler `{}/{}` crashed and {}: {}", name(), id, became, site.reason)};
}

EventManager::CrashVerdict EventManager::judge_crash(Installed& handler) const {
  using Why = MissingHandler::Why;
  const CrashPolicy policy = handler.crash_policy();
  if (policy.on_crash == OnCrash::remove) {
    return {Why::removed, "removed"};
  }
  if (policy.on_crash == OnCrash::quarantine) {
    const bool has_file = crash_records_ != nullptr && !handler.spec.factory->origin().sha256.empty();
    return has_file ? CrashVerdict{Why::quarantined, "removed; its plugin goes into quarantine"}
                    : CrashVerdict{Why::removed, "removed; its code is of no file to be quarantined"};
  }
  Recovery& recovery = *handler.recovery;
  const SteadyTime now = runtime().clock.steady_now();
  if (now - recovery.started >= policy.backoff.max) {
    recovery.failures = 0;
  }
  return judge_restart(policy, recovery);
}

EventManager::CrashVerdict EventManager::judge_restart(const CrashPolicy& policy, Recovery& recovery) const {
  if (!recovery.intensity.admit(runtime().clock.steady_now(), policy)) {
    return {MissingHandler::Why::gave_up, gave_up_text(policy)};
  }
  const Duration delay = recovery.delays.next(policy.backoff, recovery.failures++);
  return {MissingHandler::Why::backing_off, restart_text(policy, recovery.intensity.recent(), delay), delay};
}

void EventManager::quarantine(std::uint64_t crash) {
  const auto record = crash_records_->find(crash);
  if (record && crash_records_->quarantine(*record)) {
    tell_deed(crash, "quarantined: sha256 " + record->origin.sha256);
  } else {
    tell_deed(crash, "not quarantined: this host has no quarantine");
  }
}

void EventManager::save_in_time(Installed& handler, std::uint64_t last_event) {
  const CrashPolicy* const policy = handler.recovery ? &*handler.spec.crash_policy : nullptr;
  // What lies in memory of the host is not saved with the rest, and goes with the instance.
  if (policy == nullptr || policy->on_crash != OnCrash::restart_with_state ||
      handler.services->memories().bytes() > 0) {
    return;
  }
  Recovery& recovery = *handler.recovery;
  const SteadyTime now = runtime().clock.steady_now();
  if (recovery.saved_at != SteadyTime{} && now - recovery.saved_at < policy->save_every) {
    return;
  }
  recovery.saved_at = now;
  auto saved = guarded_save(*handler.handler);
  if (saved) {
    recovery.saved = std::move(*saved);
    recovery.saved_at_event = last_event;
  } else if (!is_repeated(recovery.failed_save_logged_at)) {
    runtime().log.warning("save_failed", {{"manager", name()},
                                          {"id", handler.spec.id},
                                          {"kept", recovery.saved ? "the one before" : "none"},
                                          {"reason", shortened(saved.error().text)}});
  }
}

// ---- It is missing --------------------------------------------------------------------------------

void EventManager::add_missing(std::unique_ptr<Missing> missing) {
  const auto is_gone = [](const auto& other) {
    return !other->is_waiting();
  };
  missing_.push_back(std::move(missing));
  if (static_cast<std::size_t>(std::count_if(missing_.begin(), missing_.end(), is_gone)) > gone_max) {
    missing_.erase(std::find_if(missing_.begin(), missing_.end(), is_gone));
  }
}

Result<void> EventManager::note_missing(MissingHandler missing, Duration timeout) {
  return ask_change<void>(timeout, [this, missing = std::move(missing)](From<void> from) {
    if (find(missing.id) != nullptr || find_waiting(missing.id) != nullptr) {
      from.reply(
          fail(Errc::already_present, fmt::format("manager `{}` has a handler `{}`", name(), missing.id)));
      return;
    }
    erase_missing(missing.id);
    auto noted = std::make_unique<Missing>();
    noted->info = missing;
    noted->info.since_us = runtime().clock.utc_now_us();
    add_missing(std::move(noted));
    from.reply({});
  });
}

Result<void> EventManager::forget_missing(std::string id, Duration timeout) {
  return ask_change<void>(timeout, [this, id = std::move(id)](From<void> from) {
    const auto place = std::find_if(missing_.begin(), missing_.end(),
                                    [&id](const auto& missing) { return missing->info.id == id; });
    if (place == missing_.end()) {
      from.reply(fail(Errc::not_found, fmt::format("manager `{}` misses no handler `{}`", name(), id)));
      return;
    }
    if ((*place)->is_waiting()) {
      from.reply(fail(waiting_error(**place, Errc::bad_request)));
      return;
    }
    tell_deed((*place)->info.crash, "not missed any more");
    missing_.erase(place);
    from.reply({});
  });
}

void EventManager::count_missed(std::size_t events) {
  for (const auto& missing : missing_) {
    if (missing->is_waiting()) {
      count_missed(*missing, events);
    }
  }
}

void EventManager::count_missed(Missing& missing, std::size_t events) {
  missing.recovery->missed += events;
  totals_.of(missing.info.id).missed += events;
  missed_ += events;
}

EventManager::Missing* EventManager::find_waiting(std::string_view id) const {
  const auto place = std::find_if(missing_.begin(), missing_.end(), [id](const auto& missing) {
    return missing->is_waiting() && missing->info.id == id;
  });
  return place == missing_.end() ? nullptr : place->get();
}

Error EventManager::waiting_error(const Missing& waiting, Errc code) const {
  return {code,
          fmt::format("handler `{}/{}` has crashed and is going to be restarted in {} ms; its crash: {}",
                      name(), waiting.info.id, restarts_in(waiting).count(), waiting.info.reason)};
}

Duration EventManager::restarts_in(const Missing& waiting) const {
  const auto left = std::chrono::duration_cast<Duration>(waiting.due - runtime().clock.steady_now());
  return std::max(left, Duration::zero());
}

std::vector<MissingHandler> EventManager::missing_infos() const {
  std::vector<MissingHandler> infos;
  std::transform(missing_.begin(), missing_.end(), std::back_inserter(infos), [this](const auto& missing) {
    MissingHandler info = missing->info;
    if (missing->is_waiting()) {
      info.library = missing->spec.factory->type().library;
      info.restarts = missing->recovery->restarts;
      info.missed = missing->recovery->missed;
      info.restarts_in = restarts_in(*missing);
    }
    return info;
  });
  return infos;
}

void EventManager::erase_missing(std::string_view id) {
  std::erase_if(missing_, [id](const auto& missing) { return missing->info.id == id; });
}

void EventManager::stop_waiting(Missing& missing, std::string_view why) {
  (void)runtime().timers.cancel(missing.timer);  // one that has fired finds nobody
  tell_deed(missing.info.crash, std::string(why));
}

void EventManager::stop_all_waiting(std::string_view why) {
  for (const auto& missing : missing_) {
    if (missing->is_waiting()) {
      stop_waiting(*missing, why);
    }
  }
  missing_.clear();
}

void EventManager::tell_deed(std::uint64_t crash, std::string text) {
  if (crash_records_ != nullptr) {
    crash_records_->add_deed(crash, {runtime().clock.utc_now_us(), std::move(text)});
  }
}

}  // namespace baton
