// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/abi.h>
#include <baton/detail/value_format.hpp>
#include <baton/detail/views.hpp>
#include <baton/errors.hpp>

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>

/// State on its way from an old instance to a new one: OTP's code_change(OldVsn, State, Extra).
///
/// Two lines are enough for most: `out.value(counts_);` in save(), `init.take_over(counts_);` in the
/// constructor. Below that are helpers that write integers of fixed width, little-endian, and bytes behind
/// their length (u64). Neither carries names or types: the state's *version* says what is where, so change
/// the version when you change a type or the order. Who prefers another format writes it as one piece of
/// bytes.
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
    if (data.size() >= buffer_.size()) {
      flush();
      flushed_ += data.size();
      return detail::write(*sink_, data);
    }
    if (data.size() > buffer_.size() - used_) {
      flush();
    }
    if (data.empty()) {
      return;  // it may have no address to copy from
    }
    std::memcpy(buffer_.data() + used_, data.data(), data.size());
    used_ += data.size();
  }

  /// Any value of these types, and of these types of them: bool, integers, enums, floating-point numbers,
  /// std::string (and string_view, to write), durations, std::optional, pair, tuple, array, containers that
  /// have insert() and size(), and structs that name their members:
  ///
  /// ```cpp
  /// struct Word {
  ///   std::uint64_t count = 0;
  ///   std::int64_t last_us = 0;
  ///
  ///   static constexpr auto fields = std::tuple(&Word::count, &Word::last_us);
  /// };
  /// ```
  ///
  /// Integers take 8 bytes, whatever their type, so a wider type is no new version. Containers are behind
  /// their size; hash tables are written sorted by key. Not for types that contain themselves.
  template <class T>
  void value(const T& value) {
    if constexpr (std::same_as<T, bool>) {
      boolean(value);
    } else if constexpr (std::is_enum_v<T>) {
      this->value(static_cast<std::underlying_type_t<T>>(value));
    } else if constexpr (std::signed_integral<T>) {
      i64(value);
    } else if constexpr (std::unsigned_integral<T>) {
      u64(value);
    } else if constexpr (std::floating_point<T>) {
      static_assert(sizeof(T) <= sizeof(double), "a long double does not fit into a state");
      f64(value);
    } else if constexpr (detail::Textual<T>) {
      text(value);
    } else if constexpr (detail::is_duration<T>) {
      this->value(value.count());
    } else if constexpr (detail::is_optional<T>) {
      boolean(value.has_value());
      if (value) {
        this->value(*value);
      }
    } else if constexpr (detail::Fields<T>) {
      std::apply([&](auto... member) { (this->value(value.*member), ...); }, T::fields);
    } else if constexpr (detail::Tuple<T>) {
      std::apply([this](const auto&... item) { (this->value(item), ...); }, value);
    } else {
      static_assert(detail::Container<T>,
                    "a state cannot hold this type; a struct needs: static constexpr auto fields = "
                    "std::tuple(&T::member, ...)");
      items(value);
    }
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

  template <class T>
  void items(const T& container) {
    u64(container.size());
    if constexpr (detail::Unordered<T>) {
      for (const auto* item : detail::sorted_items(container)) {
        value(*item);
      }
    } else {
      for (const typename T::value_type& item : container) {
        value(item);
      }
    }
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

  /// What StateWriter::value() wrote. An integer that does not fit and a key that is there twice are
  /// BadState, too.
  template <class T>
  T value() {
    if constexpr (std::same_as<T, bool>) {
      return boolean();
    } else if constexpr (std::is_enum_v<T>) {
      return static_cast<T>(value<std::underlying_type_t<T>>());
    } else if constexpr (std::signed_integral<T>) {
      return narrow<T>(i64());
    } else if constexpr (std::unsigned_integral<T>) {
      return narrow<T>(u64());
    } else if constexpr (std::floating_point<T>) {
      return static_cast<T>(f64());
    } else if constexpr (std::same_as<T, std::string>) {
      return std::string(text());
    } else if constexpr (detail::is_duration<T>) {
      return T(value<typename T::rep>());
    } else if constexpr (detail::is_optional<T>) {
      return boolean() ? T(value<typename T::value_type>()) : T();
    } else if constexpr (detail::Fields<T>) {
      T fields;
      std::apply([&](auto... member) { (this->read(fields.*member), ...); }, T::fields);
      return fields;
    } else if constexpr (detail::Tuple<T>) {
      T items;
      std::apply([this](auto&... item) { (this->read(item), ...); }, items);
      return items;
    } else {
      static_assert(detail::Container<T>,
                    "a state cannot hold this type; a struct needs: static constexpr auto fields = "
                    "std::tuple(&T::member, ...)");
      return items<T>();
    }
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

  template <class T>
  void read(T& to) {
    to = value<T>();
  }

  template <class T, class Wide>
  static T narrow(Wide wide) {
    const T value = static_cast<T>(wide);
    if (static_cast<Wide>(value) != wide) {
      throw BadState("the state is malformed: a number does not fit where it belongs");
    }
    return value;
  }

  template <class T>
  T items() {
    using Item = typename detail::Loose<typename T::value_type>::type;
    static_assert(detail::least_bytes<Item>() > 0, "a container of nothing has no bound in a state");
    const std::size_t size = count(detail::least_bytes<Item>());
    T container;
    for (std::size_t i = 0; i < size; ++i) {
      container.insert(container.end(), value<Item>());
    }
    if (container.size() != size) {
      throw BadState("the state is malformed: a key is there twice");
    }
    return container;
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
