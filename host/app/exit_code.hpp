// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"

#include <span>
#include <string_view>

namespace baton {

/// What `baton` tells its caller; a documented interface (README). The upper ones are sysexits.h's.
enum class ExitCode : int {
  done = 0,
  refused = 1,          // refused or failed: the text says what, and what it left
  changes = 2,          // of plan and diff: there is something to do
  taken_back = 3,       // it was done, or begun, and then undone: the host is as it was
  half_taken_back = 4,  // of apply: a step failed, and not all could be taken back
  usage = 64,     // words are missing, too many or not understood: whatever the host, it cannot be meant
  bad_data = 65,  // what was given where it belongs is no good: an option of a plugin, an id, a policy
  unreachable = 69,
  timed_out = 75,  // a change goes on only if the text says that it has begun
  not_permitted = 77,
  bad_config = 78,
};

[[nodiscard]] ExitCode exit_code_of(Errc code);

struct ExitCodeMeaning {
  ExitCode code;
  std::string_view meaning;
};

/// For people, all of them by number.
[[nodiscard]] std::span<const ExitCodeMeaning> exit_code_meanings();

}  // namespace baton
