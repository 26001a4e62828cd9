// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"
#include "host/behaviour/instance.hpp"
#include "host/behaviour/options.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Options that are changed while an instance goes on: abi.h's change_options. OTP has no such thing.
namespace baton {

/// What a handler or server says to new options.
struct OptionsOutcome {
  enum class Verdict : std::uint8_t {
    ok,       // it has taken them over
    refused,  // it has not, and is as it was
    failed    // a crash
  };
  Verdict verdict = Verdict::ok;
  std::string reason = {};     // with `refused` and `failed`
  Then then = {};              // with `ok`
  bool is_bad_return = false;  // with `failed`: it returned what its contract does not allow
};

/// What a change came to that was done.
struct OptionsReport {
  std::uint64_t instance = 0;  // which goes on
  Options old_options = {};
  std::uint64_t at_message = 0;       // the last event or cast that met the old ones
  std::chrono::microseconds pause{};  // how long messages waited for it
};

/// The names of those that differ, also those that only one of the two has.
[[nodiscard]] std::vector<std::string> changed_options(const Options& from, const Options& to);

/// Gives those of `mine` that `others` has, too, the values that they have there.
void take_over_options(Options& mine, const Options& others);

/// Whether an instance of that type can change from the one to the other while it goes on. Errors:
/// not_supported, with the first option that differs and is not hot.
[[nodiscard]] Result<void> check_hot_change(const TypeInfo& type, const Options& from, const Options& to);

/// The error of a change that was refused, for whoever wanted it.
[[nodiscard]] Error options_refused(std::string_view reason);

}  // namespace baton
