// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/mutex.hpp"
#include "host/runtime/timers.hpp"

#include <map>
#include <thread>
#include <unordered_map>
#include <utility>

namespace baton {

/// Timers on one thread of their own. Owned by Host; the destructor drops what has not fired.
class TimerThread final : public Timers {
 public:
  /// `clock` outlives it and must be the machine's: the thread sleeps by the steady clock.
  explicit TimerThread(const Clock& clock);
  ~TimerThread() override;

  TimerId start(Duration delay, Task task) override;
  bool cancel(TimerId timer) override;

 private:
  using Key = std::pair<SteadyTime, TimerId>;

  void loop();

  const Clock& clock_;
  Mutex mutex_;
  Condition changed_;
  std::map<Key, Task> waiting_ BATON_GUARDED_BY(mutex_);
  std::unordered_map<TimerId, SteadyTime> due_ BATON_GUARDED_BY(mutex_);  // where to find one in waiting_
  TimerId last_id_ BATON_GUARDED_BY(mutex_) = 0;
  SteadyTime sleeps_until_ BATON_GUARDED_BY(mutex_) = SteadyTime::min();  // the past: it is awake
  bool is_ending_ BATON_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace baton
