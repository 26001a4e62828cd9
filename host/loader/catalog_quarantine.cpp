// SPDX-License-Identifier: Apache-2.0
// Catalog: what is missing because it is in quarantine.
#include "host/loader/catalog.hpp"
#include "host/loader/units.hpp"

#include <string>
#include <utility>
#include <vector>

namespace baton {

std::optional<QuarantineEntry> Catalog::quarantined(OfferKind kind, std::string_view type_name) const {
  std::vector<std::filesystem::path> paths;
  {
    const Lock lock(mutex_);
    for (const auto& [path, file] : files_) {
      if (file.is_quarantined) {
        paths.push_back(path);
      }
    }
  }
  std::optional<QuarantineEntry> newest;
  for (const std::filesystem::path& path : paths) {
    // What a refused file offers is not kept.
    const PluginFile file = judge_plugin_file(path);
    if (!file.entry.manifest || file.entry.manifest->find(kind, type_name) == nullptr) {
      continue;
    }
    auto entry = quarantine_.find(file.entry.sha256);
    if (entry && (!newest || compare_versions(entry->version, newest->version) > 0)) {
      newest = std::move(entry);
    }
  }
  return newest;
}

}  // namespace baton
