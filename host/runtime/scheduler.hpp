// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/clock.hpp"
#include "host/base/mutex.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace baton {

class Process;

/// Something to wait for: a mutex for the state and a condition to announce its change. Waiting goes
/// through Scheduler::wait, so that a test without threads can run the one that will announce it.
struct Signal {
  Mutex mutex;
  Condition changed;
  std::size_t sleepers BATON_GUARDED_BY(mutex) = 0;  // in a Scheduler's wait, and to be woken

  /// Wakes those in a Scheduler's wait, and nobody else who waits for `changed`.
  void announce() BATON_REQUIRES(mutex) {
    if (sleepers > 0) {
      has_woken = true;
      changed.notify_all();
    }
  }

  /// Whether this thread has woken another one since it last looked. It may have been put on this very core.
  static inline thread_local bool has_woken = false;
};

/// Runs processes, each at most on one thread at a time. Owned by Host; outlives all processes.
/// Two kinds: ThreadPool for hosts, ManualScheduler for tests.
class Scheduler {
 public:
  virtual ~Scheduler() = default;

  /// Runs `process` soon, once. The process sees to it that it is submitted once until it has run.
  /// Threads: any. Does not block.
  virtual void submit(std::shared_ptr<Process> process) = 0;

  /// As submit, from the process's own turn, which it has used up: the others come first.
  virtual void resubmit(std::shared_ptr<Process> process) { submit(std::move(process)); }

  /// A caller may run a process that is at rest itself (see Process::Visit). Constant.
  [[nodiscard]] virtual bool lets_callers_in() const { return false; }

  /// Waits until `ready()` (evaluated with signal.mutex held) or the deadline; says whether it is ready.
  /// From inside a callback the waiting worker is replaced meanwhile, so that waiting starves nobody.
  /// Threads: any; no lock may be held.
  [[nodiscard]] virtual bool wait(Signal& signal, const std::function<bool()>& ready,
                                  std::optional<SteadyTime> deadline) = 0;

  /// Tells the scheduler that `process` will not be submitted again: its own thread, if it has one, may
  /// go. Threads: any.
  virtual void retire(const Process& process) = 0;

  /// Tells the scheduler that `process` was abandoned: the callback that it is in, if any, may never
  /// return, and whoever runs it is replaced. Threads: any; no lock may be held.
  virtual void abandon(const Process& /*process*/) {}
};

}  // namespace baton
