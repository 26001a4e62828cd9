// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/runtime/message.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

namespace baton {

/// Copies of messages, packed one behind the other in one piece of memory: what goes from a sender's core to
/// the receiver's is one cache line for a message with 32 bytes of data. Written at the end, read from the
/// front, and then used again as a whole.
///
/// Invariants: records lie in [0, end_), each a multiple of 8 bytes long; those in [0, next_) have been read;
/// none in [0, oldest_) can be dropped any more; memory moves only while something is appended. What was
/// dropped takes no more than half of the memory: then it becomes gaps, records that stand for many.
/// Threads: one at a time.
class MessageBuffer {
 public:
  /// Data of one message.
  static constexpr std::size_t data_size_max = std::size_t{1} << 30U;

  MessageBuffer() = default;

  MessageBuffer(MessageBuffer&& other) noexcept { swap(other); }

  MessageBuffer& operator=(MessageBuffer&& other) noexcept {
    MessageBuffer taken(std::move(other));
    swap(taken);
    return *this;
  }

  MessageBuffer(const MessageBuffer&) = delete;
  MessageBuffer& operator=(const MessageBuffer&) = delete;
  ~MessageBuffer() = default;

  /// Records that were appended since the last clear(): read, dropped and all.
  [[nodiscard]] std::size_t count() const { return count_; }

  [[nodiscard]] std::size_t dropped() const { return dropped_; }

  /// Of count(), those that were read or, dropped, passed over.
  [[nodiscard]] std::size_t passed() const { return passed_; }

  /// Of the data of those that were not dropped.
  [[nodiscard]] std::size_t data_bytes() const { return data_bytes_; }

  [[nodiscard]] std::size_t capacity() const { return capacity_; }

  /// Copies `message` behind the others. Its data may have data_size_max bytes. One that `is_kept` is never
  /// dropped.
  void append(const Message& message, std::int64_t time_us, bool is_kept);

  /// Drops the oldest one that is not kept; nothing may have been read. False: there is none.
  bool drop_oldest();

  /// Reads from the front into `into`, until it is full or `limit` records have been passed, or more if those
  /// were dropped; returns how many are in there. The first record ever has the number `first_seq`. Their
  /// views are valid until the buffer is appended to, cleared or gone.
  std::size_t read(std::span<Message> into, std::size_t limit, std::uint64_t first_seq);

  /// Forgets everything and keeps the memory, up to `kept_max` bytes.
  void clear(std::size_t kept_max);

  void swap(MessageBuffer& other) noexcept;

 private:
  /// What stands in front of the data. What few messages have stands behind the data (see Rest).
  struct Record {
    std::uint32_t size;  // of all of it; the lowest bits are Flags
    std::uint32_t data_size;
    Atom type_atom;
    std::uint32_t content_type;  // an atom, of which there are 65,536; in the upper 8 bits type's size
    const char* type;            // an atom's text: the table's own, which outlives every buffer
    std::int64_t time_us;        // of a dropped one: how many it stands for
  };

  static_assert(sizeof(Record) == 32, "with 32 bytes of data it is a cache line");

  enum Flags : std::uint32_t { kept = 1, dropped_flag = 2, has_rest = 4, flags = 7 };

  /// Of a message whose type is no atom or that has attributes; the texts follow.
  struct Rest {
    std::size_t type_size;
    bool has_attributes;
    baton_attributes attributes;
  };

  [[nodiscard]] static std::size_t rest_size(const Message& message);
  [[nodiscard]] Record& record_at(std::size_t offset);
  void make_room(std::size_t size);
  void close_gaps();
  void append_rest(char* at, const Message& message);
  void read_rest(char* at, Message& message);

  std::unique_ptr<char[]> memory_;
  std::size_t capacity_ = 0;
  std::size_t end_ = 0;
  std::size_t next_ = 0;
  std::size_t oldest_ = 0;
  std::size_t count_ = 0;
  std::size_t passed_ = 0;  // records before next_
  std::size_t dropped_ = 0;
  std::size_t dropped_bytes_ = 0;  // of records, without the gaps
  std::size_t data_bytes_ = 0;
};

}  // namespace baton
