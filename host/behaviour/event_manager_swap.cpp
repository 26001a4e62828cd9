// SPDX-License-Identifier: Apache-2.0
// EventManager: replacing one handler by another.
#include "host/base/log.hpp"
#include "host/behaviour/event_manager.hpp"
#include "host/behaviour/installed_handler.hpp"
#include "host/behaviour/state_handover.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace baton {
namespace {

std::chrono::microseconds since(SteadyTime begin, const Clock& clock) {
  return std::chrono::duration_cast<std::chrono::microseconds>(clock.steady_now() - begin);
}

}  // namespace

Result<SwapReport> EventManager::swap_handler(SwapRequest request, Duration timeout) {
  return ask<SwapReport>(timeout, [this, request = std::move(request)](From<SwapReport> from) mutable {
    from.reply(swap(std::move(request)));
  });
}

Result<SwapReport> EventManager::swap(SwapRequest request) {
  const SteadyTime begin = runtime().clock.steady_now();
  Installed* old = find(request.old_id);
  if (old == nullptr) {
    return fail(no_such_handler(request.old_id));
  }
  if (request.replacement.id != request.old_id && find(request.replacement.id) != nullptr) {
    return fail(Errc::already_present,
                fmt::format("manager `{}` already has another handler `{}`", name(), request.replacement.id));
  }
  const bool is_safe = request.mode == SwapMode::safe;
  const std::string old_id = request.old_id;
  auto report =
      is_safe ? swap_safely(*old, std::move(request)) : swap_destructively(*old, std::move(request));
  if (!report) {
    runtime().log.warning("swap_failed", {{"manager", name()},
                                          {"id", old_id},
                                          {"kept", is_safe ? "old" : "none"},
                                          {"reason", report.error().text}});
    return report;
  }
  report->at_message = last_seq_;
  report->pause = since(begin, runtime().clock);
  runtime().log.info("handler_swapped", {{"manager", name()},
                                         {"id", old_id},
                                         {"from", report->old_version},
                                         {"to", report->new_version},
                                         {"at_event", std::to_string(last_seq_)},
                                         {"pause_us", std::to_string(report->pause.count())}});
  return report;
}

Result<SwapReport> EventManager::swap_safely(Installed& old, SwapRequest request) {
  const TypeInfo& new_type = request.replacement.factory->type();
  auto state = state_for_swap(*old.handler, old.type(), new_type, std::move(request.extra));
  if (!state) {
    return fail(state.error());
  }
  SwapReport report = swap_report_of(old.type(), new_type, *state);
  auto made = make(std::move(request.replacement), std::move(*state));
  if (!made) {
    return fail(made.error());
  }
  report.old_instance = old.instance;
  report.new_instance = (*made)->instance;
  const auto place =
      std::find_if(handlers_.begin(), handlers_.end(), [&](auto& h) { return h.get() == &old; });
  std::swap(*place, *made);  // from here on `made` holds the old one
  (void)terminate(old, {TerminateReason::Kind::swapped, request.argument});
  return report;
}

Result<SwapReport> EventManager::swap_destructively(Installed& old, SwapRequest request) {
  const TypeInfo& new_type = request.replacement.factory->type();
  // A state that cannot be had or read is no obstacle here: the new one starts without it.
  auto state = state_for_swap(*old.handler, old.type(), new_type, std::move(request.extra));
  SwapReport report = swap_report_of(old.type(), new_type, state ? *state : std::nullopt);
  report.old_instance = old.instance;
  const auto place =
      std::find_if(handlers_.begin(), handlers_.end(), [&](auto& h) { return h.get() == &old; });
  const auto index = place - handlers_.begin();
  (void)remove(old, {TerminateReason::Kind::swapped, request.argument});
  auto made = make(std::move(request.replacement), state ? std::move(*state) : std::nullopt);
  if (!made) {
    return fail(made.error());
  }
  report.new_instance = (*made)->instance;
  handlers_.insert(handlers_.begin() + index, std::move(*made));
  return report;
}

}  // namespace baton
