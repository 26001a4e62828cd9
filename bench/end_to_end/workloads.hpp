// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench/common/measure.hpp"

#include <string>

/// E1 to E4 of docs/performance.md, as a client outside of the host has them. The runner's end_to_end.py
/// starts the host. Peers: `baton` talks to a host; `wire` to the LeastServer.
namespace bench {

struct EndToEndRun : Run {
  std::string socket;  // of the host
  std::string baton;   // the program, for E4p

  [[nodiscard]] bool is_wire() const { return peer == "wire"; }
};

/// What E1 puts into its pipe: `count` lines to standard output.
void write_numbered_lines(std::uint64_t first, std::uint64_t count);

void run_pipe(const EndToEndRun& run);         // E1, of `wire`: standard input to a socket
void run_own_notify(const EndToEndRun& run);   // E2/LINES: so many lines in each request
void run_http_notify(const EndToEndRun& run);  // E3/LINES: the same with Beast
void run_own_call(const EndToEndRun& run);     // E4
void run_whole_call(const EndToEndRun& run);   // E4p: the process of a call, from its start to its end

}  // namespace bench
