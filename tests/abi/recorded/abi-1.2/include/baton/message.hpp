// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/abi.h>
#include <baton/detail/views.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string_view>

namespace baton::inline v1 {

/// A short text that the host has given a number: compare these on hot paths. Host::intern() makes them.
/// Valid for the life of the host process; never to be written to a file or into a state.
enum class Atom : baton_atom {
  none = BATON_ATOM_NONE,
  text_plain = BATON_TEXT_PLAIN,
  application_json = BATON_APPLICATION_JSON,
  application_octet_stream = BATON_APPLICATION_OCTET_STREAM,
};

/// An event, a request or an info: {:msg, "Hello World"} has type "msg" and data "Hello World".
///
/// A view: it and everything it returns is valid until the callback that received it returns. Copies are
/// as short-lived as the original.
class Message {
 public:
  explicit Message(const baton_message& raw) noexcept : raw_(&raw) {}

  /// OTP's first tuple element.
  [[nodiscard]] std::string_view type() const noexcept { return detail::view(raw_->type); }

  /// The number of type(); Atom::none when the host's table of atoms is full.
  [[nodiscard]] Atom type_atom() const noexcept { return static_cast<Atom>(raw_->type_atom); }

  /// Any bytes; UTF-8 only when content_type() says so and the sender was honest.
  [[nodiscard]] std::string_view data() const noexcept { return detail::view(raw_->data); }

  [[nodiscard]] std::span<const std::uint8_t> bytes() const noexcept {
    return {raw_->data.data, raw_->data.size};
  }

  [[nodiscard]] Atom content_type() const noexcept { return static_cast<Atom>(raw_->content_type); }

  /// Events: the number its manager gave it on acceptance, from 1. Everything else: 0.
  [[nodiscard]] std::uint64_t seq() const noexcept { return raw_->seq; }

  /// Events: time of acceptance, microseconds since 1970 (UTC). Everything else: 0.
  [[nodiscard]] std::int64_t time_us() const noexcept { return raw_->time_us; }

  /// Attributes of CloudEvents 1.0; empty when absent, which is the usual case.
  [[nodiscard]] std::string_view id() const noexcept { return attribute(&baton_attributes::id); }

  [[nodiscard]] std::string_view source() const noexcept { return attribute(&baton_attributes::source); }

  [[nodiscard]] std::string_view traceparent() const noexcept {
    return attribute(&baton_attributes::traceparent);
  }

  /// For what this layer does not cover.
  [[nodiscard]] const baton_message& raw() const noexcept { return *raw_; }

 private:
  [[nodiscard]] std::string_view attribute(baton_str baton_attributes::*member) const noexcept {
    const baton_attributes* attributes = raw_->attributes;
    if (attributes == nullptr || !detail::has(*attributes, member)) {
      return {};
    }
    return detail::view(attributes->*member);
  }

  const baton_message* raw_;
};

using Event = Message;
using Request = Message;
using Info = Message;
using Continue = Message;

/// Messages in the order of their acceptance; never empty. As short-lived as a Message.
class Batch {
 public:
  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = Message;
    using difference_type = std::ptrdiff_t;
    using pointer = const Message*;
    using reference = Message;

    Iterator() noexcept = default;

    Iterator(const char* at, std::size_t stride) noexcept : at_(at), stride_(stride) {}

    Message operator*() const noexcept { return Message(*reinterpret_cast<const baton_message*>(at_)); }

    Iterator& operator++() noexcept {
      at_ += stride_;
      return *this;
    }

    Iterator operator++(int) noexcept {
      const Iterator before = *this;
      ++*this;
      return before;
    }

    bool operator==(const Iterator& other) const noexcept { return at_ == other.at_; }

   private:
    const char* at_ = nullptr;
    std::size_t stride_ = 0;
  };

  explicit Batch(const baton_batch& raw) noexcept
      : first_(reinterpret_cast<const char*>(raw.first)), stride_(raw.stride), count_(raw.count) {}

  [[nodiscard]] std::size_t size() const noexcept { return count_; }

  /// Requires: index < size().
  [[nodiscard]] Message operator[](std::size_t index) const noexcept {
    return *Iterator(first_ + index * stride_, stride_);
  }

  [[nodiscard]] Iterator begin() const noexcept { return {first_, stride_}; }

  [[nodiscard]] Iterator end() const noexcept { return {first_ + count_ * stride_, stride_}; }

 private:
  const char* first_;
  std::size_t stride_;  // of the host, whose baton_message may be longer than ours
  std::size_t count_;
};

}  // namespace baton::inline v1
