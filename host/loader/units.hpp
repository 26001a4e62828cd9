// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tl/expected.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace baton {

/// Milliseconds of "250ms", "5s", "2m", "1h", "7d" or "0". A bare number has no unit, which is a mistake
/// waiting to be made, so it is refused. Else the text of the problem.
[[nodiscard]] tl::expected<std::int64_t, std::string> parse_duration_ms(std::string_view text);

/// Bytes of "4096", "10MB" (10,000,000), "64KiB" (65,536), up to TB and TiB. Else the text of the problem.
[[nodiscard]] tl::expected<std::int64_t, std::string> parse_size_bytes(std::string_view text);

}  // namespace baton
