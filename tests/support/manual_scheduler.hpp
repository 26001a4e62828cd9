// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/clock.hpp"
#include "host/runtime/process.hpp"
#include "host/runtime/scheduler.hpp"
#include "host/runtime/timers.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <utility>
#include <vector>

namespace baton::test {

/// Time that only a test moves.
class ManualClock final : public Clock {
 public:
  [[nodiscard]] SteadyTime steady_now() const override { return now_; }

  [[nodiscard]] std::int64_t utc_now_us() const override {
    return std::chrono::duration_cast<std::chrono::microseconds>(now_.time_since_epoch()).count();
  }

  void advance_to(SteadyTime time) { now_ = std::max(now_, time); }

 private:
  SteadyTime now_ = SteadyTime{} + std::chrono::hours(1);
};

/// Processes and timers on the test's own thread, in an order that a seed decides: no threads, no
/// sleeping, and the same seed gives the same run. A wait runs others until what it waits for is there;
/// when nobody can run, time jumps to the next timer or the deadline.
class ManualScheduler final : public Scheduler, public Timers {
 public:
  explicit ManualScheduler(ManualClock& clock, std::uint64_t seed = 0) : clock_(clock), random_(seed) {}

  void submit(std::shared_ptr<Process> process) override { runnable_.push_back(std::move(process)); }

  void retire(const Process& /*process*/) override {}

  [[nodiscard]] bool lets_callers_in() const override { return lets_callers_in_; }

  /// Not unless a test says so: then what is asked takes turns, of which a seed decides the order.
  void lets_callers_in(bool does) { lets_callers_in_ = does; }

  /// That processes had so far.
  [[nodiscard]] std::size_t turns() const { return turns_; }

  [[nodiscard]] bool wait(Signal& signal, const std::function<bool()>& ready,
                          std::optional<SteadyTime> deadline) override {
    for (;;) {
      {
        const Lock lock(signal.mutex);
        if (ready()) {
          return true;
        }
      }
      if (run_one() || fire_next(deadline)) {
        continue;
      }
      if (deadline) {
        clock_.advance_to(*deadline);
      }
      const Lock lock(signal.mutex);
      return ready();
    }
  }

  TimerId start(Duration delay, Task task) override {
    const TimerId id = ++last_timer_;
    timers_.emplace(std::pair(clock_.steady_now() + delay, id), std::move(task));
    return id;
  }

  bool cancel(TimerId timer) override {
    return std::erase_if(timers_, [timer](const auto& entry) { return entry.first.second == timer; }) > 0;
  }

  /// Runs one process for a turn. False: none is runnable.
  bool run_one() {
    if (runnable_.empty()) {
      return false;
    }
    const std::size_t index = std::uniform_int_distribution<std::size_t>(0, runnable_.size() - 1)(random_);
    const std::shared_ptr<Process> process = std::move(runnable_[index]);
    runnable_.erase(runnable_.begin() + static_cast<std::ptrdiff_t>(index));
    ++turns_;
    process->run();
    return true;
  }

  /// Runs until nobody can run; time stands still.
  void run_all() {
    while (run_one()) {
    }
  }

  /// Lets time pass, firing what falls due, and runs everything.
  void advance(Duration time) {
    const SteadyTime until = clock_.steady_now() + time;
    run_all();
    while (fire_next(until)) {
      run_all();
    }
    clock_.advance_to(until);
  }

 private:
  bool fire_next(std::optional<SteadyTime> until) {
    if (timers_.empty() || (until && timers_.begin()->first.first > *until)) {
      return false;
    }
    clock_.advance_to(timers_.begin()->first.first);
    Task task = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    task();
    return true;
  }

  ManualClock& clock_;
  std::mt19937_64 random_;
  std::vector<std::shared_ptr<Process>> runnable_;
  std::map<std::pair<SteadyTime, TimerId>, Task> timers_;
  TimerId last_timer_ = 0;
  bool lets_callers_in_ = false;
  std::size_t turns_ = 0;
};

}  // namespace baton::test
