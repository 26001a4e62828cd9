// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace baton {

/// Why a process ended. OTP: an exit reason; `normal` and `shutdown` are the quiet ones.
struct ExitReason {
  enum class Kind : std::uint8_t { normal, shutdown, error };
  Kind kind = Kind::normal;
  std::string text;  // of an error

  [[nodiscard]] static ExitReason normal() { return {Kind::normal, {}}; }

  [[nodiscard]] static ExitReason shutdown() { return {Kind::shutdown, {}}; }

  [[nodiscard]] static ExitReason error(std::string text) { return {Kind::error, std::move(text)}; }

  [[nodiscard]] bool is_quiet() const { return kind != Kind::error; }

  bool operator==(const ExitReason&) const = default;
};

/// "normal", "shutdown", or the text of the error.
[[nodiscard]] std::string to_string(const ExitReason& reason);

}  // namespace baton
