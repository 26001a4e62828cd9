// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/config/host_config.hpp"
#include "host/config/key_table.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace baton {

/// Reads `supervision:`, the options of the root supervisor.
void read_supervision(ValueReader& values, const YamlNode& node, SupervisorOptions& options);

/// Reads `supervisors:`, in the order of the file.
void read_supervisors(ValueReader& values, const YamlNode& node, std::vector<SupervisorConfig>& supervisors);

/// Checks what only the whole file shows: one set of names, and that children make a tree.
void check_supervision(ValueReader& values, const HostConfig& config);

/// Reads a `backoff:`. Nothing when its parts do not go together; then that has been said.
[[nodiscard]] std::optional<Backoff> read_backoff(ValueReader& values, const YamlNode& node);
void append_backoff_keys(std::vector<std::string>& names, std::string_view prefix);

/// Of whatever is restarted.
inline constexpr Range<std::uint32_t> max_restarts_range{0, 1'000'000};
inline constexpr Range<Duration> within_range{Duration(1), std::chrono::hours(24)};

/// Adds the full names of their keys.
void append_supervision_keys(std::vector<std::string>& names);

void read_child_restart(ValueReader& values, const YamlNode& node, ChildConfig& child);
void read_child_shutdown(ValueReader& values, const YamlNode& node, ChildConfig& child);
void read_child_significant(ValueReader& values, const YamlNode& node, ChildConfig& child);

/// What managers, servers and supervisors have in common.
inline constexpr std::array child_keys = {Key<ChildConfig>{"restart", read_child_restart},
                                          Key<ChildConfig>{"shutdown", read_child_shutdown},
                                          Key<ChildConfig>{"significant", read_child_significant}};

}  // namespace baton
