// SPDX-License-Identifier: Apache-2.0
// Process: giving back memory while nothing comes; its options.
#include "host/base/assert.hpp"
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
  if (hibernate_after_.load(std::memory_order_relaxed) > Duration::zero() && !is_hibernating()) {
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
  const auto left = std::chrono::ceil<Duration>(hibernate_after_.load() - idle_for);
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
  const Duration limit = hibernate_after_;  // zero when that was changed meanwhile: never
  if (work_done_ == 0 && limit > Duration::zero() && runtime_.clock.steady_now() - idle_since_ >= limit) {
    hibernate();
  }
}

ProcessOptions Process::options() const {
  return {mailbox_.limits(), block_timeout_, batch_max_, own_thread_, hibernate_after_};
}

void Process::set_options(const ProcessOptions& options) {
  BATON_ASSERT(options.batch_max > 0);
  mailbox_.set_limits(options.mailbox);
  batch_max_ = options.batch_max;
  block_timeout_ = options.block_timeout;
  hibernate_after_ = options.hibernate_after;
}

}  // namespace baton
