// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/runtime/scheduler.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <thread>
#include <unordered_map>
#include <vector>

namespace baton {

/// Many processes on a few worker threads. A worker whose callback waits is replaced while it waits, so
/// there are always `workers` that can run; a process with `own_thread` runs on a thread of its own.
/// The destructor waits for the threads; every process must have ended before.
class ThreadPool final : public Scheduler {
 public:
  /// Threads that exist at once, waiting ones included. Above that a waiting worker is not replaced.
  static constexpr std::size_t threads_max = 1024;

  /// 0: one worker per core.
  explicit ThreadPool(std::size_t workers);
  ~ThreadPool() override;

  void submit(std::shared_ptr<Process> process) override;
  [[nodiscard]] bool wait(Signal& signal, const std::function<bool()>& ready,
                          std::optional<SteadyTime> deadline) override;
  void retire(const Process& process) override;

 private:
  /// The thread of one process with `own_thread`.
  struct OwnThread {
    std::shared_ptr<Process> next;
    bool is_retired = false;
    Condition changed;
    std::thread thread;
  };

  void worker_loop();
  void own_thread_loop(OwnThread& own);
  void submit_to_own_thread(std::shared_ptr<Process> process);
  void start_worker() BATON_REQUIRES(mutex_);
  void begin_waiting();
  void end_waiting();

  const std::size_t workers_;
  Mutex mutex_;
  Condition work_;
  std::deque<std::shared_ptr<Process>> queue_ BATON_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_ BATON_GUARDED_BY(mutex_);
  std::vector<std::thread> finished_ BATON_GUARDED_BY(mutex_);  // joined when the next one starts
  std::unordered_map<const Process*, std::unique_ptr<OwnThread>> own_threads_ BATON_GUARDED_BY(mutex_);
  // Left by their process, which was running on them; joined later by another thread.
  std::vector<std::unique_ptr<OwnThread>> left_ BATON_GUARDED_BY(mutex_);
  std::size_t active_ BATON_GUARDED_BY(mutex_) = 0;  // workers that are not waiting in a callback
  bool is_ending_ BATON_GUARDED_BY(mutex_) = false;
};

}  // namespace baton
