// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/supervisor_options.hpp"

#include <cstddef>
#include <deque>
#include <random>

namespace baton {

/// Counts the restarts of one supervisor, or of one handler. OTP: intensity and period; exact instead of in
/// whole seconds.
class RestartIntensity {
 public:
  /// Notes a restart. False: it is one too many. `options` has max_restarts and within.
  template <class Options>
  [[nodiscard]] bool admit(SteadyTime now, const Options& options) {
    recent_.push_back(now);
    while (now - recent_.front() > options.within) {
      recent_.pop_front();
    }
    return recent_.size() <= options.max_restarts;
  }

  /// How many the last admit counted.
  [[nodiscard]] std::size_t recent() const { return recent_.size(); }

 private:
  std::deque<SteadyTime> recent_;  // those not older than the period
};

/// How long to wait before a child or a handler is started again.
class BackoffDelays {
 public:
  explicit BackoffDelays(const std::optional<Backoff>& backoff)
      : random_(backoff && backoff->seed ? *backoff->seed : std::random_device()()) {}

  /// Before try `failures` + 1 in a row: exponential, shortened by the jitter, never above the maximum.
  [[nodiscard]] Duration next(const Backoff& backoff, std::uint64_t failures) {
    Duration delay = backoff.initial;
    for (std::uint64_t i = 0; i < failures && delay < backoff.max && backoff.factor > 1; ++i) {
      delay = delay > backoff.max / backoff.factor ? backoff.max : delay * backoff.factor;
    }
    const auto jitter_max =
        delay.count() / 100 * backoff.jitter_percent + delay.count() % 100 * backoff.jitter_percent / 100;
    return delay - Duration(std::uniform_int_distribution<Duration::rep>(0, jitter_max)(random_));
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace baton
