// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/exit_code.hpp"
#include "host/base/clock.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace baton {

enum class OutputFormat : std::uint8_t { text, json, elixir };

/// A command as a person typed it, on the command line or at the console: which verb, and every argument
/// that any verb has. Nothing is checked against a host yet.
struct Invocation {
  std::string verb;  // "call"

  // Of every verb.
  std::filesystem::path socket;  // empty: the default one of `host_name`
  std::string host_name = "baton";
  std::optional<Duration> timeout;  // absent: the verb's own default
  OutputFormat format = OutputFormat::text;
  bool is_quiet = false;

  // Positional, by meaning.
  std::string target;                 // MANAGER, MANAGER/ID, SERVER, NAME
  std::string type;                   // of a request, an event, a handler or server; or FILE.so
  std::optional<std::string> data;    // DATA; "-" with notify: standard input
  std::vector<std::string> settings;  // key=value
  std::filesystem::path file;         // of run and check
  std::vector<std::filesystem::path> transcripts;
  std::string shell;               // of completion
  std::vector<std::string> words;  // of __complete
  std::size_t repetitions = 0;     // of repeat, whose command is `words`

  // Flags, by name.
  std::string id;
  std::string extra;
  std::string argument;
  std::string content_type = "text/plain";
  std::filesystem::path plugin_directory;
  bool is_destructive = false;
  bool prints_acks = false;
  std::optional<bool> console;  // of run; absent: when there is a terminal
};

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
