// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/config/shape.hpp"

#include <string>
#include <vector>

/// What differs between two values of a shape, as words for people: "capacity 10 -> 20". For plan.cpp.
namespace baton {

using Changes = std::vector<std::string>;

[[nodiscard]] Changes changes_of(const Options& from, const Options& to);
[[nodiscard]] Changes changes_of(const HandlerRules& from, const HandlerRules& to);
/// Of what a running process can take over, and of what it cannot.
[[nodiscard]] Changes changes_of(const ProcessOptions& from, const ProcessOptions& to);
[[nodiscard]] Changes changes_of(const EventManagerOptions& from, const EventManagerOptions& to);
[[nodiscard]] Changes fixed_changes_of(const ProcessOptions& from, const ProcessOptions& to);
[[nodiscard]] Changes fixed_changes_of(const EventManagerOptions& from, const EventManagerOptions& to);
[[nodiscard]] Changes changes_of(const SupervisorOptions& from, const SupervisorOptions& to);
/// `name` goes in front: "queue.restart permanent -> transient".
[[nodiscard]] Changes changes_of(const std::string& name, const ChildConfig& from, const ChildConfig& to);
/// Of what only the start of a host reads.
[[nodiscard]] Changes changes_of(const HostSettings& from, const HostSettings& to);
[[nodiscard]] Changes changes_of(const PluginSettings& from, const PluginSettings& to);

/// With commas.
[[nodiscard]] std::string joined(const Changes& changes);

}  // namespace baton
