// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/abi.h>
#include <baton/detail/views.hpp>
#include <baton/errors.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

/// State on its way from an old instance to a new one: OTP's code_change(OldVsn, State, Extra).
///
/// The helpers write integers of fixed width, little-endian, and bytes behind their length (u64). They
/// carry no names and no types: the state's *version* says what is where, so change the version when you
/// change the order. Who prefers another format writes it as one piece of bytes.
namespace baton::inline v1 {

/// The state of the instance that is to be replaced. Views; valid until the constructor returns.
struct State {
  std::uint32_t version = 0;  // one of those that the description says it reads
  std::string_view data;
  std::string_view extra;  // what the operator passed to the swap; often empty
};

/// A piece of a state that comes in pieces; see Handler::load_part. A view; valid until that returns.
struct StatePart {
  std::uint32_t version = 0;
  std::string_view data;
  bool is_last = false;  // data is empty, everything has come
};

/// Where save() and save_part() write. Throws SinkFull past the host's limit (64 MiB); the swap then fails
/// and the instance goes on.
class StateWriter {
 public:
  explicit StateWriter(baton_sink& sink) noexcept : sink_(&sink) {}

  StateWriter(const StateWriter&) = delete;
  StateWriter& operator=(const StateWriter&) = delete;

  void u8(std::uint8_t value) { number(value); }

  void u32(std::uint32_t value) { number(value); }

  void u64(std::uint64_t value) { number(value); }

  void i64(std::int64_t value) { number(static_cast<std::uint64_t>(value)); }

  void f64(double value) { number(std::bit_cast<std::uint64_t>(value)); }

  void boolean(bool value) { u8(value ? 1 : 0); }

  /// Text or bytes, behind their length.
  void text(std::string_view value) {
    u64(value.size());
    raw(value);
  }

  /// Bytes without a length: the whole state in a format of one's own.
  void raw(std::string_view data) {
    if (data.size() > buffer_.size() - used_) {
      flush();
      if (data.size() >= buffer_.size()) {
        flushed_ += data.size();
        return detail::write(*sink_, data);
      }
    }
    if (data.empty()) {
      return;  // it may have no address to copy from
    }
    std::memcpy(buffer_.data() + used_, data.data(), data.size());
    used_ += data.size();
  }

  /// How many bytes have been written.
  [[nodiscard]] std::size_t size() const noexcept { return flushed_ + used_; }

  /// Called by the layer after save().
  void flush() {
    detail::write(*sink_, {buffer_.data(), used_});
    flushed_ += used_;
    used_ = 0;
  }

 private:
  template <class Unsigned>
  void number(Unsigned value) {
    std::array<char, sizeof(Unsigned)> little_endian{};
    for (std::size_t i = 0; i < sizeof(Unsigned); ++i) {
      little_endian[i] = static_cast<char>(std::uint64_t{value} >> (8 * i));
    }
    raw({little_endian.data(), little_endian.size()});
  }

  baton_sink* sink_;
  std::size_t flushed_ = 0;
  std::size_t used_ = 0;
  std::array<char, 4096> buffer_{};  // so that a state of many small numbers is not as many calls of the host
};

/// Reads what a StateWriter wrote. Every function throws BadState when the bytes are not there, so that a
/// damaged state refuses the swap instead of being half believed. Texts are views into the state.
class StateReader {
 public:
  explicit StateReader(std::string_view data) noexcept : rest_(data) {}

  std::uint8_t u8() { return number<std::uint8_t>(); }

  std::uint32_t u32() { return number<std::uint32_t>(); }

  std::uint64_t u64() { return number<std::uint64_t>(); }

  std::int64_t i64() { return static_cast<std::int64_t>(u64()); }

  double f64() { return std::bit_cast<double>(u64()); }

  bool boolean() {
    const std::uint8_t value = u8();
    if (value > 1) {
      throw BadState("the state is malformed: a boolean is neither 0 nor 1");
    }
    return value == 1;
  }

  std::string_view text() {
    const std::uint64_t size = u64();
    return take(size);
  }

  /// A number of items that was written with u64(), each of which takes at least `item_size` bytes. It
  /// cannot exceed what is left, so it is safe to reserve memory for.
  std::size_t count(std::size_t item_size) {
    const std::uint64_t items = u64();
    if (items > rest_.size() / (item_size == 0 ? 1 : item_size)) {
      throw BadState("the state is malformed: it announces more items than it has bytes");
    }
    return static_cast<std::size_t>(items);
  }

  [[nodiscard]] bool is_at_end() const noexcept { return rest_.empty(); }

  /// To be called last: throws BadState when something is left.
  void expect_end() const {
    if (!rest_.empty()) {
      throw BadState("the state is malformed: there are bytes behind its end");
    }
  }

 private:
  std::string_view take(std::uint64_t size) {
    if (size > rest_.size()) {
      throw BadState("the state is malformed: it ends too early");
    }
    const std::string_view taken = rest_.substr(0, static_cast<std::size_t>(size));
    rest_.remove_prefix(taken.size());
    return taken;
  }

  template <class Unsigned>
  Unsigned number() {
    const std::string_view bytes = take(sizeof(Unsigned));
    Unsigned value = 0;
    for (std::size_t i = 0; i < sizeof(Unsigned); ++i) {
      value = static_cast<Unsigned>(
          value | static_cast<Unsigned>(Unsigned{static_cast<unsigned char>(bytes[i])} << (8 * i)));
    }
    return value;
  }

  std::string_view rest_;
};

}  // namespace baton::inline v1
