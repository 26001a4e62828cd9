// SPDX-License-Identifier: Apache-2.0
#include "host/runtime/mailbox.hpp"

#include "host/base/assert.hpp"

#include <algorithm>
#include <utility>

namespace baton {
namespace {

// Buffers above this are given back when they are cleared: one burst must not cost memory for ever.
constexpr std::size_t kept_bytes_max = 4U << 20U;
constexpr std::size_t kept_batch_max = 1024;

}  // namespace

// ---- Inbox ----------------------------------------------------------------------------------------

std::span<const Message> Inbox::next_messages(std::size_t max) {
  const std::size_t until = next_task_ < tasks_.size() ? tasks_[next_task_].position : buffer_.count();
  if (until <= buffer_.passed()) {
    return {};
  }
  const std::size_t left = until - buffer_.passed();
  const std::size_t wanted = std::min(left, max);
  if (batch_.size() < wanted) {
    batch_.resize(wanted);
  }
  return {batch_.data(), buffer_.read({batch_.data(), wanted}, left, first_seq_)};
}

Inbox::Entry* Inbox::next_task() {
  if (next_task_ == tasks_.size() || tasks_[next_task_].position > buffer_.passed()) {
    return nullptr;
  }
  return &tasks_[next_task_++];
}

Task Inbox::take_system_task() {
  const auto place = std::find_if(tasks_.begin() + static_cast<std::ptrdiff_t>(next_task_), tasks_.end(),
                                  [](const Entry& entry) { return entry.is_system; });
  if (place == tasks_.end()) {
    return {};
  }
  Task task = std::move(place->task);
  tasks_.erase(place);
  return task;
}

void Inbox::put_first(Task task) {
  BATON_ASSERT(buffer_.passed() == buffer_.count() && next_task_ == tasks_.size());
  clear();
  tasks_.push_back({0, std::move(task)});
}

void Inbox::clear() {
  buffer_.clear(kept_bytes_max);
  tasks_.clear();
  next_task_ = 0;
  if (batch_.capacity() > kept_batch_max) {
    std::vector<Message>().swap(batch_);
  }
}

std::size_t Inbox::buffer_bytes() const {
  return buffer_.capacity() + tasks_.capacity() * sizeof(Entry) + batch_.capacity() * sizeof(Message);
}

// ---- Mailbox --------------------------------------------------------------------------------------

inline std::size_t Mailbox::waiting() const {
  return incoming_.buffer_.count() - incoming_.buffer_.dropped();
}

inline bool Mailbox::fits(std::size_t bytes) const {
  // One message always fits into an empty mailbox, whatever its size: else it could never be sent.
  const std::size_t count = waiting();
  return bytes <= MessageBuffer::data_size_max &&
         (count == 0 ||
          (count < limits_.capacity && incoming_.buffer_.data_bytes() + bytes <= limits_.capacity_bytes));
}

bool Mailbox::drop_oldest() {
  counters_.waiting_max = std::max<std::uint64_t>(counters_.waiting_max, waiting());
  if (!incoming_.buffer_.drop_oldest()) {
    return false;
  }
  ++counters_.dropped_oldest;
  return true;
}

bool Mailbox::make_room(std::size_t bytes) {
  while (limits_.overflow == Overflow::drop_oldest && drop_oldest()) {
    if (fits(bytes)) {
      return true;
    }
  }
  return false;
}

void Mailbox::add_escort(Escort& escort, std::size_t first, std::size_t count) {
  if (escort.before) {
    incoming_.tasks_.push_back({first, std::exchange(escort.before, Task()), false, true});
  }
  if (escort.make_after) {
    incoming_.tasks_.push_back({first + count, escort.make_after(count), false, true});
  }
}

Mailbox::PushResult Mailbox::push(std::span<const Message> messages, std::int64_t time_us, Escort* escort) {
  PushResult result;
  const SpinGuard guard(lock_);
  if (is_closed_) {
    result.is_closed = true;
    return result;
  }
  MessageBuffer& buffer = incoming_.buffer_;
  const std::size_t first = buffer.count();
  for (const Message& message : messages) {
    const std::size_t bytes = message.data.size;
    if (fits(bytes) || make_room(bytes)) [[likely]] {
      buffer.append(message, time_us, escort != nullptr);
    } else if (limits_.overflow == Overflow::drop_newest && escort == nullptr) {
      ++counters_.dropped_newest;
    } else {
      break;
    }
    ++result.taken;
  }
  result.accepted = buffer.count() - first;
  if (escort != nullptr && result.accepted > 0) {
    add_escort(*escort, first, result.accepted);
  }
  return result;
}

bool Mailbox::push(Task& task, bool is_system) {
  const SpinGuard guard(lock_);
  if (is_closed_) {
    return false;
  }
  incoming_.tasks_.push_back({incoming_.buffer_.count(), std::move(task), is_system});
  return true;
}

Task Mailbox::take_system_task() {
  const SpinGuard guard(lock_);
  return incoming_.take_system_task();
}

bool Mailbox::drain(Inbox& inbox) {
  BATON_ASSERT(inbox.empty());
  {
    const SpinGuard guard(lock_);
    if (incoming_.empty()) {
      return false;
    }
    const std::size_t count = incoming_.buffer_.count();
    counters_.accepted += count;
    counters_.waiting_max = std::max<std::uint64_t>(counters_.waiting_max, waiting());
    inbox.first_seq_ = last_seq_ + 1;
    last_seq_ += count;
    incoming_.buffer_.swap(inbox.buffer_);
    incoming_.tasks_.swap(inbox.tasks_);
    counters_.buffer_bytes = incoming_.buffer_bytes() + inbox.buffer_bytes();
  }
  announce_room();
  return true;
}

std::uint64_t Mailbox::pass(std::size_t count) {
  const SpinGuard guard(lock_);
  if (is_closed_ || !incoming_.empty()) {
    return 0;
  }
  counters_.accepted += count;
  last_seq_ += count;
  return last_seq_ - count + 1;
}

/// A sender that waits has counted itself before it looked, under lock_, whether there is room. So either it
/// looked after the room was made, or it is counted by now: both counts are sequentially consistent, and so
/// is taking lock_.
void Mailbox::announce_room() {
  if (waiting_senders_.load() > 0) {
    const Lock lock(room_.mutex);
    room_.changed.notify_all();
  }
}

void Mailbox::release(Inbox& inbox) {
  BATON_ASSERT(inbox.empty());
  Inbox mine;
  Inbox theirs;
  const SpinGuard guard(lock_);
  if (!incoming_.empty()) {
    return;
  }
  std::swap(incoming_, theirs);
  std::swap(inbox, mine);
  counters_.buffer_bytes = 0;
}

void Mailbox::close() {
  Inbox dropped;  // destroyed unlocked: tasks own what may call back
  {
    const SpinGuard guard(lock_);
    is_closed_ = true;
    counters_.accepted += incoming_.buffer_.count();
    std::swap(incoming_, dropped);
  }
  announce_room();
}

bool Mailbox::wait_for_room(std::size_t bytes, Scheduler& scheduler, SteadyTime deadline) {
  const auto ready = [this, bytes] {
    const SpinGuard guard(lock_);
    return is_closed_ || fits(bytes);
  };
  ++waiting_senders_;
  const bool is_ready = scheduler.wait(room_, ready, deadline);
  --waiting_senders_;
  return is_ready;
}

MailboxLimits Mailbox::limits() const {
  const SpinGuard guard(lock_);
  return limits_;
}

void Mailbox::set_limits(const MailboxLimits& limits) {
  {
    const SpinGuard guard(lock_);
    limits_ = limits;
  }
  announce_room();
}

void Mailbox::count_rejected(std::size_t n) {
  const SpinGuard guard(lock_);
  counters_.rejected += n;
}

bool Mailbox::empty() const {
  const SpinGuard guard(lock_);
  return incoming_.empty();
}

bool Mailbox::has_system_task() const {
  const SpinGuard guard(lock_);
  return std::any_of(incoming_.tasks_.begin(), incoming_.tasks_.end(),
                     [](const Inbox::Entry& entry) { return entry.is_system; });
}

MailboxCounters Mailbox::counters() const {
  const SpinGuard guard(lock_);
  MailboxCounters now = counters_;
  now.accepted += incoming_.buffer_.count();
  now.waiting = waiting();
  now.waiting_bytes = incoming_.buffer_.data_bytes();
  now.waiting_max = std::max(now.waiting_max, now.waiting);
  return now;
}

}  // namespace baton
