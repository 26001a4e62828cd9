// SPDX-License-Identifier: Apache-2.0
// EventManager: what is told when a handler does not do what it should.
#include "host/base/log.hpp"
#include "host/base/utf8.hpp"
#include "host/behaviour/crash_records.hpp"
#include "host/behaviour/crash_report.hpp"
#include "host/behaviour/event_manager.hpp"
#include "host/behaviour/installed_handler.hpp"
#include "host/behaviour/state_handover.hpp"
#include "host/runtime/atoms.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace baton {
namespace {

// A handler that fails in the same way at event after event gets a line in the log so often, not more.
constexpr Duration repeated_log_interval{1000};

/// Without the beginning of its data when it was redacted.
CrashedMessage crashed_message(const Message& message, const AtomTable& atoms, std::string shown,
                               bool is_shown_as_it_is) {
  CrashedMessage crashed;
  crashed.type = view(message.type);
  crashed.content_type = atoms.text(message.content_type);
  crashed.seq = message.seq;
  crashed.size = message.data.size;
  crashed.shown = std::move(shown);
  if (is_shown_as_it_is) {
    const bool is_text =
        message.content_type == BATON_TEXT_PLAIN || message.content_type == BATON_APPLICATION_JSON;
    crashed.beginning = is_text ? beginning_of(view(message.data), crash_data_shown_max)
                                : view(message.data).substr(0, crash_data_shown_max);
  }
  return crashed;
}

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

std::uint64_t EventManager::report_crash(const Installed& handler, const CrashSite& site,
                                         std::string_view action) {
  ++crashes_;
  ++totals_.of(handler.spec.id).crashes;
  const std::string described = describe_message(site.message);
  const StatusView shown = baton::report_crash(runtime().log,
                                               {.process = name(),
                                                .handler = handler.spec.id,
                                                .type = handler.type(),
                                                .instance = handler.instance,
                                                .callback = site.callback,
                                                .last_message = described,
                                                .reason = site.reason,
                                                .label = label_,
                                                .action = action},
                                               handler.handler.get());
  if (crash_records_ == nullptr) {
    return 0;
  }
  const Recovery* const recovery = handler.recovery.get();
  CrashRecord record;
  record.time_us = runtime().clock.utc_now_us();
  record.manager = name();
  record.handler = handler.spec.id;
  record.instance = handler.instance;
  record.type = handler.type().name;
  record.version = handler.type().version;
  record.origin = handler.spec.factory->origin();
  record.policy = on_crash_name(handler.crash_policy().on_crash);
  record.callback = site.callback;
  record.message = crashed_message(site.message, runtime().atoms, shown.message, shown.message == described);
  record.state = shown.state;
  if (recovery != nullptr && recovery->saved) {
    record.saved = {recovery->saved->version, recovery->saved->data.size(), recovery->saved_at_event};
  }
  record.reason = shown.reason;
  record.done.push_back({record.time_us, std::string(action)});
  return crash_records_->add(std::move(record));
}

void EventManager::report_swap(const std::string& id, const std::string& new_id, const SwapReport& report) {
  totals_.count_swap(new_id, report.pause);
  runtime().log.info("handler_swapped", {{"manager", name()},
                                         {"id", id},
                                         {"from", version_text(report, report.old_type, report.old_version)},
                                         {"to", version_text(report, report.new_type, report.new_version)},
                                         {"at_event", std::to_string(report.at_message)},
                                         {"pause_us", std::to_string(report.pause.count())}});
}

void EventManager::report_failed_swap(const std::string& id, bool is_safe, std::string_view reason) {
  runtime().log.warning(
      "swap_failed",
      {{"manager", name()}, {"id", id}, {"kept", is_safe ? "old" : "none"}, {"reason", shortened(reason)}});
}

// ---- Counts over instances --------------------------------------------------------------------------

bool EventManager::is_missing(std::string_view id) const {
  return std::any_of(missing_.begin(), missing_.end(),
                     [id](const auto& missing) { return missing->info.id == id; });
}

void EventManager::forget_old_totals() {
  if (totals_.size() > handlers_.size() + missing_.size()) {
    totals_.keep_if([this](const std::string& id) { return find(id) != nullptr || is_missing(id); });
  }
}

std::vector<HandlerTotal> EventManager::totals() {
  for (const auto& handler : handlers_) {
    (void)totals_.of(handler->spec.id);
  }
  for (const auto& missing : missing_) {
    (void)totals_.of(missing->info.id);
  }
  forget_old_totals();
  std::vector<HandlerTotal> totals = totals_.list();
  for (const auto& handler : handlers_) {
    HandlerTotal& total = *std::ranges::lower_bound(totals, handler->spec.id, {}, &HandlerTotal::id);
    total.handled += handler->handled;
    total.refused += handler->refused;
  }
  return totals;
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
