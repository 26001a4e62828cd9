// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/fiber_scheduler.hpp"

#include "host/base/assert.hpp"
#include "host/runtime/process.hpp"

#include <algorithm>
#include <cstdint>
#include <ucontext.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

namespace baton::simulation {
namespace {

constexpr std::size_t stack_size = 256U << 10U;

// The address sanitizer must be told of each change of stacks; without it these do nothing.
struct StackBounds {
  const void* bottom = nullptr;
  std::size_t size = 0;
};

void leaving_for([[maybe_unused]] const StackBounds& stack, [[maybe_unused]] void** fake_stack) {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(fake_stack, stack.bottom, stack.size);
#endif
}

void arrived([[maybe_unused]] void* fake_stack, [[maybe_unused]] StackBounds* from) {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(fake_stack, from != nullptr ? &from->bottom : nullptr,
                                  from != nullptr ? &from->size : nullptr);
#endif
}

}  // namespace

struct FiberScheduler::Wait {
  Signal& signal;
  const std::function<bool()>& ready;
  std::optional<SteadyTime> deadline;

  [[nodiscard]] bool is_ready() const {
    const Lock lock(signal.mutex);
    return ready();
  }

  [[nodiscard]] bool is_over(SteadyTime now) const { return (deadline && *deadline <= now) || is_ready(); }
};

struct FiberScheduler::Fiber {
  FiberScheduler* scheduler = nullptr;
  ucontext_t context{};
  std::unique_ptr<char[]> memory;
  StackBounds stack;
  void* fake_stack = nullptr;
  std::shared_ptr<Process> process;  // whose turn it runs; null: idle
  const Process* inside = nullptr;   // whose callback it is in, while it is put aside
  const Wait* wait = nullptr;
};

FiberScheduler::FiberScheduler(test::ManualClock& clock, Random& random)
    : clock_(clock), random_(random), main_(std::make_unique<Fiber>()) {}

FiberScheduler::~FiberScheduler() {
  BATON_ASSERT(waiting_.empty());
}

// ---- Stacks ---------------------------------------------------------------------------------------

// makecontext passes ints only, so the address of the fiber comes in two halves.
void FiberScheduler::fiber_main(unsigned high, unsigned low) {
  Fiber& self = *reinterpret_cast<Fiber*>((static_cast<std::uintptr_t>(high) << 32U) | low);
  arrived(nullptr, &self.scheduler->main_->stack);
  for (;;) {
    self.process->run();
    self.process.reset();
    self.scheduler->idle_.push_back(&self);
    self.scheduler->pause(self);
  }
}

FiberScheduler::Fiber& FiberScheduler::idle_fiber() {
  if (idle_.empty()) {
    Fiber& fiber = *fibers_.emplace_back(std::make_unique<Fiber>());
    fiber.scheduler = this;
    fiber.memory = std::make_unique_for_overwrite<char[]>(stack_size);
    fiber.stack = {fiber.memory.get(), stack_size};
    (void)getcontext(&fiber.context);
    fiber.context.uc_stack.ss_sp = fiber.memory.get();
    fiber.context.uc_stack.ss_size = stack_size;
    const auto address = reinterpret_cast<std::uintptr_t>(&fiber);
    makecontext(&fiber.context, reinterpret_cast<void (*)()>(&FiberScheduler::fiber_main), 2,
                static_cast<unsigned>(address >> 32U), static_cast<unsigned>(address));
    idle_.push_back(&fiber);
  }
  Fiber& fiber = *idle_.back();
  idle_.pop_back();
  return fiber;
}

void FiberScheduler::resume(Fiber& fiber) {
  Fiber* const before = std::exchange(running_, &fiber);
  BATON_ASSERT(before == nullptr);
  main_->inside = Process::exchange_current(fiber.inside);
  leaving_for(fiber.stack, &main_->fake_stack);
  (void)swapcontext(&main_->context, &fiber.context);
  arrived(main_->fake_stack, nullptr);
  fiber.inside = Process::exchange_current(main_->inside);
  running_ = nullptr;
}

void FiberScheduler::pause(Fiber& fiber) {
  leaving_for(main_->stack, &fiber.fake_stack);
  (void)swapcontext(&fiber.context, &main_->context);
  arrived(fiber.fake_stack, &main_->stack);
}

// ---- What happens next ----------------------------------------------------------------------------

bool FiberScheduler::wait(Signal& signal, const std::function<bool()>& ready,
                          std::optional<SteadyTime> deadline) {
  const Wait wait{signal, ready, deadline};
  if (wait.is_ready()) {
    return true;
  }
  if (running_ != nullptr) {
    Fiber& self = *running_;
    self.wait = &wait;
    waiting_.push_back(&self);
    pause(self);
    return wait.is_ready();
  }
  while (!wait.is_over(clock_.steady_now()) && (run_one() || pass_time())) {
  }
  return wait.is_ready();
}

bool FiberScheduler::run_one() {
  const bool has_timer = !timers_.empty() && timers_.begin()->first.first <= clock_.steady_now();
  const std::size_t choices = runnable_.size() + waiting_.size() + (has_timer ? 1 : 0);
  if (choices == 0) {
    return false;
  }
  std::size_t choice = random_.below(choices);
  if (choice >= runnable_.size()) {
    choice -= runnable_.size();
    if (choice == waiting_.size()) {
      fire_next();
      return true;
    }
    if (resume_one_from(choice)) {
      return true;
    }
    // Nobody's wait is over: then somebody else's turn.
    if (runnable_.empty()) {
      if (has_timer) {
        fire_next();
      }
      return has_timer;
    }
    choice = random_.below(runnable_.size());
  }
  Fiber& fiber = idle_fiber();
  fiber.process = std::move(runnable_[choice]);
  runnable_.erase(runnable_.begin() + static_cast<std::ptrdiff_t>(choice));
  resume(fiber);
  return true;
}

bool FiberScheduler::resume_one_from(std::size_t first) {
  const SteadyTime now = clock_.steady_now();
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    const std::size_t index = (first + i) % waiting_.size();
    Fiber& fiber = *waiting_[index];
    if (fiber.wait->is_over(now)) {
      waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(index));
      fiber.wait = nullptr;
      resume(fiber);
      return true;
    }
  }
  return false;
}

// ---- Time -----------------------------------------------------------------------------------------

TimerId FiberScheduler::start(Duration delay, Task task) {
  const TimerId id = ++last_timer_;
  const SteadyTime due = clock_.steady_now() + delay;
  timers_.emplace(std::pair(due, id), std::move(task));
  due_.emplace(id, due);
  return id;
}

bool FiberScheduler::cancel(TimerId timer) {
  const auto place = due_.find(timer);
  if (place == due_.end()) {
    return false;
  }
  timers_.erase({place->second, timer});
  due_.erase(place);
  return true;
}

void FiberScheduler::fire_next() {
  const auto first = timers_.begin();
  Task task = std::move(first->second);
  due_.erase(first->first.second);
  timers_.erase(first);
  task();
}

bool FiberScheduler::pass_time() {
  std::optional<SteadyTime> next;
  if (!timers_.empty()) {
    next = timers_.begin()->first.first;
  }
  for (const Fiber* fiber : waiting_) {
    if (fiber->wait->deadline && (!next || *fiber->wait->deadline < *next)) {
      next = fiber->wait->deadline;
    }
  }
  if (next) {
    clock_.advance_to(*next);
  }
  return next.has_value();
}

}  // namespace baton::simulation
