// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/runtime/mailbox.hpp"
#include "host/runtime/process.hpp"
#include "host/runtime/task.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>

namespace baton {

struct StreamOptions {
  std::string id = {};          // of its handler; empty: `stream-1`, `stream-2`, …
  std::size_t capacity = 1024;  // events that may wait for the consumer; 0 is taken as 1

  /// What happens to an event that finds no room. `block`: the manager waits, and with it its handlers and
  /// who waits for them, as for OTP's sync and ack streams. `drop_newest`, `drop_oldest`: the manager
  /// goes on, and the stream counts what it lost. `reject`: it goes on, and the event counts as refused by
  /// this handler.
  Overflow overflow = Overflow::block;
  Duration block_timeout{5000};  // for how long `block` holds up one batch; then it is as `reject`
};

class StreamQueue;

/// The events of a manager, one after the other, from the moment when EventManager::stream returned it.
/// Its handler is installed like any other and leaves with it. OTP: GenEvent.stream/2.
/// Threads: one at a time; the manager may be anywhere.
class EventStream {
 public:
  /// For EventManager::stream only.
  EventStream(std::string id, std::weak_ptr<Process> manager, std::shared_ptr<StreamQueue> queue,
              Task unsubscribe);

  EventStream(EventStream&& other) noexcept = default;
  EventStream& operator=(EventStream&&) = delete;
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;

  /// Unsubscribes: what waits is dropped, and a manager that waits for room goes on. Waits for nothing;
  /// whoever asks the manager afterwards finds the handler gone. Harmless when the manager has ended.
  ~EventStream();

  /// The id of its handler.
  [[nodiscard]] const std::string& id() const { return id_; }

  /// The next event. Nothing at the end: the manager has ended in order, or the handler was deleted or
  /// swapped away, and all events from before have been taken. Waits at most `timeout`.
  /// Errors: timed_out (the stream goes on); process_ended when the manager ended for another reason;
  /// calling_self inside a callback of the manager.
  Result<std::optional<OwnedMessage>> next(Duration timeout = infinity);

  /// Events lost under drop_newest and drop_oldest.
  [[nodiscard]] std::uint64_t dropped() const;

  /// For `for (const OwnedMessage& event : stream)`, which goes on up to the end or an error; next() tells
  /// which it was.
  class Iterator {
   public:
    explicit Iterator(EventStream& stream) : stream_(&stream) { ++*this; }

    [[nodiscard]] const OwnedMessage& operator*() const { return *event_; }

    Iterator& operator++();

    friend bool operator==(const Iterator& at, std::default_sentinel_t /*end*/) {
      return !at.event_.has_value();
    }

   private:
    EventStream* stream_;
    std::optional<OwnedMessage> event_;
  };

  [[nodiscard]] Iterator begin() { return Iterator(*this); }

  [[nodiscard]] static std::default_sentinel_t end() { return std::default_sentinel; }

 private:
  std::string id_;
  std::weak_ptr<Process> manager_;
  std::shared_ptr<StreamQueue> queue_;  // null when moved from
  Task unsubscribe_;
};

}  // namespace baton
