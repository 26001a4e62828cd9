// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/event_manager_types.hpp"
#include "host/behaviour/recent_times.hpp"
#include "host/behaviour/swap_types.hpp"
#include "host/runtime/answer.hpp"
#include "host/runtime/message.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace baton {

/// A handler's first time after a swap: counts what it is given and fails at, and says when the old version
/// has to come back. Knows how to make that one. Owned by what it watches; in the manager's process only.
class SwapWatch {
 public:
  /// An error rate is of so many events at least: one failure among the first two is not yet 50 %.
  static constexpr std::uint64_t rate_events_min = 1000;
  /// A handler that takes less than this for an event is never too slow.
  static constexpr std::chrono::nanoseconds fast_enough{10'000};
  /// What is kept to be given again.
  static constexpr std::size_t kept_events_max = 100'000;
  static constexpr std::size_t kept_bytes_max = std::size_t{64} << 20U;

  /// What there was before the cut.
  struct Before {
    HandlerSpec spec;
    std::optional<State> state;  // at the cut
    std::optional<std::chrono::nanoseconds> p99;
  };

  SwapWatch(WatchPolicy policy, Before before, SteadyTime begin, std::optional<From<WatchOutcome>> end);

  /// What became of a batch. A crash is a reason to swap back, whatever else is allowed.
  void note(std::span<const Message> events, const EventsOutcome& outcome);
  /// It crashed, but not at an event.
  void note_crash(const std::string& reason);

  /// Why the old version has to come back at once; nothing: it need not. `times` are the new one's.
  [[nodiscard]] std::optional<std::string> verdict(const RecentTimes& times);
  /// The same at the end of the window, where what has come is all there is.
  [[nodiscard]] std::optional<std::string> last_verdict(const RecentTimes& times) const;

  /// What is known so far.
  [[nodiscard]] WatchOutcome outcome(const RecentTimes& times, SteadyTime now) const;

  [[nodiscard]] const WatchPolicy& policy() const { return policy_; }

  [[nodiscard]] const Before& before() const { return before_; }

  [[nodiscard]] std::vector<OwnedMessage> take_redo() { return std::move(redo_); }

  [[nodiscard]] std::uint64_t not_redone() const { return not_kept_; }

  /// The new one has been given these: the old one is to come back with those of them that it has.
  void change_options(const Options& options);

  /// Tells whoever waits for the end, if anybody does. Once.
  void tell(WatchOutcome outcome);

 private:
  void keep(std::span<const Message> events);
  [[nodiscard]] std::optional<std::string> too_many_errors(std::uint64_t events_min) const;
  [[nodiscard]] std::optional<std::string> too_slow(const RecentTimes& times) const;

  const WatchPolicy policy_;
  Before before_;
  const SteadyTime begin_;
  std::optional<From<WatchOutcome>> end_;
  std::uint64_t events_ = 0;
  std::uint64_t errors_ = 0;
  std::string last_error_;
  bool has_crashed_ = false;
  std::size_t times_judged_ = 0;  // how many had been measured when it was last looked whether it is too slow
  std::vector<OwnedMessage> redo_;
  std::size_t kept_bytes_ = 0;
  std::uint64_t not_kept_ = 0;
};

/// How many events of a batch were taken, be it with a failure: the rest is for whoever comes next.
[[nodiscard]] std::size_t events_taken(const EventsOutcome& outcome);

}  // namespace baton
