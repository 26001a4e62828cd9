// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/clock.hpp"
#include "host/behaviour/instance.hpp"
#include "host/behaviour/option_change.hpp"
#include "host/behaviour/recent_times.hpp"
#include "host/behaviour/swap_types.hpp"
#include "host/runtime/answer.hpp"
#include "host/runtime/message.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace baton {

/// What a version that is watched was given at once, and what became of it.
struct WatchedTurn {
  std::span<const Message> taken;  // without those that whoever comes next is given
  std::size_t failed = 0;          // the last ones of them
  bool has_crashed = false;
  std::string_view reason = {};  // of the failure
  std::uint64_t call = 0;        // a call: its number; the caller waits for an answer, or has one
};

/// A message that may be given to the old version again.
struct KeptMessage {
  OwnedMessage message;
  std::uint64_t call = 0;  // as WatchedTurn::call
  bool has_failed = false;
};

/// The first time of a handler or server after a swap: counts what it is given and fails at, and says when
/// the old version has to come back. Owned by what it watches; in the process that runs that only.
class SwapWatch {
 public:
  /// An error rate is of so many messages at least: one failure among the first two is not yet 50 %.
  static constexpr std::uint64_t rate_events_min = 1000;
  /// What takes less than this for a message is never too slow.
  static constexpr std::chrono::nanoseconds fast_enough{10'000};
  /// What is kept to be given again.
  static constexpr std::size_t kept_events_max = 100'000;
  static constexpr std::size_t kept_bytes_max = std::size_t{64} << 20U;

  /// `noun`: what it is given, for people: "event".
  SwapWatch(WatchPolicy policy, std::string_view noun, std::optional<std::chrono::nanoseconds> p99_before,
            SteadyTime begin, std::optional<From<WatchOutcome>> end);

  /// A crash is a reason to swap back, whatever else is allowed. A failed call is not kept unless all is:
  /// what its caller has been told holds.
  void note(const WatchedTurn& turn);
  /// It crashed, but not at a message that counts.
  void note_crash(const std::string& reason);

  /// Why the old version has to come back at once; nothing: it need not. `times` are the new one's.
  [[nodiscard]] std::optional<std::string> verdict(const RecentTimes& times);
  /// The same at the end of the window, where what has come is all there is.
  [[nodiscard]] std::optional<std::string> last_verdict(const RecentTimes& times) const;

  /// What is known so far.
  [[nodiscard]] WatchOutcome outcome(const RecentTimes& times, SteadyTime now) const;

  [[nodiscard]] const WatchPolicy& policy() const { return policy_; }

  [[nodiscard]] std::vector<KeptMessage> take_redo() { return std::move(redo_); }

  [[nodiscard]] std::uint64_t not_redone() const { return not_kept_; }

  /// Tells whoever waits for the end, if anybody does. Once.
  void tell(WatchOutcome outcome);

 private:
  void keep(const WatchedTurn& turn, std::size_t first);
  [[nodiscard]] std::optional<std::string> too_many_errors(std::uint64_t events_min) const;
  [[nodiscard]] std::optional<std::string> too_slow(const RecentTimes& times) const;

  const WatchPolicy policy_;
  const std::string_view noun_;
  const std::optional<std::chrono::nanoseconds> p99_before_;
  const SteadyTime begin_;
  std::optional<From<WatchOutcome>> end_;
  std::uint64_t events_ = 0;
  std::uint64_t errors_ = 0;
  std::string last_error_;
  bool has_crashed_ = false;
  std::size_t times_judged_ = 0;  // how many had been measured when it was last looked whether it is too slow
  std::vector<KeptMessage> redo_;
  std::size_t kept_bytes_ = 0;
  std::uint64_t not_kept_ = 0;
};

/// What there was before the cut: what a watch brings back. Spec: HandlerSpec or ServerSpec.
template <class Spec>
struct BeforeSwap {
  Spec spec;
  std::optional<State> state;  // at the cut; none when it went over in memory of the host or in parts
  std::optional<std::chrono::nanoseconds> p99;
};

/// A watch that begins with the cut.
template <class Spec>
struct PlannedWatch {
  WatchPolicy policy;
  std::optional<From<WatchOutcome>> end;  // answered when it ends
  BeforeSwap<Spec> before;
};

/// A watch that knows how to make the old version.
template <class Spec>
class WatchOf final : public SwapWatch {
 public:
  WatchOf(PlannedWatch<Spec> planned, std::string_view noun, SteadyTime begin)
      : SwapWatch(planned.policy, noun, planned.before.p99, begin, std::move(planned.end)),
        before_(std::move(planned.before)) {}

  [[nodiscard]] const BeforeSwap<Spec>& before() const { return before_; }

  /// The new one has been given these: the old one is to come back with those of them that it has.
  void change_options(const Options& options) { take_over_options(before_.spec.options, options); }

 private:
  BeforeSwap<Spec> before_;
};

}  // namespace baton
