// SPDX-License-Identifier: Apache-2.0
#include "host/app/console.hpp"

#include "host/app/command_line.hpp"
#include "host/app/completion.hpp"
#include "host/app/document_text.hpp"
#include "host/app/line_editor.hpp"
#include "host/app/session.hpp"
#include "host/app/words.hpp"

#include <iostream>
#include <optional>
#include <unistd.h>

namespace baton {
namespace {

std::string help_text() {
  std::vector<std::vector<std::string>> rows;
  for (const VerbSummary& verb : verb_summaries(true)) {
    rows.push_back({verb.name, verb.help});
  }
  return table(rows) + "\n`help COMMAND` says more. Tab completes, Ctrl-C forgets the line, Ctrl-D leaves.";
}

}  // namespace

ConsoleReply run_console_line(Session& session, const std::string& line, OutputFormat format,
                              std::ostream& out, std::ostream& err) {
  const auto words = split_words(line);
  if (!words) {
    return {print_reply({ExitCode::usage, words.error().text + "\n"}, format, out, err), false};
  }
  if (words->empty() || words->front().starts_with('#')) {
    return {};
  }
  const auto parsed = parse_command_line(*words, true);
  if (const auto* reply = std::get_if<CommandLineReply>(&parsed)) {
    return {print_reply(*reply, format, out, err), false};
  }
  Invocation invocation = std::get<Invocation>(parsed);
  if (invocation.format == OutputFormat::text) {
    invocation.format = format;
  }
  if (invocation.verb == "exit" || invocation.verb == "quit") {
    return {ExitCode::done, true};
  }
  if (invocation.verb == "help") {
    out << help_text() << std::endl;
    return {};
  }
  return {invocation.verb == "repeat" ? session.repeat(invocation) : session.run(invocation), false};
}

ExitCode run_console(Client& client, SharedTerminal& terminal, OutputFormat format, std::ostream& out,
                     std::ostream& err) {
  Session session(client, out, err);
  const bool is_terminal = isatty(STDIN_FILENO) == 1;
  std::optional<LineEditor> editor;
  if (is_terminal) {
    editor.emplace(terminal, "baton> ", [socket = client.socket()](const std::vector<std::string>& words) {
      Client asking(socket);
      return completions(words, true, asking);
    });
  }
  ExitCode first_failure = ExitCode::done;
  for (std::string line;;) {
    if (editor ? !editor->read_line(line) : !std::getline(std::cin, line)) {
      break;
    }
    const ConsoleReply reply = run_console_line(session, line, format, out, err);
    if (reply.wants_to_leave) {
      break;
    }
    if (first_failure == ExitCode::done) {
      first_failure = reply.code;
    }
  }
  return is_terminal ? ExitCode::done : first_failure;  // a person has seen each failure
}

}  // namespace baton
