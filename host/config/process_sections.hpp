// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/config/host_config.hpp"
#include "host/config/value_reader.hpp"
#include "host/config/yaml_tree.hpp"

#include <optional>
#include <string>
#include <vector>

namespace baton {

/// Reads `managers:` and `servers:`, in the order of the file. What is wrong is in `values` afterwards.
void read_managers(ValueReader& values, const YamlNode& node, std::vector<ManagerConfig>& managers);
void read_servers(ValueReader& values, const YamlNode& node, std::vector<ServerConfig>& servers);

/// `announce` or `swap`.
void read_on_new(ValueReader& values, const YamlNode& node, std::optional<OnNew>& on_new);

/// Adds the full names of their keys.
void append_process_keys(std::vector<std::string>& names);

}  // namespace baton
