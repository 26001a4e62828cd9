// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/mutex.hpp"

#include <atomic>
#include <cstdint>

namespace baton {

/// A lock for a few dozen instructions that never wait, never allocate much and never run foreign code: one
/// locked instruction to take it and a plain store to give it back, where a std::mutex has two locked ones.
/// Whoever finds it taken looks again a few times, then lets others run: its owner may have been taken off
/// the only core.
///
/// lock() is a sequentially consistent exchange, and two who meet through it may rely on that: what the first
/// one reads after it and what the second one has written before it are in one order (see Process::wake).
class BATON_THREAD_ANNOTATION(capability("mutex")) SpinLock {
 public:
  void lock() BATON_THREAD_ANNOTATION(acquire_capability()) {
    if (is_locked_.exchange(true)) [[unlikely]] {
      wait_and_lock();
    }
  }

  void unlock() BATON_THREAD_ANNOTATION(release_capability()) {
    is_locked_.store(false, std::memory_order_release);
  }

 private:
  void wait_and_lock();

  std::atomic<bool> is_locked_{false};
};

/// Holds a SpinLock for a scope.
class BATON_THREAD_ANNOTATION(scoped_lockable) SpinGuard {
 public:
  explicit SpinGuard(SpinLock& lock) BATON_THREAD_ANNOTATION(acquire_capability(lock)) : lock_(lock) {
    lock_.lock();
  }

  ~SpinGuard() BATON_THREAD_ANNOTATION(release_capability()) { lock_.unlock(); }

  SpinGuard(const SpinGuard&) = delete;
  SpinGuard& operator=(const SpinGuard&) = delete;

 private:
  SpinLock& lock_;
};

}  // namespace baton
