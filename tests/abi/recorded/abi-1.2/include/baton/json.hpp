// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// The little JSON that a plugin needs to answer a call. It writes; to read JSON, take a library.
namespace baton::inline v1 {

namespace detail {

/// Length of the well-formed UTF-8 sequence (Unicode, table 3-7) at the beginning of `text`, or 0.
inline std::size_t utf8_sequence(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) {
    return static_cast<unsigned char>(text[i]);
  };
  const auto continues = [&](std::size_t i) {
    return i < text.size() && (byte(i) & 0xc0U) == 0x80U;
  };
  if (text.empty()) {
    return 0;
  }
  const unsigned char first = byte(0);
  if (first < 0x80) {
    return 1;
  }
  if (first >= 0xc2 && first <= 0xdf) {
    return continues(1) ? 2 : 0;
  }
  if (first >= 0xe0 && first <= 0xef) {
    if (!continues(1) || !continues(2)) {
      return 0;
    }
    const bool is_overlong = first == 0xe0 && byte(1) < 0xa0;
    const bool is_surrogate = first == 0xed && byte(1) > 0x9f;
    return is_overlong || is_surrogate ? 0 : 3;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    if (!continues(1) || !continues(2) || !continues(3)) {
      return 0;
    }
    const bool is_overlong = first == 0xf0 && byte(1) < 0x90;
    const bool is_too_large = first == 0xf4 && byte(1) > 0x8f;
    return is_overlong || is_too_large ? 0 : 4;
  }
  return 0;
}

}  // namespace detail

[[nodiscard]] inline bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const std::size_t size = detail::utf8_sequence(text);
    if (size == 0) {
      return false;
    }
    text.remove_prefix(size);
  }
  return true;
}

/// Appends `text` as a JSON string, quotes included. Bytes that are not UTF-8 become U+FFFD, because JSON
/// has no way to say them: send binary data as application/octet-stream.
inline void append_json_string(std::string& out, std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  out += '"';
  while (!text.empty()) {
    const std::size_t size = detail::utf8_sequence(text);
    const auto first = static_cast<unsigned char>(text[0]);
    if (size == 0) {
      out += "\xef\xbf\xbd";
    } else if (text[0] == '"' || text[0] == '\\') {
      out += '\\';
      out += text[0];
    } else if (text[0] == '\n') {
      out += "\\n";
    } else if (text[0] == '\t') {
      out += "\\t";
    } else if (text[0] == '\r') {
      out += "\\r";
    } else if (first < 0x20 || first == 0x7f) {
      out += "\\u00";
      out += hex[first >> 4U];
      out += hex[first & 0xfU];
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  out += '"';
}

[[nodiscard]] inline std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

/// Whether `text` is, to the last byte, a JSON number (RFC 8259, section 6).
[[nodiscard]] inline bool is_json_number(std::string_view text) noexcept {
  const auto skip_digits = [&] {
    std::size_t count = 0;
    while (count < text.size() && text[count] >= '0' && text[count] <= '9') {
      ++count;
    }
    text.remove_prefix(count);
    return count;
  };
  if (text.starts_with('-')) {
    text.remove_prefix(1);
  }
  const bool starts_with_zero = text.starts_with('0');
  const std::size_t digits = skip_digits();
  if (digits == 0 || (starts_with_zero && digits > 1)) {
    return false;
  }
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (skip_digits() == 0) {
      return false;
    }
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('+') || text.starts_with('-')) {
      text.remove_prefix(1);
    }
    if (skip_digits() == 0) {
      return false;
    }
  }
  return text.empty();
}

/// Appends a value that came as text: as it is when it is a JSON number, true, false or null, else as a
/// string.
inline void append_json_scalar(std::string& out, std::string_view text) {
  if (text == "true" || text == "false" || text == "null" || is_json_number(text)) {
    out += text;
  } else {
    append_json_string(out, text);
  }
}

}  // namespace baton::inline v1
