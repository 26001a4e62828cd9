// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace baton {

/// Why a process ended. OTP: an exit reason; `normal`, `shutdown` and `{shutdown, Text}` are the quiet ones.
struct ExitReason {
  enum class Kind : std::uint8_t { normal, shutdown, error };
  Kind kind = Kind::normal;
  std::string text;  // of an error; of a shutdown, if it has one

  [[nodiscard]] static ExitReason normal() { return {Kind::normal, {}}; }

  /// With a text it is OTP's {shutdown, Text}.
  [[nodiscard]] static ExitReason shutdown(std::string text = {}) {
    return {Kind::shutdown, std::move(text)};
  }

  [[nodiscard]] static ExitReason error(std::string text) { return {Kind::error, std::move(text)}; }

  /// As a callback states it: nothing or "normal", "shutdown", "shutdown: <text>"; all else is an error.
  /// The inverse of to_string, but for errors that are called like one of these.
  [[nodiscard]] static ExitReason parse(std::string_view text);

  [[nodiscard]] bool is_quiet() const { return kind != Kind::error; }

  bool operator==(const ExitReason&) const = default;
};

/// "normal", "shutdown", "shutdown: <text>", or the text of the error.
[[nodiscard]] std::string to_string(const ExitReason& reason);

}  // namespace baton
