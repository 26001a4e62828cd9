// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/loader/library_store.hpp"
#include "host/loader/plugin_file.hpp"

#include <vector>

namespace baton {

/// The files of which code is loaded and that are not among `known`, those of the plugin directories:
/// somebody named them. One that has changed or is gone since is told by its name and version alone, without
/// offers. Reads the files. Threads: any.
[[nodiscard]] std::vector<CatalogEntry> files_elsewhere(const std::vector<CatalogEntry>& known,
                                                        const std::vector<LibraryRecord>& libraries);

}  // namespace baton
