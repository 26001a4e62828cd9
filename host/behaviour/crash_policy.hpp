// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"
#include "host/behaviour/supervisor_options.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What becomes of a handler that crashes. OTP knows only the first of these.
namespace baton {

enum class OnCrash : std::uint8_t {
  remove,              // it is gone until somebody adds it again
  restart,             // a new instance takes its place, from its options
  restart_with_state,  // the same, from the last state that was saved while it was healthy
  quarantine           // it is gone, and the content of its plugin is not loaded again
};

/// The policy of one handler; of the place rather than of the code: a swap keeps it.
struct CrashPolicy {
  OnCrash on_crash = OnCrash::remove;
  // Of both kinds of restart:
  std::uint32_t max_restarts = 3;  // within `within`; one more, and the handler is given up
  Duration within{60'000};
  Backoff backoff{};  // what ran for as long as its max begins at `initial` again
  // Of restart_with_state: its state is saved before a callback, when the last time is so long ago.
  Duration save_every{1000};

  [[nodiscard]] bool is_restart() const {
    return on_crash == OnCrash::restart || on_crash == OnCrash::restart_with_state;
  }

  bool operator==(const CrashPolicy&) const = default;
};

/// "remove", "restart", "restart_with_state", "quarantine".
[[nodiscard]] std::string_view on_crash_name(OnCrash on_crash);

/// Nothing when there is no such name.
[[nodiscard]] std::optional<OnCrash> on_crash_from_name(std::string_view name);

[[nodiscard]] std::vector<std::string> on_crash_names();

/// Errors: bad_options.
Result<void> check_crash_policy(const CrashPolicy& policy);

}  // namespace baton
