// SPDX-License-Identifier: Apache-2.0
#include "host/runtime/activity.hpp"

#include "host/runtime/atoms.hpp"

#include <fmt/format.h>

#include <chrono>

namespace baton {

std::string readable_span(Duration time) {
  using std::chrono::duration_cast;
  if (time < std::chrono::minutes(2)) {
    return fmt::format("{} s", duration_cast<std::chrono::seconds>(time).count());
  }
  if (time < std::chrono::hours(2)) {
    return fmt::format("{} min", duration_cast<std::chrono::minutes>(time).count());
  }
  return fmt::format("{} h", duration_cast<std::chrono::hours>(time).count());
}

std::string to_string(const ActivityNow& now) {
  std::string text = fmt::format("{}, {}", now.subject.empty() ? now.process : now.subject, now.callback);
  if (now.count > 1) {
    text += fmt::format(", one of {} messages from seq {}", now.count, now.seq);
  } else if (now.count == 1) {
    text += now.callback == "handle_events" ? ", event" : ", message";
  }
  if (now.count > 0 && !now.type.empty()) {
    text += fmt::format("{} \"{}\"", now.count > 1 ? ", the first is" : "", now.type);
  }
  if (now.count == 1 && now.seq > 0) {
    text += fmt::format(" seq {}", now.seq);
  }
  return text + ", for " + readable_span(now.lasted);
}

void Activity::look(SteadyTime now) {
  const std::uint64_t number = number_.load(std::memory_order_relaxed);
  if (seen_number_.load(std::memory_order_relaxed) == number || !is_in_callback()) {
    return;
  }
  seen_since_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
  seen_number_.store(number, std::memory_order_release);
}

std::optional<ActivityNow> Activity::now(const Clock& clock, const AtomTable& atoms) const {
  const char* const callback = callback_.load(std::memory_order_acquire);
  if (callback == nullptr) {
    return std::nullopt;
  }
  ActivityNow now;
  now.process = process_;
  now.callback = callback;
  now.type = atoms.text(type_.load(std::memory_order_relaxed));
  now.seq = seq_.load(std::memory_order_relaxed);
  now.count = count_.load(std::memory_order_relaxed);
  if (seen_number_.load(std::memory_order_acquire) == number()) {
    const SteadyTime since{SteadyTime::duration(seen_since_.load(std::memory_order_relaxed))};
    now.lasted = std::chrono::duration_cast<Duration>(clock.steady_now() - since);
  }
  const Lock lock(mutex_);
  const auto subject = subjects_.find(subject_.load(std::memory_order_relaxed));
  if (subject != subjects_.end()) {
    now.subject = subject->second;
  }
  return now;
}

ActivitySubject::ActivitySubject(std::shared_ptr<Activity> activity, std::string name)
    : activity_(std::move(activity)) {
  if (name.empty()) {
    return;  // it is the only one, and bears the name of the process
  }
  const Lock lock(activity_->mutex_);
  number_ = ++activity_->last_subject_;
  activity_->subjects_.emplace(number_, std::move(name));
}

ActivitySubject::~ActivitySubject() {
  if (number_ != 0) {
    const Lock lock(activity_->mutex_);
    activity_->subjects_.erase(number_);
  }
}

}  // namespace baton
