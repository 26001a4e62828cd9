// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/recent_events.hpp"

#include <algorithm>
#include <iterator>

namespace baton {

RecentEvents::Kept::Kept(const Message& message)
    : event(message), seq(message.seq), bytes(bytes_of(message)) {}

/// What a copy takes, but for what the allocator adds.
std::size_t RecentEvents::bytes_of(const Message& event) {
  std::size_t bytes = sizeof(Kept) + event.type.size + event.data.size;
  if (event.attributes != nullptr) {
    bytes += event.attributes->id.size + event.attributes->source.size + event.attributes->traceparent.size;
  }
  return bytes;
}

void RecentEvents::want(std::size_t count) {
  wanted_ = std::max(wanted_, std::min(count, events_max));
  apply_limits();
}

void RecentEvents::record(const RecordLimits& limits) {
  record_ = limits;
  too_large_ = 0;
  apply_limits();
}

void RecentEvents::apply_limits() {
  most_ = std::max(wanted_, record_.events);
  bytes_most_ = record_.events == 0 ? RecordLimits::bytes_default
                : wanted_ == 0      ? record_.bytes
                                    : std::max(record_.bytes, RecordLimits::bytes_default);
  make_room(0, 0);
}

void RecentEvents::make_room(std::size_t events, std::size_t bytes) {
  while (!kept_.empty() && (kept_.size() + events > most_ || bytes_ + bytes > bytes_most_)) {
    bytes_ -= kept_.front().bytes;
    kept_.pop_front();
  }
}

void RecentEvents::keep(std::span<const Message> events) {
  const auto fits = [this](const Message& event) {
    return bytes_of(event) <= bytes_most_;
  };
  // From behind: what this very batch would drive out again is not copied.
  std::size_t first = events.size();
  std::size_t count = 0;
  std::size_t bytes = 0;
  for (; first > 0 && count < most_; --first) {
    const Message& event = events[first - 1];
    if (!fits(event)) {
      continue;
    }
    if (bytes + bytes_of(event) > bytes_most_) {
      break;
    }
    bytes += bytes_of(event);
    ++count;
  }
  too_large_ += static_cast<std::uint64_t>(
      std::count_if(events.begin(), events.end(), [&fits](const Message& event) { return !fits(event); }));
  make_room(count, bytes);
  for (const Message& event : events.subspan(first)) {
    if (fits(event)) {
      kept_.emplace_back(event);
    }
  }
  bytes_ += bytes;
}

std::vector<OwnedMessage> RecentEvents::last(std::size_t count) const {
  const std::size_t known = std::min(count, kept_.size());
  std::vector<OwnedMessage> events;
  events.reserve(known);
  std::transform(kept_.end() - static_cast<std::ptrdiff_t>(known), kept_.end(), std::back_inserter(events),
                 [](const Kept& kept) { return kept.event; });
  return events;
}

RecordedEvents RecentEvents::collect(const RecordQuery& query) const {
  RecordedEvents answer;
  answer.status = status();
  const std::size_t known = std::min(query.last, kept_.size());
  auto at = std::partition_point(kept_.end() - static_cast<std::ptrdiff_t>(known), kept_.end(),
                                 [&query](const Kept& kept) { return kept.seq <= query.after; });
  std::size_t bytes = 0;
  for (; at != kept_.end() && at->seq <= query.until; ++at) {
    bytes += at->bytes;
    if (bytes > query.bytes_max && !answer.events.empty()) {
      answer.has_more = true;
      break;
    }
    answer.events.push_back(at->event);
  }
  return answer;
}

RecordStatus RecentEvents::status() const {
  RecordStatus status;
  status.limits = record_;
  status.events = kept_.size();
  status.bytes = bytes_;
  status.too_large = too_large_;
  if (!kept_.empty()) {
    status.first_seq = kept_.front().seq;
    status.last_seq = kept_.back().seq;
  }
  return status;
}

}  // namespace baton
