// SPDX-License-Identifier: Apache-2.0
// E1: the lines, and what it takes to bring them from a pipe through a socket without a host.
#include "bench/common/lines.hpp"
#include "bench/end_to_end/requests.hpp"
#include "bench/end_to_end/wire.hpp"
#include "bench/end_to_end/workloads.hpp"

#include <algorithm>
#include <unistd.h>

namespace bench {

void write_numbered_lines(std::uint64_t first, std::uint64_t count) {
  NumberedLine next(first);
  std::string lines;
  for (std::uint64_t written = 0; written < count;) {
    const std::uint64_t some = std::min<std::uint64_t>(1024, count - written);
    write_lines(next, some, lines);
    require(std::fwrite(lines.data(), 1, lines.size(), stdout) == lines.size(), "the lines can be written");
    written += some;
  }
  require(std::fflush(stdout) == 0, "the lines can be written");
}

void run_pipe(const EndToEndRun& run) {
  const LeastServer least;
  Wire wire(least.descriptor());
  std::string request;
  std::string piece(64U << 10U, '\0');
  for (ssize_t got = 0; (got = read(STDIN_FILENO, piece.data(), piece.size())) > 0;) {
    write_post(notify_target, lines_content_type, {piece.data(), static_cast<std::size_t>(got)}, request);
    require(wire.send(request) && !wire.receive().body.empty(), "the bytes are taken");
  }
  write_post(count_target, text_content_type, {}, request);
  require(wire.send(request) && wire.receive().body == reply_body(std::to_string(run.n)),
          "all lines arrived");
}

}  // namespace bench
