// SPDX-License-Identifier: Apache-2.0
// Generations: what it remembers, and reloads that nobody waits for.
#include "host/app/generations.hpp"

#include <utility>

namespace baton {

Generations::Generation Generations::current() const {
  const Lock lock(mutex_);
  return generations_.back();
}

HostConfig Generations::applied() const {
  HostConfig config = current().config;
  config.host = started_with_.host;
  config.plugins = started_with_.plugins;
  return config;
}

std::uint64_t Generations::generation() const {
  const Lock lock(mutex_);
  return generations_.back().number;
}

std::vector<GenerationRecord> Generations::history() const {
  const Lock lock(mutex_);
  return {history_.begin(), history_.end()};
}

ApplyCounts Generations::apply_counts() const {
  const Lock lock(mutex_);
  return apply_counts_;
}

void Generations::count_apply(bool is_done) {
  const Lock lock(mutex_);
  ++(is_done ? apply_counts_.done : apply_counts_.failed);
  apply_counts_.is_last_done = is_done;
  if (is_done) {
    apply_counts_.last_done_us = parts_.runtime.clock.utc_now_us();
  }
}

void Generations::note(GenerationRecord record) {
  record.time_us = parts_.runtime.clock.utc_now_us();
  const Lock lock(mutex_);
  history_.push_back(std::move(record));
  if (history_.size() > history_max) {
    history_.pop_front();
  }
}

void Generations::reload(const std::string& who) {
  {
    const Lock lock(reload_mutex_);
    reload_for_ = who;  // one that has not begun yet will see the newest file, too
  }
  reload_asked_.notify_all();
}

void Generations::run_reloads() {
  const Patience patience(parts_.runtime.clock, &reloads_, Patience::Limits{});
  for (;;) {
    std::string who;
    {
      Lock lock(reload_mutex_);
      while (!is_ending_ && !reload_for_) {
        reload_asked_.wait(lock);
      }
      if (is_ending_) {
        return;
      }
      who = std::move(*reload_for_);
      reload_for_.reset();
    }
    reload_now(who);
  }
}

void Generations::reload_now(const std::string& who) {
  const auto report = apply({}, who);
  if (report && report->result == ApplyResult::done && report->steps.empty()) {
    parts_.runtime.log.info("config_unchanged", {{"who", who}, {"generation", std::to_string(generation())}});
  }
  // A file with mistakes has been told by check(), a step that failed by carry_out().
  if (!report && report.error().code != Errc::bad_config) {
    parts_.runtime.log.error("config_apply_failed", {{"who", who}, {"result", report.error().text}});
  }
}

}  // namespace baton
