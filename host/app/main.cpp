// SPDX-License-Identifier: Apache-2.0
#include "host/app/bench.hpp"
#include "host/app/command_line.hpp"
#include "host/app/completion.hpp"
#include "host/app/conformance_child.hpp"
#include "host/app/console.hpp"
#include "host/app/demo.hpp"
#include "host/app/event_stream.hpp"
#include "host/app/host.hpp"
#include "host/app/host_socket.hpp"
#include "host/app/man_pages.hpp"
#include "host/app/new_verb.hpp"
#include "host/app/plugin_files.hpp"
#include "host/app/plugin_verbs.hpp"
#include "host/app/run_host.hpp"
#include "host/app/session.hpp"
#include "host/app/shared_terminal.hpp"
#include "host/app/try_child.hpp"
#include "host/app/try_verb.hpp"
#include "host/app/verb_words.hpp"
#include "host/app/version.hpp"
#include "host/loader/trial.hpp"

#include <nlohmann/json.hpp>
#include <sodium.h>

#include <clocale>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <unistd.h>

namespace baton {
namespace {

std::string version_text(OutputFormat format) {
  return format == OutputFormat::json ? nlohmann::ordered_json{{"version", version}}.dump()
                                      : "baton " + std::string(version);
}

bool reads_events_from_stdin(const Invocation& invocation) {
  return (invocation.verb == "notify" || invocation.verb == "sync-notify") && invocation.data == "-";
}

ExitCode complete(const Invocation& invocation) {
  std::vector<std::string> words = invocation.words;
  if (!words.empty() && words.front() == "--") {
    words.erase(words.begin());
  }
  Client client(socket_of(host_named_in(words)));
  for (const std::string& candidate : completions(words, false, client)) {
    std::cout << candidate << '\n';
  }
  return ExitCode::done;
}

/// The verbs that talk to a running host.
ExitCode talk(const Invocation& invocation) {
  if (invocation.verb == "__complete") {
    return complete(invocation);
  }
  Client client(socket_of(invocation));
  if (invocation.verb == "console") {
    SharedTerminal terminal;
    return run_console(client, terminal, invocation.format, std::cout, std::cerr);
  }
  if (reads_events_from_stdin(invocation)) {
    return stream_events(client, invocation, STDIN_FILENO, std::cout, std::cerr);
  }
  if (invocation.verb == "try") {
    return run_try(invocation, client, std::cin, std::cout, std::cerr);
  }
  if (is_plugin_verb(invocation.verb)) {
    return run_plugin_verb(invocation, client, std::cout, std::cerr);
  }
  return Session(client, std::cout, std::cerr).run(invocation);
}

/// Not a verb for people: the build calls it.
ExitCode write_pages(const Invocation& invocation) {
  const auto written = write_man_pages(invocation.file);
  if (!written) {
    std::cerr << "error[" << errc_name(written.error().code) << "]: " << written.error().text << std::endl;
  }
  return written ? ExitCode::done : exit_code_of(written.error().code);
}

ExitCode dispatch(const Invocation& invocation) {
  if (invocation.verb == "run") {
    return run_host(invocation, std::cout, std::cerr);
  }
  if (invocation.verb == "check") {
    return run_check(invocation, std::cout, std::cerr);
  }
  if (invocation.verb == "demo") {
    return run_demo(invocation, std::cout, std::cerr);
  }
  if (invocation.verb == "completion") {
    std::cout << completion_script(invocation.shell);
    return ExitCode::done;
  }
  if (invocation.verb == "version") {
    std::cout << version_text(invocation.format) << std::endl;
    return ExitCode::done;
  }
  if (invocation.verb == "__man") {
    return write_pages(invocation);
  }
  if (invocation.verb == "new") {
    return run_new(invocation, std::cout, std::cerr);
  }
  if (invocation.verb == "bench") {
    return run_bench(invocation, socket_of(invocation), std::cout, std::cerr);
  }
  return talk(invocation);
}

/// The process of a trial, a `try` or a conformance check, if that is what this is: not a verb for people.
std::optional<int> try_out(const std::vector<std::string>& words) {
  if (words.size() == 4 && words[0] == try_child_verb) {
    return run_try_child(words[1], words[2], words[3]);
  }
  if (words.size() == 4 && words[0] == conformance_verb) {
    return run_conformance(words[1], words[2], words[3]);
  }
  if (words.size() != 4 || words[0] != trial_verb) {
    return std::nullopt;
  }
  return run_trial(words[1], words[2], std::strtoull(words[3].c_str(), nullptr, 10));
}

ExitCode run(const std::vector<std::string>& words) {
  const auto parsed = parse_command_line(words, false);
  if (const auto* reply = std::get_if<CommandLineReply>(&parsed)) {
    return print_reply(*reply, OutputFormat::text, std::cout, std::cerr);
  }
  return dispatch(std::get<Invocation>(parsed));
}

}  // namespace
}  // namespace baton

int main(int argc, char** argv) {
  if (sodium_init() < 0) {
    std::cerr << "baton: libsodium cannot be used here\n";
    return 1;
  }
  std::setlocale(LC_CTYPE, "C.UTF-8");  // what is typed at a prompt is, whatever the environment says
  signal(SIGPIPE, SIG_IGN);             // a reader that goes away is an error of the write, not the end of us
  try {
    const std::vector<std::string> words(argv + 1, argv + argc);
    const std::optional<int> trial = baton::try_out(words);
    return trial ? *trial : static_cast<int>(baton::run(words));
  } catch (const std::exception& exception) {
    std::cerr << "baton: bug: " << exception.what() << std::endl;
    return 70;  // EX_SOFTWARE
  }
}
