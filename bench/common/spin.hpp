// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

/// Waiting, of the programs that are not our host.
namespace bench {

inline void relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// As many of these as one wake-up of a thread on another core takes, about 38 us: who spins longer than that
/// loses against parking, who spins less may lose twice.
inline constexpr int spins_of_a_wake_up = 1500;

inline void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected) {
  (void)syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, expected, nullptr, nullptr, 0);
}

inline void futex_wake(std::atomic<std::uint32_t>& word) {
  (void)syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
}

/// Where an answer comes; for one caller and one answer. The caller may look for it a while before it parks.
class ReplySlot {
 public:
  void set(std::uint64_t value, std::uint64_t second = 0) {
    value_ = value;
    second_ = second;
    if (state_.exchange(ready, std::memory_order_acq_rel) == parked) {
      futex_wake(state_);
    }
  }

  std::uint64_t wait(int spins) {
    for (int i = 0; i < spins; ++i) {
      if (state_.load(std::memory_order_acquire) == ready) {
        return value_;
      }
      relax();
    }
    std::uint32_t expected = empty;
    if (state_.compare_exchange_strong(expected, parked, std::memory_order_acq_rel)) {
      while (state_.load(std::memory_order_acquire) != ready) {
        futex_wait(state_, parked);
      }
    }
    return value_;
  }

  /// Behind wait().
  [[nodiscard]] std::uint64_t second() const { return second_; }

 private:
  static constexpr std::uint32_t empty = 0;
  static constexpr std::uint32_t parked = 1;
  static constexpr std::uint32_t ready = 2;

  std::atomic<std::uint32_t> state_{empty};
  std::uint64_t value_ = 0;
  std::uint64_t second_ = 0;
};

}  // namespace bench
