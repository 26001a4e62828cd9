// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/clock.hpp"

#include <chrono>

namespace baton {

/// The time from `begin` until now, as reports tell it.
[[nodiscard]] inline std::chrono::microseconds since(SteadyTime begin, const Clock& clock) {
  return std::chrono::duration_cast<std::chrono::microseconds>(clock.steady_now() - begin);
}

}  // namespace baton
