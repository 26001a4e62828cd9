// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"
#include "host/config/diagnostic.hpp"
#include "host/config/host_config.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace baton {

/// A config that was looked through, with everything that is wrong with it as text for a person.
struct CheckedConfig {
  HostConfig config;
  std::string report;  // errors and warnings, each with its place; empty when there are none
  std::size_t errors = 0;
  std::vector<Diagnostic> diagnostics;  // what `report` tells
};

/// The file a person means: `file`, or when it is empty the first of ./baton.yaml, ./config/baton.yaml and
/// /etc/baton/baton.yaml that exists. Errors: bad_config, naming what was looked for.
[[nodiscard]] Result<std::filesystem::path> find_config(const std::filesystem::path& file);

/// Reads `file` and holds it against the plugins of its directories, running none of them. Errors:
/// bad_config when the file cannot be read, io_failed.
[[nodiscard]] Result<CheckedConfig> check_config(const std::filesystem::path& file);

/// An array of what is wrong: {"file", "severity", "line", "column", "text", "help"}; line 0: of the whole
/// file.
[[nodiscard]] std::string check_document(const std::filesystem::path& file,
                                         const std::vector<Diagnostic>& diagnostics);

}  // namespace baton
