// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/command_line.hpp"
#include "host/base/result.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace baton {

/// A page of section 1 as man(7) source.
struct ManPage {
  std::string name;  // "baton-notify"
  std::string text;
};

/// baton(1), and a page for every verb: what `--help` says, from the same tree, and what is the same for all.
[[nodiscard]] std::vector<ManPage> man_pages();

/// Text as it has to stand in a man page: what roff would understand otherwise is escaped, and `this` is
/// bold.
[[nodiscard]] std::string roff_text(std::string_view text);

/// Writes each page as FOLDER/NAME.1; makes the folder. Errors: io_failed.
[[nodiscard]] Result<void> write_man_pages(const std::filesystem::path& folder);

}  // namespace baton
