// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace baton {

/// Splits a line into words as a shell would: blanks separate, '…' keeps everything, "…" keeps everything
/// but understands \" and \\, and \ outside quotes keeps the next character. No variables, no globs.
/// Errors: bad_request, naming the quote that is not closed.
[[nodiscard]] Result<std::vector<std::string>> split_words(std::string_view line);

}  // namespace baton
