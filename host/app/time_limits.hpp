// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace baton {

/// What --timeout means for that verb, with what it is when it is not given; see host/control/api.hpp.
[[nodiscard]] inline std::string time_limit_help(std::string_view verb) {
  using Verbs = std::array<std::string_view, 6>;
  constexpr Verbs messages = {"call", "sync-notify", "which", "sys", "record", "crash"};
  constexpr Verbs changes = {"add", "remove", "start", "stop"};
  constexpr Verbs swaps = {"swap", "upgrade"};
  constexpr Verbs configs = {"plan", "apply", "diff", "reload", "rollback", "config"};
  const auto is_one_of = [verb](const Verbs& verbs) {
    return !verb.empty() && std::find(verbs.begin(), verbs.end(), verb) != verbs.end();
  };
  if (is_one_of(messages)) {
    return "wait at most so long, e.g. 500ms (5s)";
  }
  if (is_one_of(changes)) {
    return "wait at most so long, e.g. 2s (30s until it is begun, then 10m); what has not begun by then does "
           "not happen any more";
  }
  if (is_one_of(swaps)) {
    return "wait at most so long for the cut, e.g. 2s (30s until it is begun, then 10m); what has not begun "
           "by then does not happen any more; the time of a watch does not count";
  }
  if (is_one_of(configs)) {
    return "wait at most so long until each step is begun, e.g. 10s (30s); one that has been begun has 10m";
  }
  return "wait at most so long, e.g. 500ms or 5s";
}

}  // namespace baton
