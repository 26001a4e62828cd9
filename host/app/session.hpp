// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/elixir_terms.hpp"
#include "host/app/exit_code.hpp"
#include "host/app/invocation.hpp"
#include "host/app/requests.hpp"
#include "host/base/result.hpp"
#include "host/control/client.hpp"

#include <iosfwd>
#include <string>

namespace baton {

/// Carries out the verbs that talk to a running host, and shows what came of them: results on `out`, in the
/// format asked for; errors and notices on `err`. The command line makes one for its one verb, the console
/// keeps one. One thread.
class Session {
 public:
  /// `client`, `out` and `err` outlive the session.
  Session(Client& client, std::ostream& out, std::ostream& err) : client_(client), out_(out), err_(err) {}

  /// Waits as long as the verb does.
  ExitCode run(const Invocation& invocation);

  /// Shows what somebody else has asked of the host, or of a file, for that verb.
  ExitCode print(const Invocation& invocation, const Result<std::string>& document);

  /// Runs the words of a console's `repeat` so often, and prints the replies as one list.
  ExitCode repeat(const Invocation& repeat);

  [[nodiscard]] Client& client() { return client_; }

 private:
  /// What a verb prints, in its format; and how it went.
  struct Shown {
    std::string text;
    ExitCode code = ExitCode::done;
  };

  ExitCode print_shown(const Invocation& invocation, const Result<Shown>& shown);
  Result<Shown> carry_out(const Invocation& invocation);
  [[nodiscard]] Shown show(const Invocation& invocation, const std::string& document);
  [[nodiscard]] std::string show_elixir(const Invocation& invocation, const std::string& document);
  ExitCode show_error(const Error& error, const Invocation& invocation);

  Client& client_;
  std::ostream& out_;
  std::ostream& err_;
  ElixirTerms elixir_;
  std::string failure_;  // what the host answered the last verb with, if it was a failure
};

/// Sends a request and takes its reply's error document apart. Errors: unreachable, io_failed, and the
/// host's own; then `failure`, if there is one, is the whole document.
[[nodiscard]] Result<std::string> ask_host(Client& client, const HostRequest& request,
                                           std::string* failure = nullptr);

}  // namespace baton
