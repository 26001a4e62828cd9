// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/swap_types.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// How a watch is written, in a config file and in a request: a few keys with a text each.
namespace baton {

/// "window", "max_errors", …, in the order of the docs.
[[nodiscard]] std::vector<std::string> watch_keys();

/// Sets what a key says. What is wrong with the value, or nothing. The key must be one of watch_keys().
[[nodiscard]] std::optional<std::string> set_watch_key(WatchPolicy& policy, std::string_view key,
                                                       std::string_view text);

/// What is wrong with the policy as a whole, or nothing.
[[nodiscard]] std::optional<std::string> problem_of(const WatchPolicy& policy);

/// How many events a canary may be given at most.
inline constexpr std::size_t canary_events_max = 10'000;

}  // namespace baton
