// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Running what must not be trusted in a process of its own: the program that asks, and the one that does it.
namespace baton {

struct ProbeLimits {
  std::chrono::milliseconds time{3000};
  std::size_t report_bytes = 4096;  // what it tells beyond that is dropped
  bool hears_errors = true;         // else its standard error is ours
};

/// What became of a probe.
struct ProbeEnd {
  int start_error = 0;               // an error number: there was no process; 0: there was one
  std::string report;                // what it has told, up to the limit of bytes
  std::string errors;                // the beginning of what it printed to its standard error
  int status = 0;                    // as waitpid has it
  bool is_cut = false;               // it has told more than that
  bool is_late = false;              // it had not ended when its time was over, and was ended
  bool leaves_process = false;       // it has ended, and somebody still holds its report open
  std::chrono::milliseconds time{};  // the limit

  /// It ended by itself, with that exit status.
  [[nodiscard]] bool has_ended_with(int exit_status) const;

  /// "ended by signal 11 (Segmentation fault)", "ended the process with status 0", "not done after 3000 ms".
  [[nodiscard]] std::string text() const;

  /// The signal that ended it; 0: none, or it was ours.
  [[nodiscard]] int signal() const;

  /// "; it said: <the telling line of its standard error>", or nothing.
  [[nodiscard]] std::string last_words() const;
};

/// Starts `command` in a process group of its own, with an empty standard input and a standard output that is
/// dropped, and listens to it until it has ended or its time is over, whatever goes on being said; then what
/// is left of the group is ended. Threads: any.
[[nodiscard]] ProbeEnd run_probe(std::vector<std::string> command, const ProbeLimits& limits);

[[nodiscard]] std::string last_line(std::string_view text);

/// The line in which a sanitizer says what is wrong, above the stack that it shows; else the last one.
[[nodiscard]] std::string telling_line(std::string_view text);

// ---- In that process ----

/// The descriptor on which it tells what it is about to do.
inline constexpr int probe_report_descriptor = 3;

/// Tells a line.
void tell(std::string line);

/// From now on nobody is harmed for long by a library that eats processor, memory or disk, or outlives who
/// has asked. A limit that is lower already stays.
void accept_probe_limits(std::chrono::seconds processor, std::uint64_t memory_bytes);

}  // namespace baton
