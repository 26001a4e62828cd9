// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/clock.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace baton {

enum class OutputFormat : std::uint8_t { text, json, elixir };

/// A command as a person typed it, on the command line or at the console: which verb, and every argument
/// that any verb has. Nothing is checked against a host yet.
struct Invocation {
  std::string verb;  // "call"

  // Of every verb.
  std::filesystem::path socket;     // as it was typed; empty: not given (host_socket.hpp)
  std::string host_name;            // as above; never both
  std::optional<Duration> timeout;  // absent: the verb's own default
  OutputFormat format = OutputFormat::text;
  bool is_quiet = false;

  // Positional, by meaning.
  std::string target;                 // MANAGER, MANAGER/ID, SERVER, NAME
  std::string type;                   // of a request, an event, a handler or server; or FILE.so
  std::optional<std::string> data;    // DATA; "-" with notify: standard input
  std::vector<std::string> settings;  // key=value
  std::filesystem::path file;         // of run, check, plan, diff and apply; of record get: to write
  std::vector<std::filesystem::path> transcripts;
  std::string shell;               // of completion
  std::vector<std::string> words;  // of __complete
  std::size_t repetitions = 0;     // of repeat, whose command is `words`
  std::string action;              // of sys: suspend, log, …; of crash: list, show, clear; of new: the kind
  std::string turn;                // of sys log, trace and stats: on, off or get; of record: also status
  std::size_t count = 0;  // of sys log and record: how many events; 0: not given. Of rollback: the generation

  // Of bench.
  std::string rate = "max";
  std::string duration = "10s";
  std::size_t producers = 4;
  std::size_t size = 0;  // of an event's data; 0: what the numbers take
  bool verifies = false;

  // Flags, by name.
  std::string id;
  std::string extra;
  std::string argument;
  std::string bytes;     // of record on: a size
  std::string on_crash;  // of add: a policy, "restart,max_restarts=5"
  std::string content_type = "text/plain";
  std::filesystem::path plugin_directory;
  bool is_destructive = false;
  bool waits = false;       // of reload
  bool is_dry_run = false;  // of rollback
  bool is_drift = false;    // of diff: --runtime
  std::optional<std::size_t>
      canary;  // of swap and upgrade, as those below: as they were typed, empty: not given
  std::string watch;
  std::string max_errors;
  std::string max_error_rate;
  std::string p99_factor;
  std::string back;
  std::string redo;
  bool prints_acks = false;
  std::string replay;        // of try: a file of events, "-", or a manager; of plugin check: a file
  std::string event_type;    // of the lines of that file
  std::string handler_type;  // of try, as server_type; both empty: the only one that the file offers
  std::string server_type;
  std::filesystem::path state_from;    // of try: where a state is read; empty: none
  std::filesystem::path state_to;      // of try: where its state is written; empty: nowhere
  std::string language = "cpp";        // of new
  std::vector<std::string> calls;      // of try and plugin check: given_call.hpp
  bool is_all = false;                 // of quarantine clear
  std::filesystem::path state_folder;  // of quarantine: where a host that does not run keeps it
  std::optional<bool> console;         // of run; absent: when there is a terminal
};

}  // namespace baton
