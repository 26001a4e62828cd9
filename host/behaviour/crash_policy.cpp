// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/crash_policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace baton {
namespace {

constexpr std::array<std::pair<OnCrash, std::string_view>, 4> names = {
    {{OnCrash::remove, "remove"},
     {OnCrash::restart, "restart"},
     {OnCrash::restart_with_state, "restart_with_state"},
     {OnCrash::quarantine, "quarantine"}}};

}  // namespace

std::string_view on_crash_name(OnCrash on_crash) {
  const auto found = std::find_if(names.begin(), names.end(),
                                  [on_crash](const auto& name) { return name.first == on_crash; });
  return found == names.end() ? std::string_view() : found->second;
}

std::optional<OnCrash> on_crash_from_name(std::string_view name) {
  const auto found =
      std::find_if(names.begin(), names.end(), [name](const auto& known) { return known.second == name; });
  return found == names.end() ? std::nullopt : std::optional(found->first);
}

std::vector<std::string> on_crash_names() {
  std::vector<std::string> all;
  std::transform(names.begin(), names.end(), std::back_inserter(all),
                 [](const auto& name) { return std::string(name.second); });
  return all;
}

Result<void> check_crash_policy(const CrashPolicy& policy) {
  if (policy.within <= Duration(0)) {
    return fail(Errc::bad_options,
                fmt::format("invalid_period: {} ms; expected more than 0 ms", policy.within.count()));
  }
  if (policy.save_every < Duration(0)) {
    return fail(Errc::bad_options,
                fmt::format("invalid_save_every: {} ms; expected 0 ms or more", policy.save_every.count()));
  }
  return check_backoff(policy.backoff);
}

}  // namespace baton
