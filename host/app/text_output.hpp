// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/invocation.hpp"

#include <string>

namespace baton {

/// The document that the host answered a verb with (host/control/api.hpp), as text for a person; without a
/// final newline, empty when there is nothing to say.
[[nodiscard]] std::string text_of(const Invocation& invocation, const std::string& document);

}  // namespace baton
