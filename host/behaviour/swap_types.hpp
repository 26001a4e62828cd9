// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/clock.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

/// The plain data of swaps: their steps, and how a new version is watched.
namespace baton {

/// A step of a swap, as it is told to whoever asked for the swap.
struct SwapStep {
  std::string name;   // "state"
  bool is_ok = true;  // false: it failed, and what would have followed was not done
  std::chrono::microseconds took{};
  std::string text;  // what it did, or why it failed
};

/// With which state the old version comes back.
enum class WayBack : std::uint8_t {
  converted,  // the new one's, if the old version reads it; else as `kept`
  kept,       // the old one's own, as it was at the cut
};

/// Which events the old version is given again when it comes back.
enum class Redo : std::uint8_t {
  none,
  failed,  // those that the new one failed at
  all,     // with `kept`: all since the cut, which that state does not know
};

/// How long a new version is on trial after the cut, and what brings the old one back.
struct WatchPolicy {
  static constexpr double default_error_rate = 0.001;

  Duration window{0};                       // 0: it is not watched
  std::optional<std::uint64_t> max_errors;  // events it may fail at
  std::optional<double> max_error_rate;     // of all events, 0 to 1; of less than 1,000 as if it were so many
  std::optional<double> p99_factor;         // how many times the old one's time per event
  WayBack back = WayBack::converted;
  Redo redo = Redo::failed;

  /// The rate that counts: the default when nothing is said of errors.
  [[nodiscard]] std::optional<double> error_rate() const {
    return max_error_rate || max_errors ? max_error_rate : std::optional(default_error_rate);
  }
};

/// What became of a new version that was watched.
struct WatchOutcome {
  enum class Verdict : std::uint8_t {
    passed,
    swapped_back,
    stays,  // there was reason to swap back, but the old one could not be made
  };
  Verdict verdict = Verdict::passed;
  std::string reason;                     // unless it has passed
  std::uint64_t events = 0;               // that the new one was given
  std::uint64_t errors = 0;               // that it failed at
  std::chrono::nanoseconds p99{};         // per event; 0: too few were measured
  std::chrono::nanoseconds p99_before{};  // of the old one
  std::chrono::microseconds lasted{};

  // Of `swapped_back`.
  std::uint64_t instance = 0;    // who is there now
  std::uint64_t at_event = 0;    // the last one that the new one saw
  std::string state;             // what it came back with: "version 2 converted to 1", for people
  std::uint64_t redone = 0;      // events given again
  std::uint64_t not_redone = 0;  // that should have been, but too many had to be kept
  std::chrono::microseconds pause{};

  /// The old version's code. Whoever lets go of it last unloads it, and waits for that.
  std::shared_ptr<const void> code;
};

}  // namespace baton
