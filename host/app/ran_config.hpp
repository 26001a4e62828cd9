// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/config/shape.hpp"
#include "host/control/deployment.hpp"
#include "host/runtime/runtime.hpp"

#include <set>
#include <string>

namespace baton {

/// What an apply finds: the last config, and what runs, which somebody may have changed since.
struct Found {
  const HostConfig& applied;
  const HostShape& applied_shape;
  const HostShape& running;
};

/// The targets that are wanted and do not run, but are expected back or missed: they have crashed, or were
/// left out since their plugin is in quarantine. Waits for the managers. Threads: any.
[[nodiscard]] std::set<std::string> missed_targets(Runtime& runtime, const Deployment& deployment);

/// A config that says what runs: the applied one, but for what was added, removed, swapped or given other
/// options by hand; `missed` stays in it. What it says of files is where they were found. Pure but for the
/// recipes that it asks for. Threads: any.
[[nodiscard]] HostConfig ran_config(const Found& found, const std::set<std::string>& missed,
                                    const Deployment& deployment);

}  // namespace baton
