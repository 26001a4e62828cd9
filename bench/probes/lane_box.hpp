// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench/common/queue_host.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <linux/membarrier.h>
#include <sched.h>
#include <utility>

namespace bench {

/// A measuring stick: what a send costs that has no locked instruction. Each producer has a lane of its
/// own in each mailbox: chunks of 1,024 letters, filled by the one and emptied by the other, which gives
/// them back.
///
/// - A lane has one producer and one consumer. A letter is published by a release store of the number of
///   letters in its chunk, and read after an acquire load of it.
/// - The consumer looks once more between announcing that it will park and parking, and runs membarrier(2)
///   in between: so a producer that does not see the announcement has published a letter that this look
///   sees. The producer pays nothing for that but a load.
/// - A chunk goes back to its producer in one piece, over a ring of one writer and one reader; where that
///   is full it is freed.
/// - With `chunks_max` chunks of a lane on their way the producer waits; 0: it never does.
/// - A consumer that keeps up with its producer stays off its heels for 0.4 us, so that letters gather:
///   else each of them is a cache miss for both.
///
/// Order is that of each producer.
template <std::size_t chunks_max>
class LaneBox {
 public:
  static constexpr int spins = spins_of_a_wake_up;

 private:
  static constexpr std::size_t chunk_letters = 1024;
  static constexpr std::size_t spares_max = 4;

  struct alignas(64) Chunk {
    alignas(64) std::atomic<std::size_t> written{0};
    std::atomic<Chunk*> next{nullptr};
    alignas(64) std::array<Letter, chunk_letters> letters;
  };

  class Lane {
   public:
    Lane() : filling_(new Chunk), emptying_(filling_) {}

    /// The producer's.
    void push(const Letter& letter) {
      if (filled_ == chunk_letters) {
        next_chunk();
      }
      filling_->letters[filled_] = letter;
      filling_->written.store(++filled_, std::memory_order_release);
    }

    // The consumer's.

    [[nodiscard]] bool has_letters() const {
      return emptied_ < emptying_->written.load(std::memory_order_acquire) ||
             (emptied_ == chunk_letters && emptying_->next.load(std::memory_order_acquire) != nullptr);
    }

    /// How many were taken.
    template <class Take>
    std::size_t drain(Take&& take) {
      if (emptied_ == chunk_letters && !give_back_chunk()) {
        return 0;
      }
      const std::size_t written = emptying_->written.load(std::memory_order_acquire);
      const std::size_t count = std::min(batch_max, written - emptied_);
      if (count > 0) {
        std::array<Letter*, batch_max> batch;
        for (std::size_t i = 0; i < count; ++i) {
          batch[i] = &emptying_->letters[emptied_ + i];
        }
        take(batch.data(), count);
        emptied_ += count;
      }
      return count;
    }

    Lane* next = nullptr;  // constant once the lane is in its mailbox

   private:
    void next_chunk() {
      if constexpr (chunks_max > 0) {
        for (int i = 0; made_ - returned_.load(std::memory_order_acquire) >= chunks_max; ++i) {
          if (i < spins_of_a_wake_up) {
            relax();
          } else {
            (void)sched_yield();
          }
        }
      }
      Chunk* chunk = nullptr;
      const std::size_t taken = spares_taken_.load(std::memory_order_relaxed);
      if (taken != spares_given_.load(std::memory_order_acquire)) {
        chunk = spares_[taken % spares_max];
        spares_taken_.store(taken + 1, std::memory_order_release);
      } else {
        chunk = new Chunk;
      }
      ++made_;
      filling_->next.store(chunk, std::memory_order_release);
      filling_ = chunk;
      filled_ = 0;
    }

    /// False: the next one is not there yet.
    bool give_back_chunk() {
      Chunk* const next_one = emptying_->next.load(std::memory_order_acquire);
      if (next_one == nullptr) {
        return false;
      }
      Chunk* const chunk = std::exchange(emptying_, next_one);
      emptied_ = 0;
      chunk->written.store(0, std::memory_order_relaxed);
      chunk->next.store(nullptr, std::memory_order_relaxed);
      const std::size_t given = spares_given_.load(std::memory_order_relaxed);
      if (given - spares_taken_.load(std::memory_order_acquire) < spares_max) {
        spares_[given % spares_max] = chunk;
        spares_given_.store(given + 1, std::memory_order_release);
      } else {
        delete chunk;
      }
      returned_.store(returned_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
      return true;
    }

    alignas(64) Chunk* filling_;  // the producer's line
    std::size_t filled_ = 0;
    std::size_t made_ = 1;
    std::atomic<std::size_t> spares_taken_{0};
    alignas(64) Chunk* emptying_;  // the consumer's line
    std::size_t emptied_ = 0;
    std::atomic<std::size_t> spares_given_{0};
    std::atomic<std::size_t> returned_{0};
    std::array<Chunk*, spares_max> spares_{};
  };

 public:
  LaneBox() {
    require(syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0,
            "the kernel has membarrier(2)");
  }

  class Producer {
   public:
    explicit Producer(LaneBox& box) : box_(box) {
      Lane* first = box_.lanes_.load(std::memory_order_relaxed);
      do {
        lane_->next = first;
      } while (!box_.lanes_.compare_exchange_weak(first, lane_, std::memory_order_release,
                                                  std::memory_order_relaxed));
    }

    /// Whether the consumer was parked.
    bool push(const Letter& letter) {
      lane_->push(letter);
      asm volatile("" ::: "memory");  // the barrier itself is the consumer's
      return box_.wake();
    }

   private:
    LaneBox& box_;
    Lane* const lane_ = new Lane;  // stays in the mailbox until the process ends
  };

  template <class Take>
  void drain(Take&& take) {
    std::size_t taken = 0;
    for (Lane* lane = lanes_.load(std::memory_order_acquire); lane != nullptr; lane = lane->next) {
      taken += lane->drain(take);
    }
    if (taken == 0) {
      on_heels_ = 0;
      wait();
    } else if (taken < few && ++on_heels_ > steady) {
      for (int i = 0; i < gather_spins; ++i) {
        relax();
      }
    }
  }

 private:
  static constexpr std::size_t few = 64;
  static constexpr int steady = 32;
  static constexpr int gather_spins = 16;

  [[nodiscard]] bool has_letters() const {
    for (const Lane* lane = lanes_.load(std::memory_order_acquire); lane != nullptr; lane = lane->next) {
      if (lane->has_letters()) {
        return true;
      }
    }
    return false;
  }

  bool wake() {
    if (is_parked_.load(std::memory_order_relaxed) == 0 || is_parked_.exchange(0) == 0) {
      return false;
    }
    futex_wake(is_parked_);
    return true;
  }

  void wait() {
    for (int i = 0; i < spins_of_a_wake_up; ++i) {
      if (has_letters()) {
        return;
      }
      relax();
    }
    do {
      is_parked_.store(1, std::memory_order_seq_cst);
      (void)syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
      while (!has_letters() && is_parked_.load(std::memory_order_relaxed) == 1) {
        futex_wait(is_parked_, 1);
      }
    } while (!has_letters());
    is_parked_.store(0, std::memory_order_relaxed);
  }

  std::atomic<Lane*> lanes_{nullptr};
  int on_heels_ = 0;  // the consumer's: how often in a row it found few
  alignas(64) std::atomic<std::uint32_t> is_parked_{0};
};

}  // namespace bench
