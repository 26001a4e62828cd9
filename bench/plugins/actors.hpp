// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

/// What CallingServer is asked and answers.
namespace bench {

struct CallOrder {
  std::uint64_t calls;
  std::uint64_t timeout_ms;
};

/// In nanoseconds.
struct CallFigures {
  double mean, p50, p90, p99, p999, max;
};

}  // namespace bench
