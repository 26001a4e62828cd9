// SPDX-License-Identifier: Apache-2.0
#include "host/runtime/message_buffer.hpp"

#include "host/base/assert.hpp"
#include "host/runtime/atoms.hpp"

#include <algorithm>

namespace baton {
namespace {

constexpr std::size_t first_capacity = 256;
constexpr std::uint32_t type_size_shift = 24;
constexpr std::uint32_t content_type_mask = (1U << type_size_shift) - 1;
static_assert(AtomTable::text_size_max < 256 && AtomTable::atoms_max <= content_type_mask);

constexpr std::size_t aligned(std::size_t size) {
  return (size + 7) & ~std::size_t{7};
}

char* put(char* at, std::string_view text) {
  if (!text.empty()) {  // an empty one may have no address
    std::memcpy(at, text.data(), text.size());
  }
  return at + text.size();
}

std::string_view take(char*& at, std::size_t size) {
  return {std::exchange(at, at + size), size};
}

bool has_more_than_data(const Message& message) {
  return message.type_atom == BATON_ATOM_NONE || message.attributes != nullptr;
}

}  // namespace

MessageBuffer::Record& MessageBuffer::record_at(std::size_t offset) {
  return *reinterpret_cast<Record*>(memory_.get() + offset);  // made by append(), moved by make_room()
}

std::size_t MessageBuffer::rest_size(const Message& message) {
  std::size_t size = sizeof(Rest);
  if (message.type_atom == BATON_ATOM_NONE) {
    size += message.type.size;
  }
  if (const baton_attributes* attributes = message.attributes; attributes != nullptr) {
    size += attributes->id.size + attributes->source.size + attributes->traceparent.size;
  }
  return size;
}

void MessageBuffer::append(const Message& message, std::int64_t time_us, bool is_kept) {
  BATON_ASSERT(message.data.size <= data_size_max);
  const bool is_plain = !has_more_than_data(message);
  const std::size_t plain_size = sizeof(Record) + aligned(message.data.size);
  const std::size_t size = is_plain ? plain_size : plain_size + aligned(rest_size(message));
  if (capacity_ - end_ < size) [[unlikely]] {
    make_room(size);
  }
  char* const at = memory_.get() + end_;
  // Made where it stays: put together elsewhere and copied, it would be loaded before it is stored.
  auto* const record = ::new (at) Record;
  record->size = static_cast<std::uint32_t>(size) | (is_kept ? kept : 0U) | (is_plain ? 0U : has_rest);
  record->data_size = static_cast<std::uint32_t>(message.data.size);
  record->type_atom = message.type_atom;
  record->content_type = (message.content_type & content_type_mask) |
                         static_cast<std::uint32_t>(message.type.size) << type_size_shift;
  record->type = message.type.data;
  record->time_us = time_us;
  put(at + sizeof(Record), view(message.data));
  if (!is_plain) [[unlikely]] {
    append_rest(at + plain_size, message);
  }
  end_ += size;
  ++count_;
  data_bytes_ += message.data.size;
}

void MessageBuffer::append_rest(char* at, const Message& message) {
  const bool is_type_copied = message.type_atom == BATON_ATOM_NONE;
  Rest rest{is_type_copied ? message.type.size : 0, message.attributes != nullptr, {}};
  if (rest.has_attributes) {
    rest.attributes = *message.attributes;
  }
  std::memcpy(at, &rest, sizeof(Rest));
  at += sizeof(Rest);
  if (is_type_copied) {
    at = put(at, view(message.type));
  }
  if (rest.has_attributes) {
    at = put(at, view(rest.attributes.id));
    at = put(at, view(rest.attributes.source));
    put(at, view(rest.attributes.traceparent));
  }
}

void MessageBuffer::make_room(std::size_t size) {
  if (dropped_bytes_ > 0 && dropped_bytes_ >= end_ / 2) {
    close_gaps();
  }
  if (capacity_ - end_ >= size) {
    return;
  }
  const std::size_t wanted = std::max({first_capacity, end_ + size, capacity_ * 2});
  auto larger = std::make_unique_for_overwrite<char[]>(wanted);
  if (end_ > 0) {
    std::memcpy(larger.get(), memory_.get(), end_);
  }
  memory_ = std::move(larger);
  capacity_ = wanted;
}

/// Whoever is not read goes on dropping what is old, for ever: without this, for ever more memory.
void MessageBuffer::close_gaps() {
  BATON_ASSERT(next_ == 0);
  std::size_t to = 0;
  Record* gap = nullptr;
  for (std::size_t from = 0; from < oldest_;) {
    const Record record = record_at(from);
    const std::size_t size = record.size & ~std::uint32_t{flags};
    if ((record.size & dropped_flag) == 0) {
      std::memmove(memory_.get() + to, memory_.get() + from, size);
      to += size;
      gap = nullptr;
    } else if (gap != nullptr) {
      gap->time_us += record.time_us;
    } else {
      gap =
          ::new (memory_.get() + to) Record{sizeof(Record) | dropped_flag, 0, 0, 0, nullptr, record.time_us};
      to += sizeof(Record);
    }
    from += size;
  }
  std::memmove(memory_.get() + to, memory_.get() + oldest_, end_ - oldest_);
  end_ -= oldest_ - to;
  oldest_ = to;
  dropped_bytes_ = 0;
}

bool MessageBuffer::drop_oldest() {
  BATON_ASSERT(next_ == 0);
  while (oldest_ < end_) {
    Record& record = record_at(oldest_);
    const std::size_t size = record.size & ~std::uint32_t{flags};
    oldest_ += size;
    if ((record.size & (kept | dropped_flag)) == 0) {
      record.size |= dropped_flag;
      record.time_us = 1;
      ++dropped_;
      dropped_bytes_ += size;
      data_bytes_ -= record.data_size;
      return true;
    }
  }
  return false;
}

std::size_t MessageBuffer::read(std::span<Message> into, std::size_t limit, std::uint64_t first_seq) {
  const std::size_t until = passed_ + std::min(limit, count_ - passed_);
  std::size_t done = 0;
  // Written back at the end: with each message, they would be stored and loaded again.
  std::size_t passed = passed_;
  std::size_t next = next_;
  while (passed < until && done < into.size()) {
    const Record& record = record_at(next);
    char* const data = memory_.get() + next + sizeof(Record);
    next += record.size & ~std::uint32_t{flags};
    if ((record.size & dropped_flag) != 0) [[unlikely]] {
      passed += static_cast<std::size_t>(record.time_us);  // may lead behind `until`
      continue;
    }
    Message& message = into[done++];
    message = {{record.type, record.content_type >> type_size_shift},
               {reinterpret_cast<const std::uint8_t*>(data), record.data_size},
               record.type_atom,
               record.content_type & content_type_mask,
               first_seq + passed++,
               record.time_us,
               nullptr};
    if ((record.size & has_rest) != 0) [[unlikely]] {
      read_rest(data + aligned(record.data_size), message);
    }
  }
  passed_ = passed;
  next_ = next;
  return done;
}

void MessageBuffer::read_rest(char* at, Message& message) {
  // It lies where a Rest may lie, at a multiple of 8, and was copied there: it is one.
  auto* const rest = reinterpret_cast<Rest*>(at);
  at += sizeof(Rest);
  if (message.type_atom == BATON_ATOM_NONE) {
    message.type = to_str(take(at, rest->type_size));
  }
  if (rest->has_attributes) {
    baton_attributes& attributes = rest->attributes;
    attributes.id = to_str(take(at, attributes.id.size));
    attributes.source = to_str(take(at, attributes.source.size));
    attributes.traceparent = to_str(take(at, attributes.traceparent.size));
    message.attributes = &attributes;
  }
}

void MessageBuffer::clear(std::size_t kept_max) {
  end_ = next_ = oldest_ = count_ = passed_ = dropped_ = dropped_bytes_ = data_bytes_ = 0;
  if (capacity_ > kept_max) {
    memory_ = nullptr;
    capacity_ = 0;
  }
}

void MessageBuffer::swap(MessageBuffer& other) noexcept {
  std::swap(memory_, other.memory_);
  std::swap(capacity_, other.capacity_);
  std::swap(end_, other.end_);
  std::swap(next_, other.next_);
  std::swap(oldest_, other.oldest_);
  std::swap(count_, other.count_);
  std::swap(passed_, other.passed_);
  std::swap(dropped_, other.dropped_);
  std::swap(dropped_bytes_, other.dropped_bytes_);
  std::swap(data_bytes_, other.data_bytes_);
}

}  // namespace baton
