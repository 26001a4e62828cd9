// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/config/diagnostic.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace baton {

inline constexpr std::size_t config_size_max = 4u << 20u;  // bytes
inline constexpr std::size_t config_line_max = 4096;       // bytes; finding a column takes as long

/// One character of a text.
struct Character {
  std::size_t size = 1;  // bytes
  bool is_valid = true;  // UTF-8; else it stands for one stray byte
  char32_t code = 0;     // with `is_valid`
};

/// The character that `text`, which is not empty, starts with.
[[nodiscard]] Character first_character(std::string_view text);

/// How many characters `text` has.
[[nodiscard]] std::size_t count_characters(std::string_view text);

/// `text` with every character that could steer a terminal, and every stray byte, made visible.
[[nodiscard]] std::string printable(std::string_view text);

/// `text` in backticks, cut when it is long: for error texts.
[[nodiscard]] std::string in_backticks(std::string_view text);

/// A text and where its lines are. Owns nothing: the text outlives it. Constant after construction.
class SourceText {
 public:
  explicit SourceText(std::string_view text);

  [[nodiscard]] std::string_view text() const { return text_; }

  [[nodiscard]] std::size_t line_count() const { return line_starts_.size(); }

  /// A line without its end, counted from 1; empty when there is no such line.
  [[nodiscard]] std::string_view line(std::size_t number) const;

  /// Where the byte at `offset` is; for an offset behind the end, the end of the last line with text.
  /// The text is valid UTF-8.
  [[nodiscard]] Place place_of(std::size_t offset, std::size_t length = 1) const;

 private:
  std::string_view text_;
  std::vector<std::size_t> line_starts_;
};

/// What keeps a text from being read as YAML at all, whatever it says: too large, not UTF-8, control
/// characters, lines over the limit, tabs as indentation. At most one for each line.
[[nodiscard]] std::vector<Diagnostic> check_characters(const SourceText& source);

}  // namespace baton
