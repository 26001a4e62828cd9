// SPDX-License-Identifier: Apache-2.0
#include "host/runtime/mailbox.hpp"

#include "host/base/assert.hpp"

#include <algorithm>
#include <utility>

namespace baton {
namespace {

// Buffers above this are given back when they are cleared: one burst must not cost memory for ever.
constexpr std::size_t kept_bytes_max = 4U << 20U;
constexpr std::size_t kept_messages_max = 65536;

std::size_t size_of(const Message& message) {
  return message.data.size;
}

}  // namespace

void Inbox::append(const Message& message, bool is_kept) {
  // An atom's text is the table's own and outlives every mailbox; other texts are copied.
  const bool type_is_copied = message.type_atom == BATON_ATOM_NONE;
  places_.push_back({bytes_.size(), type_is_copied, is_kept, false});
  messages_.push_back(message);
  if (type_is_copied) {
    bytes_.append(view(message.type));
  }
  bytes_.append(view(message.data));
  if (message.attributes != nullptr) {
    bytes_.append(view(message.attributes->id));
    bytes_.append(view(message.attributes->source));
    bytes_.append(view(message.attributes->traceparent));
    attributes_.push_back(*message.attributes);
  }
}

void Inbox::settle() {
  std::size_t next_attributes = 0;
  for (std::size_t i = 0; i < messages_.size(); ++i) {
    const char* at = bytes_.data() + places_[i].begin;
    const auto take = [&at](std::size_t size) {
      return std::string_view(std::exchange(at, at + size), size);
    };
    Message& message = messages_[i];
    if (places_[i].type_is_copied) {
      message.type = to_str(take(message.type.size));
    }
    message.data = to_bytes(take(message.data.size));
    if (message.attributes != nullptr) {
      baton_attributes& attributes = attributes_[next_attributes++];
      attributes.id = to_str(take(attributes.id.size));
      attributes.source = to_str(take(attributes.source.size));
      attributes.traceparent = to_str(take(attributes.traceparent.size));
      message.attributes = &attributes;
    }
  }
  if (dropped_ > 0) {
    compact();
  }
}

void Inbox::compact() {
  std::size_t kept = 0;
  std::size_t next_task = 0;
  for (std::size_t i = 0; i < messages_.size(); ++i) {
    for (; next_task < tasks_.size() && tasks_[next_task].position == i; ++next_task) {
      tasks_[next_task].position = kept;
    }
    if (!places_[i].is_dropped) {
      messages_[kept++] = messages_[i];
    }
  }
  for (; next_task < tasks_.size(); ++next_task) {
    tasks_[next_task].position = kept;
  }
  messages_.resize(kept);
  dropped_ = 0;
}

Task Inbox::take_system_task(std::size_t from) {
  const auto place = std::find_if(tasks_.begin() + static_cast<std::ptrdiff_t>(from), tasks_.end(),
                                  [](const Entry& entry) { return entry.is_system; });
  if (place == tasks_.end()) {
    return {};
  }
  Task task = std::move(place->task);
  tasks_.erase(place);
  return task;
}

void Inbox::clear() {
  messages_.clear();
  places_.clear();
  attributes_.clear();
  bytes_.clear();
  tasks_.clear();
  dropped_ = 0;
  if (bytes_.capacity() > kept_bytes_max) {
    std::string().swap(bytes_);
  }
  if (messages_.capacity() > kept_messages_max) {
    std::vector<Message>().swap(messages_);
    std::vector<Place>().swap(places_);
  }
}

void Inbox::release() {
  Inbox released;
  std::swap(*this, released);  // assigning alone would keep the buffer of a string
}

std::size_t Inbox::buffer_bytes() const {
  static const std::size_t without_buffer = std::string().capacity();
  return messages_.capacity() * sizeof(Message) + places_.capacity() * sizeof(Place) +
         attributes_.capacity() * sizeof(baton_attributes) + tasks_.capacity() * sizeof(Entry) +
         (bytes_.capacity() == without_buffer ? 0 : bytes_.capacity());
}

bool Mailbox::fits(std::size_t bytes) const {
  // One message always fits into an empty mailbox, whatever its size: else it could never be sent.
  return counters_.waiting == 0 ||
         (counters_.waiting < limits_.capacity && waiting_bytes_ + bytes <= limits_.capacity_bytes);
}

bool Mailbox::drop_oldest() {
  while (oldest_ < incoming_.messages_.size() &&
         (incoming_.places_[oldest_].is_kept || incoming_.places_[oldest_].is_dropped)) {
    ++oldest_;
  }
  if (oldest_ == incoming_.messages_.size()) {
    return false;
  }
  incoming_.places_[oldest_].is_dropped = true;
  ++incoming_.dropped_;
  waiting_bytes_ -= size_of(incoming_.messages_[oldest_]);
  --counters_.waiting;
  ++counters_.dropped_oldest;
  return true;
}

void Mailbox::accept(const Message& message, std::int64_t time_us, bool is_kept) {
  incoming_.append(message, is_kept);
  Message& accepted = incoming_.messages_.back();
  accepted.seq = ++last_seq_;
  accepted.time_us = time_us;
  waiting_bytes_ += size_of(message);
  ++counters_.accepted;
  counters_.waiting_max = std::max(counters_.waiting_max, ++counters_.waiting);
}

Mailbox::PushResult Mailbox::push(std::span<const Message> messages, std::int64_t time_us, Task& before,
                                  const MakeTask& make_after) {
  PushResult result;
  const bool is_waited_for = static_cast<bool>(before) || make_after;
  const Lock lock(signal_.mutex);
  if (is_closed_) {
    result.is_closed = true;
    return result;
  }
  for (const Message& message : messages) {
    const std::size_t bytes = size_of(message);
    while (!fits(bytes) && limits_.overflow == Overflow::drop_oldest && drop_oldest()) {
    }
    if (fits(bytes)) {
      if (before) {
        incoming_.tasks_.push_back({incoming_.messages_.size(), std::exchange(before, Task()), false, true});
      }
      accept(message, time_us, is_waited_for);
      ++result.accepted;
    } else if (limits_.overflow == Overflow::drop_newest && !is_waited_for) {
      ++counters_.dropped_newest;
    } else {
      break;
    }
    ++result.taken;
  }
  if (result.accepted > 0 && make_after) {
    incoming_.tasks_.push_back({incoming_.messages_.size(), make_after(result.accepted), false, true});
  }
  return result;
}

bool Mailbox::push(Task& task, bool is_system) {
  const Lock lock(signal_.mutex);
  if (is_closed_) {
    return false;
  }
  incoming_.tasks_.push_back({incoming_.messages_.size(), std::move(task), is_system});
  return true;
}

Task Mailbox::take_system_task() {
  const Lock lock(signal_.mutex);
  return incoming_.take_system_task(0);
}

bool Mailbox::drain(Inbox& inbox) {
  BATON_ASSERT(inbox.empty());
  {
    const Lock lock(signal_.mutex);
    if (incoming_.empty()) {
      return false;
    }
    std::swap(incoming_, inbox);
    waiting_bytes_ = 0;
    oldest_ = 0;
    counters_.waiting = 0;
    counters_.buffer_bytes = incoming_.buffer_bytes() + inbox.buffer_bytes();
    signal_.changed.notify_all();
  }
  inbox.settle();
  return true;
}

void Mailbox::release(Inbox& inbox) {
  BATON_ASSERT(inbox.empty());
  const Lock lock(signal_.mutex);
  if (!incoming_.empty()) {
    return;
  }
  incoming_.release();
  inbox.release();
  counters_.buffer_bytes = incoming_.buffer_bytes() + inbox.buffer_bytes();
}

void Mailbox::close() {
  Inbox dropped;  // destroyed unlocked: tasks own what may call back
  const Lock lock(signal_.mutex);
  is_closed_ = true;
  std::swap(incoming_, dropped);
  counters_.waiting = 0;
  waiting_bytes_ = 0;
  signal_.changed.notify_all();
}

bool Mailbox::wait_for_room(std::size_t bytes, Scheduler& scheduler, SteadyTime deadline) {
  const auto ready = [this, bytes]() BATON_REQUIRES(signal_.mutex) {
    return is_closed_ || fits(bytes);
  };
  return scheduler.wait(signal_, ready, deadline);
}

MailboxLimits Mailbox::limits() const {
  const Lock lock(signal_.mutex);
  return limits_;
}

void Mailbox::set_limits(const MailboxLimits& limits) {
  {
    const Lock lock(signal_.mutex);
    limits_ = limits;
  }
  signal_.changed.notify_all();
}

void Mailbox::count_rejected(std::size_t n) {
  const Lock lock(signal_.mutex);
  counters_.rejected += n;
}

bool Mailbox::empty() const {
  const Lock lock(signal_.mutex);
  return incoming_.empty();
}

bool Mailbox::has_system_task() const {
  const Lock lock(signal_.mutex);
  return std::any_of(incoming_.tasks_.begin(), incoming_.tasks_.end(),
                     [](const Inbox::Entry& entry) { return entry.is_system; });
}

MailboxCounters Mailbox::counters() const {
  const Lock lock(signal_.mutex);
  MailboxCounters counters = counters_;
  counters.waiting_bytes = waiting_bytes_;
  return counters;
}

}  // namespace baton
