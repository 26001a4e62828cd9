// SPDX-License-Identifier: Apache-2.0
#include "host/base/duration_text.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <utility>

namespace baton {

std::string duration_text(Duration duration) {
  static constexpr std::array<std::pair<Duration::rep, std::string_view>, 3> units = {
      {{3'600'000, "h"}, {60'000, "m"}, {1'000, "s"}}};
  for (const auto& [length, unit] : units) {
    if (duration.count() >= length && duration.count() % length == 0) {
      return fmt::format("{}{}", duration.count() / length, unit);
    }
  }
  return fmt::format("{}ms", duration.count());
}

}  // namespace baton
