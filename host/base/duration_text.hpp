// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/clock.hpp"

#include <string>

namespace baton {

/// As a config writes it, in the largest unit that leaves a whole number: "250ms", "5s", "1m", "2h".
[[nodiscard]] std::string duration_text(Duration duration);

}  // namespace baton
