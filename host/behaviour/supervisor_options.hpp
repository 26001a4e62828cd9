// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"
#include "host/behaviour/child_spec.hpp"

#include <cstdint>
#include <optional>

namespace baton {

/// Which children are started again when one has ended.
enum class Strategy : std::uint8_t {
  one_for_one,         // that child
  one_for_all,         // all
  rest_for_one,        // that child and those behind it in the order of starting
  simple_one_for_one,  // that child; all come from one specification and are started by start_child
};

/// Waiting before a child is started again, longer each time. Which OTP has not.
struct Backoff {
  Duration initial{100};                // before the first try
  Duration max{30'000};                 // at most; a child that ran for as long begins at `initial` again
  std::uint32_t factor = 2;             // from one try to the next
  std::uint32_t jitter_percent = 0;     // by how much a wait may be shorter, at random
  std::optional<std::uint64_t> seed{};  // of the random numbers, for tests

  bool operator==(const Backoff&) const = default;
};

/// OTP's flags, with OTP's defaults. More than `max_restarts` within `within` and the supervisor gives up:
/// it stops its children and ends.
struct SupervisorOptions {
  std::uint32_t max_restarts = 1;
  Duration within{5000};
  Strategy strategy = Strategy::one_for_one;
  AutoShutdown auto_shutdown = AutoShutdown::never;
  std::optional<Backoff> backoff{};
};

/// Errors: bad_options.
Result<void> check_backoff(const Backoff& backoff);

/// Errors: bad_options; the text begins with OTP's name of the mistake.
Result<void> check_supervisor(const SupervisorOptions& options, std::span<const ChildSpec> specs);

}  // namespace baton
