// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/init.hpp>

#include <cstddef>
#include <limits>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

namespace baton::inline v1 {

/// An array in memory of the host, which a successor takes over where it is, however large it is:
///
/// ```cpp
/// explicit Table(const baton::Init& init) : slots_(init, "slots", 2'000'000) {}
/// baton::HostArray<Slot> slots_;
/// ```
///
/// Elements that nobody has written yet are zero bytes and cost no memory. It stays at its address, so
/// elements may point to each other; they must not point into a library (functions, vtables, literals). What
/// lies in it belongs to the state: its layout changes with the state's version, and only with that.
/// A constructor that got a state only reads what it inherits: when it fails, the old one goes on with it.
/// Threads: those of the instance. Lifetime: until the instance's destructor has returned.
template <class T>
class HostArray {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>,
                "elements are bytes to whoever inherits them");
  static_assert(alignof(T) <= 4096, "memory begins on a page");

 public:
  /// The memory called `name`, inherited or new. Throws BadState when the state was taken over but not the
  /// memory that belongs to it, or less of it than `capacity`; std::bad_alloc; std::runtime_error when
  /// the host is older than ABI 1.1.
  HostArray(const Init& init, std::string_view name, std::size_t capacity)
      : HostArray(init.host(), name, capacity) {
    if (init.state() && !is_inherited_) {
      throw BadState("the state came without its memory `" + std::string(name) + "`");
    }
  }

  /// The same, also when a state came without it: of a version that had no such memory.
  HostArray(const Host& host, std::string_view name, std::size_t capacity)
      : HostArray(memory_for(host, name, capacity)) {}

  /// An older instance filled it.
  [[nodiscard]] bool is_inherited() const noexcept { return is_inherited_; }

  [[nodiscard]] std::size_t capacity() const noexcept { return all_.size(); }

  [[nodiscard]] std::span<T> all() noexcept { return all_; }

  [[nodiscard]] std::span<const T> all() const noexcept { return all_; }

  T& operator[](std::size_t index) noexcept { return all_[index]; }

  const T& operator[](std::size_t index) const noexcept { return all_[index]; }

 private:
  explicit HostArray(const Memory& memory)
      : all_(static_cast<T*>(memory.data), memory.capacity / sizeof(T)), is_inherited_(memory.is_inherited) {}

  static Memory memory_for(const Host& host, std::string_view name, std::size_t capacity) {
    if (capacity == 0 || capacity > std::numeric_limits<std::size_t>::max() / sizeof(T)) {
      throw std::bad_alloc();
    }
    const Memory memory = host.memory(name, capacity * sizeof(T));
    switch (memory.status) {
      case Status::ok:
        return memory;
      case Status::no_memory:
        throw std::bad_alloc();
      case Status::invalid:
        throw BadState("memory `" + std::string(name) + "` is there, but smaller");
      default:
        throw std::runtime_error("the host has no memory to give: " + std::string(to_text(memory.status)));
    }
  }

  std::span<T> all_;
  bool is_inherited_;
};

}  // namespace baton::inline v1
