// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/invocation.hpp"

#include <optional>
#include <string>

namespace baton {

/// Reads the values of --output and --timeout, as typed, into `invocation`; empty: not given. Returns what is
/// wrong with them, for a person; nothing when it is all right.
[[nodiscard]] std::optional<std::string> read_global_options(const std::string& format,
                                                             const std::string& timeout,
                                                             Invocation& invocation);

}  // namespace baton
