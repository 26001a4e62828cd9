// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/runtime/message.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <span>
#include <utility>
#include <vector>

namespace baton {

/// The last things of a kind that a process was given, for the canary of the next swap. Keeps none until
/// somebody wants some: each is a copy. One owner, one thread.
template <class Kept>
class RecentOnes {
 public:
  static constexpr std::size_t events_max = 10'000;

  /// From now on the last `count`, or as many as were wanted before, if that is more.
  void want(std::size_t count) { wanted_ = std::max(wanted_, std::min(count, events_max)); }

  [[nodiscard]] std::size_t wanted() const { return wanted_; }

  /// Only when some are wanted.
  void add(Kept one) {
    if (kept_.size() == wanted_) {
      kept_.pop_front();
    }
    kept_.push_back(std::move(one));
  }

  /// The last `count` of them, or as many as there are, oldest first.
  [[nodiscard]] std::vector<Kept> last(std::size_t count) const {
    const std::size_t known = std::min(count, kept_.size());
    return {kept_.end() - static_cast<std::ptrdiff_t>(known), kept_.end()};
  }

 private:
  std::size_t wanted_ = 0;
  std::deque<Kept> kept_;
};

/// The last events of a manager.
class RecentEvents : public RecentOnes<OwnedMessage> {
 public:
  void add(std::span<const Message> events) {
    for (const Message& event : events.last(std::min(wanted(), events.size()))) {
      RecentOnes::add(OwnedMessage(event));
    }
  }
};

/// A cast or a call that a server was given.
struct RecentRequest {
  OwnedMessage message;
  bool is_call = false;
  bool was_answered = false;  // a call: neither refused nor unknown. Its answer is not kept: see run_canary
};

/// The last requests of a server.
class RecentRequests : public RecentOnes<RecentRequest> {
 public:
  void add_casts(std::span<const Message> casts) {
    for (const Message& cast : casts.last(std::min(wanted(), casts.size()))) {
      add({OwnedMessage(cast), false, false});
    }
  }

  void add_call(const Message& call, bool was_answered) {
    if (wanted() > 0) {
      add({OwnedMessage(call), true, was_answered});
    }
  }
};

}  // namespace baton
