// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cerrno>
#include <cstdio>
#include <poll.h>
#include <string_view>
#include <unistd.h>

namespace baton::inline v1 {

/// Writes `text` to the standard output whole: what other handlers print comes before or behind it, never
/// in between, and nothing stays in a buffer. Make one text of a batch, and this is one write(2).
///
/// False when the output is gone (a closed pipe, a full disk); errno says why, some of it may be written.
/// Waits while a pipe is full. Threads: any.
inline bool print(std::string_view text) noexcept {  // NOLINT(modernize-use-nodiscard): often of no interest
  ::flockfile(stdout);
  std::fflush(stdout);
  int error = 0;
  while (!text.empty() && error == 0) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      pollfd writable{.fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0};
      ::poll(&writable, 1, -1);
    } else if (errno != EINTR) {
      error = errno;
    }
  }
  ::funlockfile(stdout);
  errno = error;
  return error == 0;
}

}  // namespace baton::inline v1
