// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/runtime/message.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <span>
#include <vector>

namespace baton {

/// The last events of a manager, for the canary of the next swap. Keeps none until somebody wants some: each
/// is a copy. One owner, one thread.
class RecentEvents {
 public:
  static constexpr std::size_t events_max = 10'000;

  /// From now on the last `count`, or as many as were wanted before, if that is more.
  void want(std::size_t count) { wanted_ = std::max(wanted_, std::min(count, events_max)); }

  void add(std::span<const Message> events) {
    if (wanted_ == 0) {
      return;
    }
    for (const Message& event : events.last(std::min(wanted_, events.size()))) {
      if (kept_.size() == wanted_) {
        kept_.pop_front();
      }
      kept_.emplace_back(event);
    }
  }

  /// The last `count` of them, or as many as there are, oldest first.
  [[nodiscard]] std::vector<OwnedMessage> last(std::size_t count) const {
    const std::size_t known = std::min(count, kept_.size());
    return {kept_.end() - static_cast<std::ptrdiff_t>(known), kept_.end()};
  }

 private:
  std::size_t wanted_ = 0;
  std::deque<OwnedMessage> kept_;
};

}  // namespace baton
