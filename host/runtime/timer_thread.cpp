// SPDX-License-Identifier: Apache-2.0
#include "host/runtime/timer_thread.hpp"

namespace baton {

TimerThread::TimerThread(const Clock& clock) : clock_(clock), thread_([this] { loop(); }) {}

TimerThread::~TimerThread() {
  {
    const Lock lock(mutex_);
    is_ending_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

TimerId TimerThread::start(Duration delay, Task task) {
  const SteadyTime due = clock_.steady_now() + delay;
  const Lock lock(mutex_);
  const TimerId id = ++last_id_;
  waiting_.emplace(Key(due, id), std::move(task));
  due_.emplace(id, due);
  if (due < sleeps_until_) {  // most are cancelled long before: else each call with a limit would wake it
    sleeps_until_ = SteadyTime::min();
    changed_.notify_one();
  }
  return id;
}

bool TimerThread::cancel(TimerId timer) {
  Task cancelled;  // destroyed unlocked
  const Lock lock(mutex_);
  const auto due = due_.find(timer);
  if (due == due_.end()) {
    return false;
  }
  const auto place = waiting_.find(Key(due->second, timer));
  cancelled = std::move(place->second);
  waiting_.erase(place);
  due_.erase(due);
  return true;
}

void TimerThread::loop() {
  Lock lock(mutex_);
  while (!is_ending_) {
    if (waiting_.empty()) {
      sleeps_until_ = SteadyTime::max();
      changed_.wait(lock);
      sleeps_until_ = SteadyTime::min();
      continue;
    }
    const auto next = waiting_.begin();
    const SteadyTime due = next->first.first;
    if (clock_.steady_now() < due) {
      sleeps_until_ = due;
      (void)changed_.wait_until(lock, due);  // whatever woke it, it looks again
      sleeps_until_ = SteadyTime::min();
      continue;
    }
    Task task = std::move(next->second);
    due_.erase(next->first.second);
    waiting_.erase(next);
    lock.unlock();
    task();
    lock.lock();
  }
}

}  // namespace baton
