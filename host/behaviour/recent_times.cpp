// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/recent_times.hpp"

#include <algorithm>
#include <limits>

namespace baton {

void RecentTimes::add(std::chrono::nanoseconds took, std::size_t count) {
  const auto each = static_cast<std::uint64_t>(took.count()) / count;
  const auto sample =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(each, std::numeric_limits<std::uint32_t>::max()));
  if (samples_.size() < samples_max) {
    samples_.push_back(sample);
  } else {
    samples_.at(next_) = sample;
    next_ = (next_ + 1) % samples_max;
  }
  ++count_;
}

std::optional<std::chrono::nanoseconds> RecentTimes::p99() const {
  if (samples_.size() < samples_min) {
    return std::nullopt;
  }
  auto sorted = samples_;
  const std::size_t rank = sorted.size() * 99 / 100;
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(rank), sorted.end());
  return std::chrono::nanoseconds(sorted.at(rank));
}

}  // namespace baton
