// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/clock.hpp"

#include <cstdint>

namespace baton {

/// Always the same time: what an instance makes of it must not differ from one instance to the other. For the
/// process of a conformance check.
class StillClock final : public Clock {
 public:
  [[nodiscard]] SteadyTime steady_now() const override { return {}; }

  [[nodiscard]] std::int64_t utc_now_us() const override { return 1'767'225'600'000'000; }
};

}  // namespace baton
