// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/notify_failures.hpp"

#include <algorithm>
#include <utility>

namespace baton {
namespace {

constexpr std::size_t prune_min = 256;

}  // namespace

void add_kind_once(std::vector<EventFailure>& failures, const EventFailure& failure) {
  const bool is_known = std::any_of(failures.begin(), failures.end(), [&](const EventFailure& known) {
    return known.handler == failure.handler && known.crashed == failure.crashed;
  });
  if (!is_known) {
    failures.push_back(failure);
  }
}

bool NotifyFailures::continues_last(std::uint64_t first, const EventFailure& failure) const {
  return !ranges_.empty() && ranges_.back().last + 1 == first && ranges_.back().failure == failure;
}

void NotifyFailures::add(std::uint64_t first, std::uint64_t last, EventFailure failure) {
  if (continues_last(first, failure)) {  // a full disk refuses one after the other
    ranges_.back().last = last;
    return;
  }
  if (ranges_.size() >= prune_at_) {
    std::erase_if(ranges_,
                  [last, reach = reach_()](const Range& range) { return range.last + reach < last; });
    // Not before there are twice as many again: looking through all of them must not be each one's price.
    prune_at_ = std::max(prune_min, 2 * ranges_.size());
  }
  ranges_.push_back({first, last, std::move(failure)});
}

void NotifyFailures::collect(std::uint64_t first, std::uint64_t last, NotifyOutcome& outcome) const {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> inside;
  for (const Range& range : ranges_) {
    if (range.last >= first && range.first <= last) {
      inside.emplace_back(std::max(range.first, first), std::min(range.last, last));
      add_kind_once(outcome.failures, range.failure);
    }
  }
  // An event that two handlers failed at counts once.
  std::sort(inside.begin(), inside.end());
  std::uint64_t counted_to = first - 1;
  for (const auto& [from, to] : inside) {
    if (to > counted_to) {
      outcome.refused += to - std::max(from - 1, counted_to);
      counted_to = to;
    }
  }
}

}  // namespace baton
