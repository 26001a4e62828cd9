// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/crash_policy.hpp"
#include "host/config/key_table.hpp"

#include <array>
#include <string>
#include <vector>

/// The keys of a handler that say what becomes of it when it crashes.
namespace baton {

void read_on_crash(ValueReader& values, const YamlNode& node, CrashPolicy& policy);
void read_crash_max_restarts(ValueReader& values, const YamlNode& node, CrashPolicy& policy);
void read_crash_within(ValueReader& values, const YamlNode& node, CrashPolicy& policy);
void read_crash_backoff(ValueReader& values, const YamlNode& node, CrashPolicy& policy);
void read_save_every(ValueReader& values, const YamlNode& node, CrashPolicy& policy);

inline constexpr std::array crash_policy_keys = {
    Key<CrashPolicy>{"on_crash", read_on_crash}, Key<CrashPolicy>{"max_restarts", read_crash_max_restarts},
    Key<CrashPolicy>{"within", read_crash_within}, Key<CrashPolicy>{"backoff", read_crash_backoff},
    Key<CrashPolicy>{"save_every", read_save_every}};

/// Warns of those keys of the map `handler` that have no effect with such a policy.
void check_crash_policy_keys(ValueReader& values, const YamlNode& handler, const CrashPolicy& policy);

/// Adds their full names.
void append_crash_policy_keys(std::vector<std::string>& names, const std::string& prefix);

}  // namespace baton
