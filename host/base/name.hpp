// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace baton {

/// How long the name of a process, or the id of a handler, may be, in bytes.
inline constexpr std::size_t name_size_max = 64;

/// Whether a config can hold it, "manager/id" can be told apart, and a shell passes it on as it is: letters
/// A-Z and a-z, digits and `_`, `-`, `.`, `:`, at least one and at most `name_size_max`.
[[nodiscard]] bool is_name(std::string_view text);

/// What that asks for, for people: "use 1 to 64 letters …".
[[nodiscard]] std::string name_rule();

/// Errors: bad_request: "`a b` cannot be an id; use …", where `what` is "an id".
[[nodiscard]] Result<void> check_name(std::string_view text, std::string_view what);

}  // namespace baton
