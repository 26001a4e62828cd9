// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/exit_code.hpp"
#include "host/app/invocation.hpp"

#include <iosfwd>
#include <string>
#include <variant>
#include <vector>

namespace baton {

/// What to say instead of running something: a help text (done), or what is wrong with the words (usage).
struct CommandLineReply {
  ExitCode code;
  std::string text;
  OutputFormat format = OutputFormat::text;  // as the words ask for: text or json
};

/// Shows it: a help on `out`; what is wrong on `err`, or in json as a document on `out`, as every error.
/// `otherwise` is the format when its words ask for none.
ExitCode print_reply(const CommandLineReply& reply, OutputFormat otherwise, std::ostream& out,
                     std::ostream& err);

/// Reads the words after the program's name; `is_console`: at the console, where only verbs that talk to a
/// running host make sense, and no `baton` comes first.
[[nodiscard]] std::variant<Invocation, CommandLineReply> parse_command_line(
    const std::vector<std::string>& words, bool is_console);

/// The same for what went wrong with a verb that talks to no host. Returns its exit code.
ExitCode print_error(const Error& error, OutputFormat format, std::ostream& out, std::ostream& err);

/// A verb, its help line, and what may follow it, for completion and `help`.
struct VerbSummary {
  std::string name;
  std::string help;
  std::vector<std::string> options;
  std::vector<std::string> value_options;  // of these and the short ones, those that a word follows
};

[[nodiscard]] std::vector<VerbSummary> verb_summaries(bool is_console);

/// An argument or option of a verb, as its help tells it.
struct VerbOption {
  std::vector<std::string> names;  // "-o", "--output"; or the argument's only one: "MANAGER"
  std::string value;               // of an option: what follows it, "FORMAT"; empty: it is a flag
  std::string help;
  bool is_required = false;
  bool is_list = false;  // it may come several times
};

/// All that the help of a verb says.
struct VerbDescription {
  std::string name;
  std::string help;
  std::vector<VerbOption> arguments;
  std::vector<VerbOption> options;
  std::string examples = {};  // a command line each, indented
};

/// Of the program, without a verb.
[[nodiscard]] VerbDescription describe_program();

/// Of every verb of the command line that is for people, in the order of the help.
[[nodiscard]] std::vector<VerbDescription> describe_verbs();

}  // namespace baton
