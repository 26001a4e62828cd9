// SPDX-License-Identifier: Apache-2.0
#include "host/config/crash_policy_section.hpp"

#include "host/config/source_text.hpp"
#include "host/config/supervision_sections.hpp"

#include <fmt/format.h>

#include <chrono>

namespace baton {
namespace {

using namespace std::chrono_literals;

constexpr Range<Duration> save_every_range{0ms, 24h};

/// The policy that a key needs; nothing when it has an effect with any.
std::string_view needed_for(std::string_view key, const CrashPolicy& policy) {
  if (key == "save_every" && policy.on_crash != OnCrash::restart_with_state) {
    return "restart_with_state";
  }
  const bool is_of_restarts = key == "max_restarts" || key == "within" || key == "backoff";
  return is_of_restarts && !policy.is_restart() ? "restart` or `restart_with_state" : std::string_view();
}

}  // namespace

void read_on_crash(ValueReader& values, const YamlNode& node, CrashPolicy& policy) {
  static constexpr std::array kinds = {Choice<OnCrash>{"remove", OnCrash::remove},
                                       Choice<OnCrash>{"restart", OnCrash::restart},
                                       Choice<OnCrash>{"restart_with_state", OnCrash::restart_with_state},
                                       Choice<OnCrash>{"quarantine", OnCrash::quarantine}};
  values.choice<OnCrash>(node, kinds, policy.on_crash);
}

void read_crash_max_restarts(ValueReader& values, const YamlNode& node, CrashPolicy& policy) {
  values.whole_number(node, max_restarts_range, "restarts", policy.max_restarts);
}

void read_crash_within(ValueReader& values, const YamlNode& node, CrashPolicy& policy) {
  values.duration(node, within_range, policy.within);
}

void read_crash_backoff(ValueReader& values, const YamlNode& node, CrashPolicy& policy) {
  policy.backoff = read_backoff(values, node).value_or(policy.backoff);
}

void read_save_every(ValueReader& values, const YamlNode& node, CrashPolicy& policy) {
  values.duration(node, save_every_range, policy.save_every);
}

void check_crash_policy_keys(ValueReader& values, const YamlNode& handler, const CrashPolicy& policy) {
  for (const YamlNode& entry : handler.entries) {
    const std::string_view needed = needed_for(entry.key, policy);
    if (!needed.empty()) {
      values.warning(entry.key_place,
                     fmt::format("{} has no effect with `on_crash: {}`", in_backticks(entry.key),
                                 on_crash_name(policy.on_crash)),
                     fmt::format("it is for `{}`", needed));
    }
  }
}

void append_crash_policy_keys(std::vector<std::string>& names, const std::string& prefix) {
  append_names(crash_policy_keys, names, prefix);
  append_backoff_keys(names, prefix + "backoff.");
}

}  // namespace baton
