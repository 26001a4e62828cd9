// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/config/host_config.hpp"
#include "host/config/value_reader.hpp"
#include "host/config/yaml_tree.hpp"

#include <string>
#include <vector>

namespace baton {

/// Reads the whole tree of a config file into `config`, whose defaults stay where the file is silent.
/// What is wrong is in `values` afterwards.
void read_host_config(ValueReader& values, const YamlNode& root, HostConfig& config);

/// Every key that read_host_config() knows, in full: "host.name", "managers.NAME.handlers.id", …, where
/// NAME is any name. docs/config.md is tested against it.
[[nodiscard]] std::vector<std::string> config_keys();

}  // namespace baton
