// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench/common/measure.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

/// W7: what events waited while swaps were made, from the times at which another handler was called.
namespace bench {

/// A second without swaps, then 90 of them, 10 ms apart, while an event comes each 10 us.
struct SwapLoad {
  static constexpr std::uint64_t events_usual = 200'000;
  static constexpr std::uint64_t pace_ns = 10'000;
  static constexpr std::uint64_t between_swaps_ns = 10'000'000;

  std::uint64_t events = events_usual;

  [[nodiscard]] std::uint64_t baseline_ns() const { return events / 2 * pace_ns; }

  /// So many that the last one is over before the last event, also when each takes some time.
  [[nodiscard]] std::size_t swaps() const { return events / 2 * 9 / 10 / (between_swaps_ns / pace_ns); }
};

/// Of one swap, as its requester saw it.
struct SwapTime {
  std::uint64_t begin;
  std::uint64_t end;
};

/// The longest time between two calls that has something in common with the swap.
inline std::uint64_t gap_around(const SwapTime& swap, const std::vector<std::uint64_t>& times) {
  const auto first = std::lower_bound(times.begin(), times.end(), swap.begin);
  auto before = first == times.begin() ? first : first - 1;
  std::uint64_t longest = 0;
  for (; before != times.end() && before + 1 != times.end() && *before <= swap.end; ++before) {
    longest = std::max(longest, *(before + 1) - *before);
  }
  return longest;
}

inline void add_swaps(Result& result, const std::vector<SwapTime>& swaps,
                      const std::vector<std::uint64_t>& times, std::uint64_t baseline_end) {
  Latencies durations(swaps.size());
  Latencies gaps(swaps.size());
  for (const SwapTime& swap : swaps) {
    durations.add(swap.end - swap.begin);
    if (swap.begin < times.back()) {  // on a busy machine the last ones may come behind the last event
      gaps.add(gap_around(swap, times));
    }
  }
  require(gaps.size() > 0, "there are swaps while events come");
  Latencies baseline(times.size());
  for (std::size_t i = 1; i < times.size() && times[i] < baseline_end; ++i) {
    baseline.add(times[i] - times[i - 1]);
  }
  durations.sort();
  gaps.sort();
  baseline.sort();
  result.add("swap_p50", durations.at(0.5))
      .add("swap_p90", durations.at(0.9))
      .add("swap_max", durations.at(1));
  result.add("gap_p50", gaps.at(0.5)).add("gap_p90", gaps.at(0.9)).add("gap_max", gaps.at(1));
  result.add("base_p50", baseline.at(0.5))
      .add("base_p999", baseline.at(0.999))
      .add("base_max", baseline.at(1));
}

}  // namespace bench
