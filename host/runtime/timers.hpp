// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/clock.hpp"
#include "host/runtime/task.hpp"

#include <cstdint>

namespace baton {

using TimerId = std::uint64_t;

/// Runs short tasks later. A task must only post to a process: it may run on a thread that all timers
/// share. Two kinds: TimerThread for hosts, ManualScheduler for tests. Threads: any.
class Timers {
 public:
  virtual ~Timers() = default;

  /// Runs `task` once after `delay`. Ids are never used again; 0 is none.
  virtual TimerId start(Duration delay, Task task) = 0;

  /// True: the task will not run. False: it has run, is running, or never was.
  virtual bool cancel(TimerId timer) = 0;
};

}  // namespace baton
