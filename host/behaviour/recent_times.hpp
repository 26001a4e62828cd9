// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace baton {

/// How long a handler took for an event lately. Most batches are not measured: a look at the clock costs as
/// much as a small handler. One owner, one thread.
class RecentTimes {
 public:
  static constexpr std::size_t samples_max = 512;
  static constexpr std::size_t samples_min = 100;  // fewer say nothing about one in a hundred
  static constexpr std::uint32_t every = 16;       // batches

  /// Whether the next batch is to be measured.
  [[nodiscard]] bool is_due() { return batches_++ % every == 0; }

  /// A batch of `count` events, which is at least 1, took so long.
  void add(std::chrono::nanoseconds took, std::size_t count);

  [[nodiscard]] std::size_t count() const { return count_; }

  /// What 99 of 100 stay below. Nothing while there are too few.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> p99() const;

 private:
  std::vector<std::uint32_t> samples_;  // nanoseconds per event, the most recent ones; most servers have few
  std::size_t next_ = 0;
  std::size_t count_ = 0;  // ever
  std::uint32_t batches_ = 0;
};

}  // namespace baton
