// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <unistd.h>
#include <utility>

namespace baton {

/// Owns an open file descriptor; -1 when it owns none.
class FileDescriptor {
 public:
  FileDescriptor() = default;

  explicit FileDescriptor(int number) : number_(number) {}

  FileDescriptor(FileDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }

  ~FileDescriptor() {
    if (number_ >= 0) {
      ::close(number_);
    }
  }

  /// Gives the descriptor up without closing it.
  int release() { return std::exchange(number_, -1); }

  [[nodiscard]] int get() const { return number_; }

  [[nodiscard]] bool is_open() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

/// Writes all of it, over interruptions. False: errno says why.
[[nodiscard]] bool write_all(int file, std::span<const std::byte> bytes);

/// The text of errno.
[[nodiscard]] std::string last_error_text();

}  // namespace baton
