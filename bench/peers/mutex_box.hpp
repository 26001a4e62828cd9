// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench/common/queue_host.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <vector>

namespace bench {

/// Letters that lie one behind the other, given in batches.
template <class Take>
void give_in_batches(std::span<Letter> letters, Take&& take) {
  std::array<Letter*, batch_max> batch;
  for (std::size_t at = 0; at < letters.size();) {
    const std::size_t count = std::min(batch_max, letters.size() - at);
    for (std::size_t i = 0; i < count; ++i) {
      batch[i] = &letters[at + i];
    }
    take(batch.data(), count);
    at += count;
  }
}

class MutexBox {
 public:
  static constexpr int spins = 0;

  class Producer {
   public:
    explicit Producer(MutexBox& box) : box_(box) {}

    void push(const Letter& letter) {
      {
        const std::lock_guard lock(box_.mutex_);
        box_.letters_.push_back(letter);
      }
      box_.changed_.notify_one();
    }

   private:
    MutexBox& box_;
  };

  template <class Take>
  void drain(Take&& take) {
    Letter letter;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return !letters_.empty(); });
      letter = letters_.front();
      letters_.pop_front();
    }
    Letter* const one = &letter;
    take(&one, 1);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Letter> letters_;
};

class MutexSwapBox {
 public:
  static constexpr int spins = spins_of_a_wake_up;

  class Producer {
   public:
    explicit Producer(MutexSwapBox& box) : box_(box) {}

    void push(const Letter& letter) {
      bool was_empty = false;
      {
        const std::lock_guard lock(box_.mutex_);
        was_empty = box_.letters_.empty();
        box_.letters_.push_back(letter);
      }
      if (was_empty) {
        box_.changed_.notify_one();
      }
    }

   private:
    MutexSwapBox& box_;
  };

  template <class Take>
  void drain(Take&& take) {
    taken_.clear();
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return !letters_.empty(); });
      taken_.swap(letters_);
    }
    give_in_batches(taken_, take);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Letter> letters_;
  std::vector<Letter> taken_;  // the consumer's
};

}  // namespace bench
