// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/event_manager_types.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace baton {

/// Adds `failure`, unless there is one of the same handler and kind.
void add_kind_once(std::vector<EventFailure>& failures, const EventFailure& failure);

/// Which handlers failed at which recent events: what a sync_notify tells its sender. Remembers as far
/// back as somebody may still ask, which is one mailbox full. One owner, one thread.
class NotifyFailures {
 public:
  /// `reach` says how many events back somebody may ask now.
  explicit NotifyFailures(std::function<std::size_t()> reach) : reach_(std::move(reach)) {}

  /// Handler failed at the events numbered first..last.
  void add(std::uint64_t first, std::uint64_t last, EventFailure failure);

  /// Adds what happened at the events numbered first..last to `outcome`.
  void collect(std::uint64_t first, std::uint64_t last, NotifyOutcome& outcome) const;

 private:
  struct Range {
    std::uint64_t first;
    std::uint64_t last;
    EventFailure failure;
  };

  [[nodiscard]] bool continues_last(std::uint64_t first, const EventFailure& failure) const;

  const std::function<std::size_t()> reach_;
  std::vector<Range> ranges_;
  std::size_t prune_at_ = 0;  // when there are so many, those out of reach are forgotten
};

}  // namespace baton
