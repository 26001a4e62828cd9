// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/spin_lock.hpp"
#include "host/runtime/message.hpp"
#include "host/runtime/message_buffer.hpp"
#include "host/runtime/scheduler.hpp"
#include "host/runtime/task.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace baton {

/// What happens to a message that finds the mailbox full.
enum class Overflow : std::uint8_t {
  block,        // the sender waits for room, at most block_timeout; then as reject
  reject,       // the sender is told `overloaded`
  drop_newest,  // the message is dropped and counted; the sender is not told
  drop_oldest,  // the oldest waiting message is dropped and counted
};

struct MailboxLimits {
  std::size_t capacity = 65536;             // messages waiting
  std::size_t capacity_bytes = 64U << 20U;  // bytes of their data waiting
  Overflow overflow = Overflow::block;
};

struct MailboxCounters {
  std::uint64_t accepted = 0;
  std::uint64_t rejected = 0;
  std::uint64_t dropped_newest = 0;
  std::uint64_t dropped_oldest = 0;
  std::uint64_t waiting = 0;
  std::uint64_t waiting_max = 0;    // the highest `waiting` so far
  std::uint64_t buffer_bytes = 0;   // memory of the buffers, as of the last time they were emptied
  std::uint64_t waiting_bytes = 0;  // of the data of what is waiting
};

/// What has come in, in order: messages, and tasks between them. Owned by the process that drains; the
/// mailbox swaps buffers with it, so that in the steady state nothing is allocated, and nothing that a
/// sender allocated is freed by the receiver.
class Inbox {
 public:
  struct Entry {
    std::size_t position;  // runs after so many of the messages that came in with it, and before the rest
    Task task;
    bool is_system = false;           // runs also while the process is suspended
    bool is_part_of_message = false;  // of the one before or behind it: no message of its own
  };

  /// The next messages, `max` at most, up to the next task. Empty: a task is next, or nothing is left. Their
  /// views are valid until the inbox is cleared, the messages themselves until this is called again.
  [[nodiscard]] std::span<const Message> next_messages(std::size_t max);

  /// The next task, if no message is before it; its place is behind us then. Null: a message is next, or
  /// nothing is left. Valid until the inbox is cleared.
  [[nodiscard]] Entry* next_task();

  /// Takes the next system task out of its place. Null: there is none.
  [[nodiscard]] Task take_system_task();

  /// Requires: nothing is left.
  void put_first(Task task);

  /// Drops everything and keeps the buffers, unless they have grown out of proportion.
  void clear();

 private:
  friend class Mailbox;

  [[nodiscard]] bool empty() const { return buffer_.count() == 0 && tasks_.empty(); }

  [[nodiscard]] std::size_t buffer_bytes() const;

  MessageBuffer buffer_;
  std::vector<Entry> tasks_;
  std::vector<Message> batch_;   // what next_messages() returned
  std::uint64_t first_seq_ = 0;  // of the messages of buffer_
  std::size_t next_task_ = 0;    // in tasks_
};

/// The bounded queue of one process: many senders, one receiver, first in first out. The limits count
/// messages only: a task (call, add_handler, stop, …) is always admitted, so that control is possible
/// however full the mailbox is.
/// Threads: drain() and take_system_task() by the receiver, all else by any.
class Mailbox {
 public:
  struct PushResult {
    std::size_t taken = 0;     // messages that need not be pushed again: accepted or dropped
    std::size_t accepted = 0;  // of these
    bool is_closed = false;
  };

  /// What somebody who waits for messages puts beside them. Either may be left out.
  struct Escort {
    Task before;  // runs right before the first that went in, and is consumed by that
    /// Makes the task that runs right after `n` messages that went in at once. Called with the mailbox
    /// locked: must only make it.
    std::function<Task(std::size_t n)> make_after;
  };

  explicit Mailbox(MailboxLimits limits) : limits_(limits) {}

  /// Copies messages in, in one piece, as many as there is room for or as the policy makes room for;
  /// numbers them and stamps them with `time_us`. With an escort, the sender is told about a full mailbox
  /// whatever the policy, and they are never dropped: somebody waits for them.
  [[nodiscard]] PushResult push(std::span<const Message> messages, std::int64_t time_us,
                                Escort* escort = nullptr);

  /// Puts a task behind everything that is waiting. False: closed; the task is left alone.
  [[nodiscard]] bool push(Task& task, bool is_system = false);

  /// Takes the oldest system task out of its place; everything else goes on waiting. Null: there is none.
  [[nodiscard]] Task take_system_task();

  /// Moves everything that is waiting into `inbox`, which must be empty. False: nothing was waiting.
  [[nodiscard]] bool drain(Inbox& inbox);

  /// Counts messages that are handled without having been in here, and returns the number of the first. 0:
  /// something is waiting, or it is closed.
  [[nodiscard]] std::uint64_t pass(std::size_t count);

  /// Gives back the buffers, here and of the inbox that is drained into, which must be empty. Does nothing
  /// when something is waiting: its buffers are needed.
  void release(Inbox& inbox);

  /// Nothing comes in any more; what waits is dropped, its tasks destroyed uncalled.
  void close();

  /// Waits until a message of `bytes` has a chance. False: not until the deadline. True also when closed.
  [[nodiscard]] bool wait_for_room(std::size_t bytes, Scheduler& scheduler, SteadyTime deadline);

  /// Counts messages that their senders gave up on.
  void count_rejected(std::size_t n);

  [[nodiscard]] bool empty() const;
  [[nodiscard]] bool has_system_task() const;
  [[nodiscard]] MailboxCounters counters() const;

  [[nodiscard]] MailboxLimits limits() const;

  /// What waits stays, also when it is more than the new limits allow: nothing comes in until it fits.
  void set_limits(const MailboxLimits& limits);

 private:
  [[nodiscard]] bool fits(std::size_t bytes) const BATON_REQUIRES(lock_);
  [[nodiscard]] bool make_room(std::size_t bytes) BATON_REQUIRES(lock_);
  void add_escort(Escort& escort, std::size_t first, std::size_t count) BATON_REQUIRES(lock_);
  [[nodiscard]] std::size_t waiting() const BATON_REQUIRES(lock_);
  bool drop_oldest() BATON_REQUIRES(lock_);
  void announce_room();

  // What a sender touches, and nothing else, lies together.
  mutable SpinLock lock_;
  bool is_closed_ BATON_GUARDED_BY(lock_) = false;
  MailboxLimits limits_ BATON_GUARDED_BY(lock_);
  Inbox incoming_ BATON_GUARDED_BY(lock_);
  std::uint64_t last_seq_ BATON_GUARDED_BY(lock_) = 0;  // of what was drained
  MailboxCounters counters_ BATON_GUARDED_BY(lock_);    // without what is in incoming_

  // Senders that wait for room. They look under both locks, this one first; who makes room looks for them
  // afterwards.
  Signal room_;
  std::atomic<std::size_t> waiting_senders_{0};
};

}  // namespace baton
