// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/supervisor.hpp"
#include "host/config/host_config.hpp"
#include "host/control/deployment.hpp"

#include <optional>
#include <string>
#include <vector>

namespace baton {

/// The children of the root supervisor, each with all below it: those that no supervisor of `config` names,
/// in this order: servers, managers, supervisors, each in the order of the file. `config` must be valid;
/// `runtime` and `deployment` outlive the children.
[[nodiscard]] std::vector<ChildSpec> root_children(const HostConfig& config, Runtime& runtime,
                                                   Deployment& deployment);

/// What the supervisor of the process `name` of `config` is to know of it, with all below it. Nothing when no
/// process is called that. As root_children() otherwise.
[[nodiscard]] std::optional<ChildSpec> child_spec(const HostConfig& config, const std::string& name,
                                                  Runtime& runtime, Deployment& deployment);

/// The children of a supervisor of `config`, the root too, in the order of starting.
[[nodiscard]] std::vector<ChildSpec> children_of(const HostConfig& config, const std::string& supervisor,
                                                 Runtime& runtime, Deployment& deployment);

/// What a handler, manager or server of `config` is made from.
[[nodiscard]] HandlerOrder order_of(const HandlerConfig& handler, const HostConfig& config);
[[nodiscard]] ManagerOrder order_of(const ManagerConfig& manager, const HostConfig& config);
[[nodiscard]] ServerOrder order_of(const ServerConfig& server, const HostConfig& config);

}  // namespace baton
