// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace baton {

/// At most so many bytes, not cut within a UTF-8 character.
[[nodiscard]] std::string_view beginning_of(std::string_view text, std::size_t size_max);

}  // namespace baton
