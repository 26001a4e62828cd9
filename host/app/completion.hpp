// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/control/client.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace baton {

/// What may stand at the place of the last of `words`: verbs first, then options, then names that live in
/// the host of `client` (none when it does not answer). Sorted; only those that begin with that word.
[[nodiscard]] std::vector<std::string> completions(const std::vector<std::string>& words, bool is_console,
                                                   Client& client);

/// The script that makes a shell ask `baton __complete`; empty for an unknown shell.
[[nodiscard]] std::string_view completion_script(std::string_view shell);

}  // namespace baton
