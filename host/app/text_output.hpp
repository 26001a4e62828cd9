// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/invocation.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace baton {

/// The document that the host answered a verb with (host/control/api.hpp), as text for a person; without a
/// final newline, empty when there is nothing to say.
[[nodiscard]] std::string text_of(const Invocation& invocation, const std::string& document);

/// Rows in columns as wide as their widest cell, two blanks apart, no blanks at the end of a line.
[[nodiscard]] std::string table(const std::vector<std::vector<std::string>>& rows);

/// "3 d 4 h", "5 min 2 s", "1.2 s".
[[nodiscard]] std::string readable_time(std::uint64_t milliseconds);

}  // namespace baton
