// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/command_line.hpp"
#include "host/app/exit_code.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <variant>
#include <vector>

namespace baton::test {

using Words = std::vector<std::string>;

/// What a command line means, which must be right.
inline Invocation invocation(const Words& words, bool is_console = true) {
  const auto parsed = parse_command_line(words, is_console);
  if (const auto* reply = std::get_if<CommandLineReply>(&parsed)) {
    FAIL(reply->text);
  }
  return std::get<Invocation>(parsed);
}

/// What is said about a command line, which must be wrong.
inline std::string usage_error(const Words& words) {
  const auto parsed = parse_command_line(words, false);
  REQUIRE(std::holds_alternative<CommandLineReply>(parsed));
  const auto& reply = std::get<CommandLineReply>(parsed);
  CHECK(reply.code == ExitCode::usage);
  return reply.text;
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace baton::test
