// SPDX-License-Identifier: Apache-2.0
#include "host/runtime/thread_pool.hpp"

#include "host/base/assert.hpp"
#include "host/base/cpu_relax.hpp"
#include "host/runtime/process.hpp"

#include <algorithm>
#include <chrono>
#include <sched.h>
#include <system_error>
#include <utility>

namespace baton {
namespace {

// Turns of processes that were submitted on the same worker, one from the other, before the others get
// theirs.
constexpr int next_max = 16;

// Who has nothing to do looks around for about as long as it takes to be woken before it sleeps: whatever
// comes within that time is met at once, and the sender need not wake anybody.
constexpr std::chrono::microseconds spin_time{30};
constexpr int first_looks = 32;  // before it thinks about whether it is worth while to go on
constexpr int looks_per_clock = 8;

// How often an idle worker looks whether another one leaves its next process waiting.
constexpr std::chrono::milliseconds watch_time{1};

template <class Look>
bool look_around(Look look, int times) {
  for (int i = 0; i < times; ++i) {
    if (look()) {
      return true;
    }
    cpu_relax();
  }
  return false;
}

/// Calls `look` again and again until it says true or the time is over, and `goes_on` once on the way: false
/// ends it. On one core there is nobody to wait for.
template <class Look, class GoesOn>
bool spin_until(Look look, GoesOn goes_on) {
  static const bool may_spin = std::thread::hardware_concurrency() > 1;
  if (!may_spin) {
    return look();
  }
  if (look_around(look, first_looks)) {
    return true;
  }
  if (!goes_on()) {
    return false;
  }
  const auto end = std::chrono::steady_clock::now() + spin_time;
  do {
    if (look_around(look, looks_per_clock)) {
      return true;
    }
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

std::thread make_std_thread(std::function<void()> work) {
  return std::thread(std::move(work));
}

bool wait_until_ready(Signal& signal, const std::function<bool()>& ready,
                      std::optional<SteadyTime> deadline) {
  Lock lock(signal.mutex);
  bool is_in_time = true;
  while (is_in_time && !ready()) {
    ++signal.sleepers;
    if (!deadline) {
      signal.changed.wait(lock);
    } else {
      is_in_time = signal.changed.wait_until(lock, *deadline);
    }
    --signal.sleepers;
  }
  return is_in_time || ready();
}

}  // namespace

thread_local ThreadPool::Worker* ThreadPool::this_worker_ = nullptr;

ThreadPool::ThreadPool(std::size_t workers, Log* log, ThreadMaker make_thread)
    : workers_(workers > 0 ? workers : std::max(1U, std::thread::hardware_concurrency())),
      log_(log),
      make_thread_(make_thread ? std::move(make_thread) : make_std_thread) {
  {
    const Lock lock(mutex_);
    fill_up();
    if (threads_.empty()) {
      throw std::system_error(refused_.why);
    }
  }
  tell_refused();
}

ThreadPool::~ThreadPool() {
  std::vector<std::thread> threads;
  std::vector<std::unique_ptr<OwnThread>> own_threads;
  {
    const Lock lock(mutex_);
    is_ending_ = true;
    work_.notify_all();
    watch_.notify_all();
    for (auto& [process, own] : own_threads_) {
      own->is_retired = true;
      own->changed.notify_all();
      own_threads.push_back(std::move(own));
    }
    std::move(left_.begin(), left_.end(), std::back_inserter(own_threads));
    threads.swap(threads_);
    std::move(finished_.begin(), finished_.end(), std::back_inserter(threads));
    finished_.clear();
    left_.clear();
    own_threads_.clear();
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  for (const std::unique_ptr<OwnThread>& own : own_threads) {
    own->thread.join();
  }
}

void ThreadPool::submit(std::shared_ptr<Process> process) {
  if (process->has_own_thread()) {
    submit_to_own_thread(std::move(process));
    return;
  }
  Worker* const worker = this_worker_;
  if (worker == nullptr || worker->pool != this) {
    const Lock lock(mutex_);
    enqueue(std::move(process));
    return;
  }
  {
    const SpinGuard guard(worker->lock);
    worker->next.swap(process);
    ++worker->submits;
  }
  if (worker->is_lost.load()) {  // it may never come back for it; see abandon()
    const Lock lock(mutex_);
    enqueue_next_of(*worker);
  }
  if (process) {  // the one before: now there is work for two
    const Lock lock(mutex_);
    enqueue(std::move(process));
  } else if (!has_watcher_.load()) {
    call_watcher();
  }
}

void ThreadPool::resubmit(std::shared_ptr<Process> process) {
  if (process->has_own_thread()) {
    submit_to_own_thread(std::move(process));
    return;
  }
  const Lock lock(mutex_);
  enqueue(std::move(process));
}

void ThreadPool::enqueue(std::shared_ptr<Process> process) {
  queue_.push_back(std::move(process));
  queued_.store(queue_.size(), std::memory_order_relaxed);
  if (queue_.size() > spinning_) {
    wake_one();
  }
  if (is_short_.load(std::memory_order_relaxed)) {
    fill_up_again();
  }
}

void ThreadPool::wake_one() {
  if (parked_ > 0) {
    work_.notify_one();
  } else if (has_watcher_.load()) {
    watch_.notify_one();
  }
}

void ThreadPool::enqueue_next_of(Worker& worker) {
  std::shared_ptr<Process> next;
  {
    const SpinGuard guard(worker.lock);
    next.swap(worker.next);
  }
  if (next) {
    enqueue(std::move(next));
  }
}

/// There may be something to look after: the first idle worker that is woken does.
void ThreadPool::call_watcher() {
  const Lock lock(mutex_);
  if (!has_watcher_.load() && parked_ > 0 && spinning_ == 0) {
    work_.notify_one();
  }
}

void ThreadPool::worker_loop() {
  Worker self(this);
  this_worker_ = &self;
  {
    const Lock lock(mutex_);
    in_loop_.push_back(&self);
  }
  while (std::shared_ptr<Process> process = next_process(self)) {
    self.process.store(process.get(), std::memory_order_relaxed);
    self.core.store(sched_getcpu(), std::memory_order_relaxed);
    process->run();
    process.reset();
    self.process.store(nullptr, std::memory_order_relaxed);
    if (self.is_lost.load()) {  // it came back after all
      const Lock lock(mutex_);
      self.is_lost = false;
      ++active_;
    }
  }
  this_worker_ = nullptr;
}

std::shared_ptr<Process> ThreadPool::next_process(Worker& self) {
  if (self.next_left > 0) {
    --self.next_left;
    const SpinGuard guard(self.lock);
    if (self.next) {
      return std::move(self.next);
    }
  }
  self.next_left = next_max;
  Lock lock(mutex_);
  enqueue_next_of(self);
  bool has_spun = false;
  while (queue_.empty() && !is_ending_ && active_ <= workers_) {
    idle(self, lock, has_spun);
  }
  if (is_ending_ || active_ > workers_) {
    leave_loop(self);
    return nullptr;
  }
  std::shared_ptr<Process> process = std::move(queue_.front());
  queue_.pop_front();
  queued_.store(queue_.size(), std::memory_order_relaxed);
  if (queue_.size() > spinning_) {
    wake_one();  // for what is left
  }
  return process;
}

void ThreadPool::idle(Worker& self, Lock& lock, bool& has_spun) {
  if (!std::exchange(has_spun, true) && spinning_ == 0) {
    spin(self);
    return;
  }
  self.core.store(nowhere, std::memory_order_relaxed);
  const bool is_anybody_busy = active_ > parked_ + spinning_ + 1;
  if (is_anybody_busy && !has_watcher_.load()) {
    watch(lock);
    return;
  }
  ++parked_;
  work_.wait(lock);
  --parked_;
}

void ThreadPool::spin(Worker& self) {
  self.core.store(sched_getcpu(), std::memory_order_relaxed);
  ++spinning_;
  mutex_.unlock();  // and not the caller's Lock, which -Wthread-safety would lose track of
  const auto look = [this] {
    return queued_.load(std::memory_order_relaxed) > 0;
  };
  spin_until(look, [] {
    if (std::exchange(Signal::has_woken, false)) {
      std::this_thread::yield();  // who was woken may wait for this very core
    }
    return true;
  });
  mutex_.lock();
  --spinning_;
}

void ThreadPool::watch(Lock& lock) {
  has_watcher_ = true;
  if (!watch_.wait_until(lock, std::chrono::steady_clock::now() + watch_time)) {
    take_what_waits_too_long();
  }
  has_watcher_ = false;
}

void ThreadPool::take_what_waits_too_long() {
  for (Worker* const worker : in_loop_) {
    std::shared_ptr<Process> waiting;
    {
      const SpinGuard guard(worker->lock);
      if (worker->next && worker->submits == worker->submits_seen) {
        waiting.swap(worker->next);
      }
      worker->submits_seen = worker->submits;
    }
    if (waiting) {
      enqueue(std::move(waiting));
    }
  }
}

void ThreadPool::leave_loop(Worker& self) {
  --active_;
  std::erase(in_loop_, &self);
  if (!is_ending_) {
    // A surplus worker, left over from a wait: its thread object is joined by whoever comes next.
    const auto thread = std::find_if(threads_.begin(), threads_.end(), [](const std::thread& other) {
      return other.get_id() == std::this_thread::get_id();
    });
    BATON_ASSERT(thread != threads_.end());
    finished_.push_back(std::move(*thread));
    threads_.erase(thread);
  }
}

/// A spinning thread that is alone with sleeping ones keeps the one that it waits for off its core, as a
/// rule: the kernel likes to wake a thread on the core of who wakes it.
bool ThreadPool::is_anybody_awake_elsewhere() {
  const int here = sched_getcpu();
  const Lock lock(mutex_);
  return std::any_of(in_loop_.begin(), in_loop_.end(), [here](const Worker* worker) {
    const int core = worker->core.load(std::memory_order_relaxed);
    return core != nowhere && core != here && worker != this_worker_ && !worker->is_lost;
  });
}

bool ThreadPool::is_ready_soon(Signal& signal, const std::function<bool()>& ready) {
  const auto look = [&] {
    const Lock lock(signal.mutex);
    return ready();
  };
  return spin_until(look, [this] { return is_anybody_awake_elsewhere(); });
}

bool ThreadPool::wait(Signal& signal, const std::function<bool()>& ready,
                      std::optional<SteadyTime> deadline) {
  Worker* const worker = this_worker_;
  const bool is_worker = worker != nullptr && worker->pool == this;
  if (is_worker) {
    const Lock lock(mutex_);
    enqueue_next_of(*worker);  // it may be the one that is waited for
  }
  if (is_ready_soon(signal, ready)) {
    return true;
  }
  if (!is_worker) {
    return wait_and_look_after(signal, ready, deadline);
  }
  begin_waiting(*worker);
  const bool is_ready = wait_and_look_after(signal, ready, deadline);
  end_waiting(*worker);
  return is_ready;
}

/// While there are too few workers for want of threads, whoever waits tries again now and then: what he waits
/// for may need one.
bool ThreadPool::wait_and_look_after(Signal& signal, const std::function<bool()>& ready,
                                     std::optional<SteadyTime> deadline) {
  while (is_short_.load(std::memory_order_relaxed)) {
    tell_refused();
    const SteadyTime next_try = std::chrono::steady_clock::now() + retry_time;
    if (deadline && *deadline <= next_try) {
      break;
    }
    if (wait_until_ready(signal, ready, next_try)) {
      return true;
    }
    const Lock lock(mutex_);
    fill_up_again();
  }
  return wait_until_ready(signal, ready, deadline);
}

}  // namespace baton
