// SPDX-License-Identifier: Apache-2.0
#include "host/control/files_elsewhere.hpp"

#include <algorithm>
#include <utility>

namespace baton {
namespace {

CatalogEntry entry_of(const LibraryRecord& library) {
  CatalogEntry entry = judge_plugin_file(library.file).entry;
  if (entry.sha256 == library.sha256) {
    return entry;
  }
  entry = {};
  entry.path = library.file;
  entry.sha256 = library.sha256;
  entry.manifest.emplace();
  entry.manifest->name = library.plugin;
  entry.manifest->version = library.version;
  return entry;
}

}  // namespace

std::vector<CatalogEntry> files_elsewhere(const std::vector<CatalogEntry>& known,
                                          const std::vector<LibraryRecord>& libraries) {
  std::vector<CatalogEntry> files;
  const auto has = [](const std::vector<CatalogEntry>& entries, const LibraryRecord& library) {
    return std::ranges::find(entries, library.sha256, &CatalogEntry::sha256) != entries.end();
  };
  for (const LibraryRecord& library : libraries) {
    if (library.state == LibraryState::loaded && !has(known, library) && !has(files, library)) {
      files.push_back(entry_of(library));
    }
  }
  return files;
}

}  // namespace baton
