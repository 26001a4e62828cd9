// SPDX-License-Identifier: Apache-2.0
// Process: giving back memory while nothing comes.
#include "host/runtime/process.hpp"
#include "host/runtime/timers.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace baton {

void Process::rest() {
  const bool has_worked = std::exchange(work_done_, 0) > 0;
  if (wants_hibernation_) {
    wants_hibernation_ = false;
    mailbox_.release(inbox_);
    is_hibernating_.store(true, std::memory_order_relaxed);
    return;
  }
  if (options_.hibernate_after > Duration::zero() && !is_hibernating()) {
    if (has_worked) {
      idle_since_ = runtime_.clock.steady_now();
    }
    watch_idleness();
  }
}

/// One timer at most, whatever comes and goes meanwhile: when it fires it looks how long nothing came.
void Process::watch_idleness() {
  if (is_idleness_watched_.exchange(true)) {
    return;
  }
  const auto idle_for = runtime_.clock.steady_now() - idle_since_;
  const auto left = std::chrono::ceil<Duration>(options_.hibernate_after - idle_for);
  (void)runtime_.timers.start(std::max(left, Duration(1)), [weak = weak_from_this()] {
    if (const auto self = weak.lock()) {
      self->is_idleness_watched_ = false;
      if (!self->is_hibernating()) {
        self->post([process = self.get()] { process->check_idleness(); });
      }
    }
  });
}

void Process::check_idleness() {
  --work_done_;
  if (work_done_ == 0 && runtime_.clock.steady_now() - idle_since_ >= options_.hibernate_after) {
    hibernate();
  }
}

}  // namespace baton
