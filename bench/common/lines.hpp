// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// What E1, E2 and E3 send: numbered lines.
namespace bench {

/// The text of one line at a time: its number in sixteen digits, and letters up to 63 bytes.
class NumberedLine {
 public:
  static constexpr std::size_t size = 63;
  static constexpr std::size_t digits = 16;

  explicit NumberedLine(std::uint64_t number = 0) {
    for (std::size_t i = 0; i < size; ++i) {
      text_[i] = static_cast<char>('a' + i % 26);
    }
    for (std::size_t i = digits; i > 0; --i, number /= 10) {
      text_[i - 1] = static_cast<char>('0' + number % 10);
    }
  }

  [[nodiscard]] std::string_view text() const { return {text_.data(), size}; }

  /// Goes on to the next number.
  void step() {
    for (std::size_t i = digits; i > 0; --i) {
      if (text_[i - 1] != '9') {
        ++text_[i - 1];
        return;
      }
      text_[i - 1] = '0';
    }
  }

 private:
  std::array<char, size> text_{};
};

/// Makes `lines` the next `count` of them, each with its newline.
inline void write_lines(NumberedLine& next, std::uint64_t count, std::string& lines) {
  lines.clear();
  for (std::uint64_t i = 0; i < count; ++i, next.step()) {
    lines += next.text();
    lines += '\n';
  }
}

}  // namespace bench
