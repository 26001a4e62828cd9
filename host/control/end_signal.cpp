// SPDX-License-Identifier: Apache-2.0
#include "host/control/end_signal.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace baton {

EndSignal::~EndSignal() {
  if (event_ >= 0) {
    close(event_);
  }
}

Result<void> EndSignal::open() {
  event_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (event_ < 0) {
    return fail(Errc::io_failed, std::string("cannot make an eventfd: ") + std::strerror(errno));
  }
  return {};
}

void EndSignal::raise() {
  if (event_ >= 0) {
    (void)eventfd_write(event_, 1);  // cannot fail: the counter is far from full
  }
}

EndSignal::Outcome EndSignal::wait(int descriptor, short events, std::chrono::milliseconds limit) const {
  std::array<pollfd, 2> waits = {{{event_, POLLIN, 0}, {descriptor, events, 0}}};
  int count = 0;
  do {
    count = poll(waits.data(), waits.size(), static_cast<int>(limit.count()));
  } while (count < 0 && errno == EINTR);
  if (count <= 0) {
    return Outcome::timed_out;
  }
  return waits[0].revents != 0 ? Outcome::ended : Outcome::ready;
}

}  // namespace baton
