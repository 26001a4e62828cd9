// SPDX-License-Identifier: Apache-2.0
#include "host/config/source_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace baton {
namespace {

constexpr std::size_t quoted_max = 60;  // characters
constexpr char32_t byte_order_mark = 0xfeff;

/// What the first byte of a character says about it.
struct Lead {
  std::size_t size;
  char32_t bits;
  char32_t least;  // the first code that needs this many bytes
};

std::optional<Lead> lead_of(unsigned char byte) {
  if (byte < 0x80) {
    return Lead{1, byte, 0};
  }
  if ((byte & 0xe0u) == 0xc0) {
    return Lead{2, byte & 0x1fu, 0x80};
  }
  if ((byte & 0xf0u) == 0xe0) {
    return Lead{3, byte & 0x0fu, 0x800};
  }
  if ((byte & 0xf8u) == 0xf0) {
    return Lead{4, byte & 0x07u, 0x10000};
  }
  return std::nullopt;
}

/// In valid UTF-8.
bool starts_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0u) != 0x80;
}

bool is_control(char32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

/// Marks that reorder the text around them: a line could read otherwise than it is.
bool is_direction_mark(char32_t code) {
  return (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

Diagnostic problem_at(Place place, std::string message, std::string help) {
  return {Diagnostic::Severity::error, place, std::move(message), std::move(help)};
}

/// The first thing in a line that cannot be there. `rest` starts at the line's first character.
std::optional<Diagnostic> check_line(std::string_view rest, std::size_t number) {
  if (rest.size() > config_line_max) {
    return problem_at(
        {number, 1, 1}, fmt::format("a line of more than {} bytes", config_line_max),
        "break it: lists can go over several lines, and long texts into a block that starts with `|`");
  }
  bool is_indentation = true;
  for (std::size_t column = 1; !rest.empty(); ++column) {
    const Character c = first_character(rest);
    const Place place{number, column, 1};
    if (!c.is_valid) {
      return problem_at(place,
                        fmt::format("the byte 0x{:02x} is not UTF-8", static_cast<unsigned char>(rest[0])),
                        "save the file as UTF-8");
    }
    if (c.code == '\t' && is_indentation) {
      return problem_at(place, "a tab in the indentation",
                        "indent with spaces: how wide a tab is, is not in the file");
    }
    if (c.code == byte_order_mark) {
      // The parser skips one at the start of the text and then counts wrongly; elsewhere it is an invisible
      // part of a word.
      return problem_at(place, "a byte order mark (U+FEFF) inside the file",
                        "remove it: editors do not show it, and only the first character may be one");
    }
    if (c.code != '\t' && is_control(c.code)) {
      return problem_at(place, fmt::format("the control character U+{:04X}", static_cast<unsigned>(c.code)),
                        "remove it; inside double quotes it can be written as \\xNN");
    }
    is_indentation = is_indentation && c.code == ' ';
    rest.remove_prefix(c.size);
  }
  return std::nullopt;
}

}  // namespace

Character first_character(std::string_view text) {
  constexpr char32_t surrogates_begin = 0xd800;
  constexpr char32_t surrogates_end = 0xe000;
  constexpr char32_t code_max = 0x10ffff;
  const std::optional<Lead> lead = lead_of(static_cast<unsigned char>(text.front()));
  if (!lead || lead->size > text.size()) {
    return {1, false, 0};
  }
  char32_t code = lead->bits;
  for (std::size_t i = 1; i < lead->size; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xc0u) != 0x80) {
      return {1, false, 0};
    }
    code = (code << 6u) | (byte & 0x3fu);
  }
  if (code < lead->least || code > code_max || (code >= surrogates_begin && code < surrogates_end)) {
    return {1, false, 0};
  }
  return {lead->size, true, code};
}

std::size_t count_characters(std::string_view text) {
  std::size_t count = 0;
  for (; !text.empty(); ++count) {
    text.remove_prefix(first_character(text).size);
  }
  return count;
}

std::string printable(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const Character c = first_character(text);
    if (!c.is_valid) {
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
    } else if (is_control(c.code) || is_direction_mark(c.code) || c.code == byte_order_mark) {
      result += fmt::format("\\u{:04x}", static_cast<unsigned>(c.code));
    } else {
      result += text.substr(0, c.size);
    }
    text.remove_prefix(c.size);
  }
  return result;
}

std::string in_backticks(std::string_view text) {
  std::size_t end = 0;
  for (std::size_t count = 0; end < text.size(); ++count) {
    if (count == quoted_max) {
      return fmt::format("`{}…`", text.substr(0, end));
    }
    end += first_character(text.substr(end)).size;
  }
  return fmt::format("`{}`", text);
}

SourceText::SourceText(std::string_view text) : text_(text), line_starts_{0} {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') {
      line_starts_.push_back(i + 1);
    }
  }
}

std::string_view SourceText::line(std::size_t number) const {
  if (number == 0 || number > line_starts_.size()) {
    return {};
  }
  const std::size_t begin = line_starts_[number - 1];
  std::string_view line = text_.substr(begin, text_.find('\n', begin) - begin);
  if (line.ends_with('\r')) {
    line.remove_suffix(1);
  }
  return line;
}

Place SourceText::place_of(std::size_t offset, std::size_t length) const {
  if (offset >= text_.size()) {
    const std::size_t last = text_.find_last_not_of("\r\n");
    offset = last == std::string_view::npos ? 0 : last + 1;
  }
  const auto after = std::ranges::upper_bound(line_starts_, offset);
  const auto number = static_cast<std::size_t>(after - line_starts_.begin());
  const std::string_view before = text_.substr(line_starts_[number - 1], offset - line_starts_[number - 1]);
  return {number, 1 + static_cast<std::size_t>(std::ranges::count_if(before, starts_character)), length};
}

std::vector<Diagnostic> check_characters(const SourceText& source) {
  std::vector<Diagnostic> diagnostics;
  if (source.text().size() > config_size_max) {
    const Place place = source.place_of(config_size_max);
    diagnostics.push_back(problem_at({place.line, 1, 1}, "the file is larger than 4 MiB, which end here",
                                     "is it the right file?"));
    return diagnostics;
  }
  for (std::size_t number = 1; number <= source.line_count(); ++number) {
    if (auto problem = check_line(source.line(number), number)) {
      diagnostics.push_back(std::move(*problem));
    }
  }
  return diagnostics;
}

}  // namespace baton
