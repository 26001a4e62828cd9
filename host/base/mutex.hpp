// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define BATON_THREAD_ANNOTATION(x) __attribute__((x))
#else
#define BATON_THREAD_ANNOTATION(x)
#endif

/// The member may only be touched with the mutex held; clang's -Wthread-safety checks it.
#define BATON_GUARDED_BY(mutex) BATON_THREAD_ANNOTATION(guarded_by(mutex))
/// The function may only be called with the mutex held.
#define BATON_REQUIRES(mutex) BATON_THREAD_ANNOTATION(requires_capability(mutex))

namespace baton {

/// std::mutex with the annotations that libstdc++ lacks. No foreign code runs under one of these.
class BATON_THREAD_ANNOTATION(capability("mutex")) Mutex {
 public:
  void lock() BATON_THREAD_ANNOTATION(acquire_capability()) { mutex_.lock(); }

  void unlock() BATON_THREAD_ANNOTATION(release_capability()) { mutex_.unlock(); }

  std::mutex& native() { return mutex_; }

 private:
  std::mutex mutex_;
};

/// Holds a Mutex for a scope. Can be handed to a Condition.
class BATON_THREAD_ANNOTATION(scoped_lockable) Lock {
 public:
  explicit Lock(Mutex& mutex) BATON_THREAD_ANNOTATION(acquire_capability(mutex)) : lock_(mutex.native()) {}

  // Defaulted, it could not bear the annotation.
  ~Lock() BATON_THREAD_ANNOTATION(release_capability()) {}  // NOLINT(modernize-use-equals-default)

  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

  void unlock() BATON_THREAD_ANNOTATION(release_capability()) { lock_.unlock(); }

  void lock() BATON_THREAD_ANNOTATION(acquire_capability()) { lock_.lock(); }

  std::unique_lock<std::mutex>& native() { return lock_; }

 private:
  std::unique_lock<std::mutex> lock_;
};

/// Waits with a Lock. A waiter loops around its own condition, in plain sight of -Wthread-safety.
class Condition {
 public:
  void wait(Lock& lock) { condition_.wait(lock.native()); }

  template <class TimePoint>
  [[nodiscard]] bool wait_until(Lock& lock, TimePoint deadline) {
    return condition_.wait_until(lock.native(), deadline) == std::cv_status::no_timeout;
  }

  void notify_one() { condition_.notify_one(); }

  void notify_all() { condition_.notify_all(); }

 private:
  std::condition_variable condition_;
};

}  // namespace baton
