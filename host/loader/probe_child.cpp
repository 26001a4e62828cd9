// SPDX-License-Identifier: Apache-2.0
// What the process of a probe does first.
#include "host/loader/probe.hpp"

#include <csignal>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace baton {
namespace {

void limit(int resource, std::uint64_t value) {
  const rlimit limits{value, value};
  ::setrlimit(static_cast<__rlimit_resource>(resource), &limits);
}

}  // namespace

void tell(std::string line) {
  line += '\n';
  // Nobody to tell when this fails: who asked is gone.
  [[maybe_unused]] const ssize_t written = ::write(probe_report_descriptor, line.data(), line.size());
}

void accept_probe_limits(std::chrono::seconds processor, [[maybe_unused]] std::uint64_t memory_bytes) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigset_t one;  // that nobody needs: who unblocks what a host has blocked is found out by it
  sigemptyset(&one);
  sigaddset(&one, SIGRTMAX);
  pthread_sigmask(SIG_BLOCK, &one, nullptr);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_CPU, static_cast<std::uint64_t>(processor.count()));
  limit(RLIMIT_FSIZE, std::uint64_t{512} << 20U);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // their shadows need terabytes of it
  limit(RLIMIT_AS, memory_bytes);
#endif
}

}  // namespace baton
