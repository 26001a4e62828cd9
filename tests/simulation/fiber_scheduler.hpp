// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/runtime/scheduler.hpp"
#include "host/runtime/timers.hpp"
#include "tests/simulation/random.hpp"
#include "tests/support/manual_scheduler.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace baton::simulation {

/// As ManualScheduler, but a callback that waits is put aside on a stack of its own and goes on when what
/// it waits for is there, whoever else is waiting by then: as with threads, and still one seed, one run.
/// (On one stack, a wait ends only after the waits that began below it, which hides most interleavings
/// and makes dead ends that no host has.) One thread. Every process must have come to rest before it is
/// destroyed.
class FiberScheduler final : public Scheduler, public Timers {
 public:
  FiberScheduler(test::ManualClock& clock, Random& random);
  ~FiberScheduler() override;

  void submit(std::shared_ptr<Process> process) override { runnable_.push_back(std::move(process)); }

  void retire(const Process& /*process*/) override {}

  [[nodiscard]] bool lets_callers_in() const override { return lets_callers_in_; }

  /// Callers without a time limit may run what is at rest, as with threads; not unless this says so.
  void lets_callers_in(bool does) { lets_callers_in_ = does; }

  /// As the interface says. False without a deadline: nobody is left that could bring it about.
  [[nodiscard]] bool wait(Signal& signal, const std::function<bool()>& ready,
                          std::optional<SteadyTime> deadline) override;

  TimerId start(Duration delay, Task task) override;
  bool cancel(TimerId timer) override;

  /// One thing that may happen now happens: a turn of a process, the end of a wait, or a timer.
  /// False: nothing can happen before time passes.
  bool run_one();

  /// Time jumps to the next timer or deadline. False: there is none.
  bool pass_time();

  /// Callbacks that wait.
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

 private:
  struct Fiber;
  struct Wait;

  static void fiber_main(unsigned high, unsigned low);
  Fiber& idle_fiber();
  void resume(Fiber& fiber);
  void pause(Fiber& fiber);
  [[nodiscard]] bool resume_one_from(std::size_t first);
  void fire_next();

  test::ManualClock& clock_;
  Random& random_;
  std::vector<std::unique_ptr<Fiber>> fibers_;
  std::vector<Fiber*> idle_;
  std::vector<Fiber*> waiting_;  // in the order in which they began
  Fiber* running_ = nullptr;     // null: the test itself
  std::vector<std::shared_ptr<Process>> runnable_;
  std::map<std::pair<SteadyTime, TimerId>, Task> timers_;
  std::map<TimerId, SteadyTime> due_;
  TimerId last_timer_ = 0;
  bool lets_callers_in_ = false;
  const std::unique_ptr<Fiber> main_;  // the test's own stack
};

}  // namespace baton::simulation
