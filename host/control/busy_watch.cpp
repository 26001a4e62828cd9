// SPDX-License-Identifier: Apache-2.0
#include "host/control/busy_watch.hpp"

#include "host/runtime/process.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace baton {
namespace {

constexpr std::chrono::seconds look_interval{1};
constexpr Duration noticed_after{1000};

/// When it is told of the callback for the n-th time.
Duration patience_for(std::size_t warnings) {
  using namespace std::chrono_literals;
  constexpr std::array<Duration, 4> first = {5s, 1min, 10min, 1h};
  if (warnings < first.size()) {
    return first[warnings];
  }
  return std::chrono::hours(warnings - first.size() + 2);
}

Duration between(SteadyTime begin, SteadyTime end) {
  return std::chrono::duration_cast<Duration>(end - begin);
}

}  // namespace

std::vector<ActivityNow> long_activities(const Registry& registry, const Clock& clock,
                                         const AtomTable& atoms) {
  std::vector<ActivityNow> found;
  for (const std::shared_ptr<Process>& process : registry.all()) {
    auto now = process->activity()->now(clock, atoms);
    if (now && now->lasted >= noticed_after) {
      found.push_back(std::move(*now));
    }
  }
  std::sort(found.begin(), found.end(),
            [](const ActivityNow& left, const ActivityNow& right) { return left.lasted > right.lasted; });
  return found;
}

BusyWatch::~BusyWatch() {
  {
    const Lock lock(mutex_);
    is_ended_ = true;
    ended_.notify_all();
  }
  if (thread_.joinable()) {
    thread_.join();
  }
}

void BusyWatch::start() {
  thread_ = std::thread([this] { run(); });
}

void BusyWatch::run() {
  for (;;) {
    look();
    const auto next = std::chrono::steady_clock::now() + look_interval;
    Lock lock(mutex_);
    while (!is_ended_ && ended_.wait_until(lock, next)) {
    }
    if (is_ended_) {
      return;
    }
  }
}

void BusyWatch::host_ends() {
  look();
  const Lock lock(mutex_);
  host_ends_since_ = clock_.steady_now();
  for (Seen& seen : seen_) {
    seen.warnings = 0;  // told anew, as what it is now
  }
}

void BusyWatch::look() {
  const SteadyTime now = clock_.steady_now();
  const auto processes = registry_.all();
  const Lock lock(mutex_);
  for (const std::shared_ptr<Process>& process : processes) {
    look_at(process->activity(), now);
  }
  for (Seen& seen : seen_) {
    judge(seen, now);
  }
  std::erase_if(seen_, [](const Seen& seen) { return seen.activity == nullptr; });
}

void BusyWatch::look_at(const std::shared_ptr<Activity>& activity, SteadyTime now) {
  activity->look(now);
  const bool is_known =
      std::any_of(seen_.begin(), seen_.end(), [&](const Seen& seen) { return seen.activity == activity; });
  if (!is_known && activity->is_in_callback()) {
    seen_.push_back({activity, activity->number(), now});
  }
}

void BusyWatch::judge(Seen& seen, SteadyTime now) {
  const auto in = seen.activity->now(clock_, atoms_);
  if (!in || seen.activity->number() != seen.number) {
    if (seen.warnings > 0) {
      log_.info("callback_returned", {{"in", seen.text}, {"after", readable_span(between(seen.since, now))}});
    }
    seen.activity = nullptr;  // it is known anew with the next look, if it is in another one
    return;
  }
  if (between(host_ends_since_.value_or(seen.since), now) < patience_for(seen.warnings)) {
    return;
  }
  ++seen.warnings;
  seen.text = to_string(*in);
  if (host_ends_since_) {
    log_.error(
        "still_running",
        {{"in", seen.text}, {"what_now", "the host ends when it returns; a second signal ends it at once"}});
  } else {
    log_.warning("callback_runs_long", {{"process", in->process}, {"in", seen.text}});
  }
}

}  // namespace baton
