// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/config/diagnostic.hpp"
#include "host/config/host_config.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace baton {

/// What came of reading a config file.
struct ReadConfig {
  HostConfig config;                    // when not is_valid(): what could be read of it
  std::vector<Diagnostic> diagnostics;  // errors and warnings, by place
  std::string source;                   // the text that the places are in
  bool knows_plugins = false;           // which plugin directories are meant: no mistake hides it

  [[nodiscard]] bool is_valid() const { return !has_errors(diagnostics); }
};

/// Reads a config file. Every mistake in it is reported, not just the first; only what makes it unreadable
/// as a whole (its characters, its YAML) hides the rest, and of more than 100 the first are kept. A file that
/// cannot be opened is an error without a place. Looks at the disk (whether plugin directories are there),
/// never at plugins: check_against_plugins() does that. docs/config.md has the keys. Does not fail otherwise.
/// Threads: any.
[[nodiscard]] ReadConfig read_config(const std::filesystem::path& path);

/// The same for a text. `path` is the file that it is taken for: relative paths in it are relative to the
/// folder of `path`, symbolic links not followed.
[[nodiscard]] ReadConfig parse_config(std::string_view text, const std::filesystem::path& path);

}  // namespace baton
