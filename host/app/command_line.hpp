// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/exit_code.hpp"
#include "host/app/invocation.hpp"

#include <string>
#include <variant>
#include <vector>

namespace baton {

/// What to say instead of running something: a help text (done), or what is wrong with the words (usage).
struct CommandLineReply {
  ExitCode code;
  std::string text;
};

/// Reads the words after the program's name; `is_console`: at the console, where only verbs that talk to a
/// running host make sense, and no `baton` comes first.
[[nodiscard]] std::variant<Invocation, CommandLineReply> parse_command_line(
    const std::vector<std::string>& words, bool is_console);

/// A verb, its help line, and what may follow it, for completion and `help`.
struct VerbSummary {
  std::string name;
  std::string help;
  std::vector<std::string> options;
};

[[nodiscard]] std::vector<VerbSummary> verb_summaries(bool is_console);

}  // namespace baton
