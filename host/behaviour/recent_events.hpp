// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/record_types.hpp"
#include "host/runtime/message.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <vector>

namespace baton {

/// The last events of a manager, each a whole copy: for the canary of the next swap, and for whoever asked
/// for a record. Keeps none until somebody wants some; bounded by their number and by the memory that they
/// take. One owner, one thread.
class RecentEvents {
 public:
  static constexpr std::size_t events_max = 10'000;  // of canaries

  /// For canaries: from now on the last `count`, or as many as were wanted before, if that is more.
  void want(std::size_t count);

  /// The record: from now on so many. What canaries want stays.
  void record(const RecordLimits& limits);

  void add(std::span<const Message> events) {
    if (most_ != 0) [[unlikely]] {
      keep(events);
    }
  }

  /// The last `count` of them, or as many as there are, oldest first.
  [[nodiscard]] std::vector<OwnedMessage> last(std::size_t count) const;

  /// Those that the query means, as many as one answer takes, but one at least.
  [[nodiscard]] RecordedEvents collect(const RecordQuery& query) const;

  /// Without the instance of the manager.
  [[nodiscard]] RecordStatus status() const;

 private:
  struct Kept {
    explicit Kept(const Message& message);

    OwnedMessage event;
    std::uint64_t seq;
    std::size_t bytes;
  };

  void keep(std::span<const Message> events);
  void apply_limits();
  /// Until so much more fits.
  void make_room(std::size_t events, std::size_t bytes);
  [[nodiscard]] static std::size_t bytes_of(const Message& event);

  RecordLimits record_;
  std::size_t wanted_ = 0;  // by canaries
  std::size_t most_ = 0;    // events that are kept; follows from the two above, as bytes_most_
  std::size_t bytes_most_ = RecordLimits::bytes_default;
  std::deque<Kept> kept_;
  std::size_t bytes_ = 0;  // of all of them
  std::uint64_t too_large_ = 0;
};

}  // namespace baton
