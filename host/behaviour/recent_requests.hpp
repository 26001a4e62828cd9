// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/runtime/message.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <list>
#include <span>
#include <utility>
#include <vector>

namespace baton {

/// A cast or a call that a server was given.
struct RecentRequest {
  OwnedMessage message;
  bool is_call = false;
  bool was_answered = false;  // a call: neither refused nor unknown. Its answer is not kept: see run_canary
};

/// The last requests of a server, for the canary of its next swap. Keeps none until somebody wants some:
/// each is a copy; bounded by their number and by their data. One owner, one thread.
class RecentRequests {
 public:
  static constexpr std::size_t requests_max = 10'000;
  static constexpr std::size_t bytes_max = std::size_t{64} << 20U;  // of data

  /// From now on the last `count`, or as many as were wanted before, if that is more.
  void want(std::size_t count) { wanted_ = std::max(wanted_, std::min(count, requests_max)); }

  void add_casts(std::span<const Message> casts) {
    for (const Message& cast : casts.last(std::min(wanted_, casts.size()))) {
      add(cast, false, false);
    }
  }

  void add_call(const Message& call, bool was_answered) {
    if (wanted_ > 0) {
      add(call, true, was_answered);
    }
  }

  /// The last `count` of them, or as many as there are, oldest first.
  [[nodiscard]] std::vector<RecentRequest> last(std::size_t count) const {
    const auto known = static_cast<std::ptrdiff_t>(std::min(count, kept_.size()));
    return {std::prev(kept_.end(), known), kept_.end()};
  }

 private:
  void add(const Message& message, bool is_call, bool was_answered) {
    if (message.data.size > bytes_max) {
      return;
    }
    while (kept_.size() == wanted_ || bytes_ + message.data.size > bytes_max) {
      bytes_ -= kept_.front().message.view().data.size;
      kept_.pop_front();
    }
    kept_.push_back({OwnedMessage(message), is_call, was_answered});
    bytes_ += message.data.size;
  }

  std::size_t wanted_ = 0;
  std::size_t bytes_ = 0;
  std::list<RecentRequest> kept_;  // takes no memory while it is empty, as in most of many servers
};

}  // namespace baton
