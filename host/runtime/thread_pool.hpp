// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/spin_lock.hpp"
#include "host/runtime/process.hpp"
#include "host/runtime/scheduler.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <vector>

namespace baton {

class Log;

/// Makes a thread that runs the function. Throws std::system_error when the system has no more, as
/// std::thread does. Does not wait.
using ThreadMaker = std::function<std::thread(std::function<void()>)>;

/// Many processes on a few worker threads. A worker whose callback waits is replaced while it waits, so
/// there are always `workers` that can run, and so is one whose process was abandoned; a process with
/// `own_thread` runs on a thread of its own.
/// When the system has no more threads, there are fewer workers for a while: it is tried again whenever one
/// is to be replaced, and ten times a second while somebody sends or waits. A process with `own_thread` takes
/// its turns on the workers meanwhile, and has a thread with the first turn for which there is one. To run
/// late, or to hold a worker, is what any process may do; to end would be a crash that nobody has caused, and
/// restarts that fail in the same way until the last supervisor gives up. The log is told, as `no_thread`.
/// The destructor waits for the threads; every process must have ended before.
class ThreadPool final : public Scheduler {
 public:
  /// Threads that exist at once, waiting ones included. Above that a waiting worker is not replaced.
  static constexpr std::size_t threads_max = 1024;

  /// `workers`: 0 is one per core. `log`: outlives it; null is none. Throws std::system_error when there is
  /// not even one thread.
  explicit ThreadPool(std::size_t workers, Log* log = nullptr, ThreadMaker make_thread = {});
  ~ThreadPool() override;

  void submit(std::shared_ptr<Process> process) override;
  void resubmit(std::shared_ptr<Process> process) override;

  [[nodiscard]] bool lets_callers_in() const override { return true; }

  [[nodiscard]] bool wait(Signal& signal, const std::function<bool()>& ready,
                          std::optional<SteadyTime> deadline) override;
  void retire(const Process& process) override;
  void abandon(const Process& process) override;

 private:
  /// The thread of one process with `own_thread`.
  struct OwnThread {
    std::shared_ptr<Process> next;
    bool is_retired = false;
    Condition changed;
    std::thread thread;
  };

  /// A shared worker, as long as its thread is in its loop. Made by that thread.
  struct Worker {
    explicit Worker(const ThreadPool* of) : pool(of) {}

    /// Whose turn it runs, or whom it visits from there: a callback that hangs holds all of them.
    [[nodiscard]] bool is_inside(const Process& of) const;

    const ThreadPool* const pool;
    const Process::Visited& visited = Process::visited_by_this_thread();
    std::atomic<const Process*> process{nullptr};  // whose turn it runs
    std::atomic<int> core{nowhere};                // the last that it was seen on, if it is awake
    std::atomic<bool> is_lost{false};              // in a callback of an abandoned process: is not in active_
    bool is_waiting = false;                       // in a callback: is not in active_ either
    int next_left = 0;                             // turns out of `next` before it looks at the queue

    // What its own turn has submitted: it runs next, on this thread, whose cache has it. Nobody is woken for
    // it; an idle worker takes it if it is still there after a millisecond.
    SpinLock lock;
    std::shared_ptr<Process> next BATON_GUARDED_BY(lock);
    std::uint64_t submits BATON_GUARDED_BY(lock) = 0;
    std::uint64_t submits_seen BATON_GUARDED_BY(lock) = 0;  // by the watcher, when it last looked
  };

  /// Threads that could not be made, so far.
  struct Refused {
    std::uint64_t count = 0;
    std::error_code why;                  // of the last one
    std::atomic<bool> has_news{false};    // written with mutex_: the log has not heard of the last one
    std::optional<SteadyTime> told_at{};  // when it last has heard of any
  };

  static constexpr std::chrono::milliseconds retry_time{100};
  static constexpr int nowhere = -1;

  void worker_loop();
  [[nodiscard]] std::shared_ptr<Process> next_process(Worker& self);
  void idle(Worker& self, Lock& lock, bool& has_spun) BATON_REQUIRES(mutex_);
  void spin(Worker& self) BATON_REQUIRES(mutex_);
  void watch(Lock& lock) BATON_REQUIRES(mutex_);
  void take_what_waits_too_long() BATON_REQUIRES(mutex_);
  void leave_loop(Worker& self) BATON_REQUIRES(mutex_);
  void enqueue(std::shared_ptr<Process> process) BATON_REQUIRES(mutex_);
  void enqueue_next_of(Worker& worker) BATON_REQUIRES(mutex_);
  void wake_one() BATON_REQUIRES(mutex_);
  void call_watcher();
  void own_thread_loop(OwnThread& own);
  void submit_to_own_thread(std::shared_ptr<Process> process);
  [[nodiscard]] OwnThread* own_thread_of(const Process& process) BATON_REQUIRES(mutex_);
  [[nodiscard]] std::thread new_thread(std::function<void()> work) BATON_REQUIRES(mutex_);
  [[nodiscard]] bool start_worker() BATON_REQUIRES(mutex_);
  void fill_up() BATON_REQUIRES(mutex_);
  void fill_up_again() BATON_REQUIRES(mutex_);
  void tell_refused();
  [[nodiscard]] bool is_ready_soon(Signal& signal, const std::function<bool()>& ready);
  [[nodiscard]] bool is_anybody_awake_elsewhere();
  [[nodiscard]] bool wait_and_look_after(Signal& signal, const std::function<bool()>& ready,
                                         std::optional<SteadyTime> deadline);
  void replace_worker() BATON_REQUIRES(mutex_);
  void begin_waiting(Worker& worker);
  void end_waiting(Worker& worker);

  // NOLINTNEXTLINE(readability-identifier-naming): a private member, although a static one
  static thread_local Worker* this_worker_;  // of the pool whose shared worker this thread is, if any

  const std::size_t workers_;
  Log* const log_;
  const ThreadMaker make_thread_;
  Mutex mutex_;
  Condition work_;
  Condition watch_;  // for the watcher alone, who is the last to be woken
  std::deque<std::shared_ptr<Process>> queue_ BATON_GUARDED_BY(mutex_);
  std::vector<Worker*> in_loop_ BATON_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_ BATON_GUARDED_BY(mutex_);
  std::vector<std::thread> finished_ BATON_GUARDED_BY(mutex_);  // joined when the next one starts
  std::unordered_map<const Process*, std::unique_ptr<OwnThread>> own_threads_ BATON_GUARDED_BY(mutex_);
  // Left by their process, which was running on them; joined later by another thread.
  std::vector<std::unique_ptr<OwnThread>> left_ BATON_GUARDED_BY(mutex_);
  std::atomic<std::size_t> queued_{0};                 // queue_.size(), for those who look without the mutex
  std::size_t active_ BATON_GUARDED_BY(mutex_) = 0;    // workers that are neither waiting nor lost
  std::size_t parked_ BATON_GUARDED_BY(mutex_) = 0;    // of these, idle ones: asleep
  std::size_t spinning_ BATON_GUARDED_BY(mutex_) = 0;  // and awake
  std::atomic<bool> is_short_{false};  // written with mutex_: there are too few workers, for want of threads
  SteadyTime retry_at_ BATON_GUARDED_BY(mutex_);  // when a thread is to be had, perhaps
  Refused refused_;                               // but for has_news, with mutex_ only
  std::atomic<bool> has_watcher_{false};  // written with mutex_: an idle worker looks after the others
  bool is_ending_ BATON_GUARDED_BY(mutex_) = false;
};

}  // namespace baton
