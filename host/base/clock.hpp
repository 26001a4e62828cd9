// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>

namespace baton {

using SteadyTime = std::chrono::steady_clock::time_point;
using Duration = std::chrono::milliseconds;

/// Time, as an interface so that tests own it. Threads: any.
class Clock {
 public:
  virtual ~Clock() = default;

  /// For time-outs and timers: never goes back.
  [[nodiscard]] virtual SteadyTime steady_now() const = 0;

  /// Time of day, microseconds since 1970 (UTC). For people and records; never for order.
  [[nodiscard]] virtual std::int64_t utc_now_us() const = 0;

  /// The same, as of the kernel's last tick: 1 to 10 ms late, by its configuration, at a fifth of the price.
  [[nodiscard]] virtual std::int64_t utc_tick_us() const { return utc_now_us(); }
};

/// The machine's clocks.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] SteadyTime steady_now() const override { return std::chrono::steady_clock::now(); }

  [[nodiscard]] std::int64_t utc_now_us() const override {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  }

  [[nodiscard]] std::int64_t utc_tick_us() const override {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
  }
};

}  // namespace baton
