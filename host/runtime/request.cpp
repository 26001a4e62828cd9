// SPDX-License-Identifier: Apache-2.0
#include "host/runtime/request.hpp"

namespace baton {
namespace {

// Longer than any host runs: added to the time, an even longer one would not be a time any more.
constexpr Duration longest = std::chrono::hours(24 * 365 * 100);

}  // namespace

Result<void> check_timeout(Duration timeout) {
  if (timeout < Duration::zero()) {
    return fail(Errc::bad_request, std::to_string(timeout.count()) + " ms is no timeout; it is 0 ms or more");
  }
  return {};
}

std::optional<SteadyTime> Deadline::on(const Clock& clock) const {
  if (time_) {
    return time_;
  }
  if (timeout_ > longest) {
    return std::nullopt;
  }
  return clock.steady_now() + timeout_;
}

}  // namespace baton
