// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/swap_watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace baton {
namespace {

// How many measurements are between two looks at whether the new one is too slow.
constexpr std::size_t judge_every = 128;

double microseconds(std::chrono::nanoseconds time) {
  return static_cast<double>(time.count()) / 1000;
}

}  // namespace

std::size_t events_taken(const EventsOutcome& outcome) {
  const bool has_failed = outcome.verdict == HandlerVerdict::failed;
  const bool has_refused = outcome.verdict == HandlerVerdict::refused;
  return outcome.handled + (has_failed ? 1 : 0) + (has_refused ? outcome.refused : 0);
}

SwapWatch::SwapWatch(WatchPolicy policy, Before before, SteadyTime begin,
                     std::optional<From<WatchOutcome>> end)
    : policy_(policy), before_(std::move(before)), begin_(begin), end_(std::move(end)) {}

void SwapWatch::note(std::span<const Message> events, const EventsOutcome& outcome) {
  const auto taken = events.first(events_taken(outcome));
  const auto failed = taken.subspan(outcome.handled);
  events_ += taken.size();
  errors_ += failed.size();
  if (!failed.empty()) {
    last_error_ = outcome.reason;
  }
  has_crashed_ = has_crashed_ || outcome.verdict == HandlerVerdict::failed;
  if (policy_.redo == Redo::all) {
    keep(taken);
  } else if (policy_.redo == Redo::failed) {
    keep(failed);
  }
}

void SwapWatch::note_crash(const std::string& reason) {
  has_crashed_ = true;
  last_error_ = reason;
}

void SwapWatch::keep(std::span<const Message> events) {
  for (const Message& event : events) {
    // Once one is left out, all that follow are: what is given again has no hole in it.
    if (not_kept_ > 0 || redo_.size() == kept_events_max || kept_bytes_ + event.data.size > kept_bytes_max) {
      ++not_kept_;
      continue;
    }
    kept_bytes_ += event.data.size;
    redo_.emplace_back(event);
  }
}

std::optional<std::string> SwapWatch::verdict(const RecentTimes& times) {
  if (auto why = too_many_errors(rate_events_min)) {
    return why;
  }
  if (times.count() < times_judged_ + judge_every) {
    return std::nullopt;
  }
  times_judged_ = times.count();
  return too_slow(times);
}

std::optional<std::string> SwapWatch::last_verdict(const RecentTimes& times) const {
  auto why = too_many_errors(1);
  return why ? why : too_slow(times);
}

std::optional<std::string> SwapWatch::too_many_errors(std::uint64_t events_min) const {
  if (has_crashed_) {
    return "it crashed: " + last_error_;
  }
  if (policy_.max_errors && errors_ > *policy_.max_errors) {
    return fmt::format("{} of {} events failed (limit {}), the last one: {}", errors_, events_,
                       *policy_.max_errors, last_error_);
  }
  const auto limit = policy_.error_rate();
  const auto of = static_cast<double>(std::max(events_, events_min));
  if (limit && static_cast<double>(errors_) > *limit * of) {
    return fmt::format("error rate {:.3g} % (limit {:.3g} %): {} of {} events failed, the last one: {}",
                       100 * static_cast<double>(errors_) / static_cast<double>(events_), 100 * *limit,
                       errors_, events_, last_error_);
  }
  return std::nullopt;
}

std::optional<std::string> SwapWatch::too_slow(const RecentTimes& times) const {
  const auto now = times.p99();
  if (!policy_.p99_factor || !before_.p99 || !now || *now < fast_enough) {
    return std::nullopt;
  }
  const double factor = static_cast<double>(now->count()) / static_cast<double>(before_.p99->count());
  if (factor <= *policy_.p99_factor) {
    return std::nullopt;
  }
  return fmt::format("p99 {:.3g} us per event is {:.3g} times what it was, {:.3g} us (limit {:.3g})",
                     microseconds(*now), factor, microseconds(*before_.p99), *policy_.p99_factor);
}

WatchOutcome SwapWatch::outcome(const RecentTimes& times, SteadyTime now) const {
  WatchOutcome outcome;
  outcome.events = events_;
  outcome.errors = errors_;
  outcome.p99 = times.p99().value_or(std::chrono::nanoseconds(0));
  outcome.p99_before = before_.p99.value_or(std::chrono::nanoseconds(0));
  outcome.lasted = std::chrono::duration_cast<std::chrono::microseconds>(now - begin_);
  return outcome;
}

void SwapWatch::change_options(const Options& options) {
  for (Option& mine : before_.spec.options) {
    const auto changed = std::find_if(options.begin(), options.end(), [&mine](const Option& option) {
      return option.name == mine.name && option.type == mine.type;
    });
    if (changed != options.end()) {
      mine = *changed;
    }
  }
}

void SwapWatch::tell(WatchOutcome outcome) {
  if (!end_) {
    return;
  }
  From<WatchOutcome> end = std::move(*end_);
  end_.reset();
  (void)end.reply(std::move(outcome));  // its code may be this very object, which is gone then
}

}  // namespace baton
