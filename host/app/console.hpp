// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/exit_code.hpp"
#include "host/app/invocation.hpp"
#include "host/control/client.hpp"

#include <iosfwd>
#include <string>

namespace baton {

class Session;
class SharedTerminal;

/// Carries out one line typed at a console. Nothing for blank lines and comments (#…).
struct ConsoleReply {
  ExitCode code = ExitCode::done;
  bool wants_to_leave = false;
};

[[nodiscard]] ConsoleReply run_console_line(Session& session, const std::string& line, OutputFormat format,
                                            std::ostream& out, std::ostream& err);

/// Reads commands until the end of the input or `exit`. On a terminal: with a prompt, a history that is kept
/// in $XDG_STATE_HOME/baton/history, and Tab for verbs and live names. Else: one command per line of standard
/// input, and the exit code of the first that failed.
[[nodiscard]] ExitCode run_console(Client& client, SharedTerminal& terminal, OutputFormat format,
                                   std::ostream& out, std::ostream& err);

}  // namespace baton
