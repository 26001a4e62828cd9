// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/control/client.hpp"

#include <span>
#include <string>
#include <vector>

/// What may follow some words beside names: values of options, and options of plugins.
namespace baton {

/// The values of that option, "--output"; none when anything may follow it.
[[nodiscard]] std::vector<std::string> option_values(const std::string& option);

/// "max_messages=" and its like, of what a verb makes: `positional` are the words behind the verb that are no
/// options. Asks the host; none when no type is named there, or nobody answers.
[[nodiscard]] std::vector<std::string> setting_keys(const std::string& verb,
                                                    std::span<const std::string> positional, Client& client);

/// Which kinds of types a verb makes, "handler" or "server", when it has these words before the type; empty:
/// all.
[[nodiscard]] std::string kind_wanted(const std::string& verb, std::span<const std::string> positional);

}  // namespace baton
