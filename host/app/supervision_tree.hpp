// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/supervisor.hpp"
#include "host/config/host_config.hpp"
#include "host/control/deployment.hpp"

#include <vector>

namespace baton {

/// The children of the root supervisor, each with all below it: those that no supervisor of `config` names,
/// in this order: servers, managers, supervisors, each in the order of the file. `config` must be valid;
/// `runtime` and `deployment` outlive the children.
[[nodiscard]] std::vector<ChildSpec> root_children(const HostConfig& config, Runtime& runtime,
                                                   Deployment& deployment);

}  // namespace baton
