// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/log.hpp"
#include "host/base/result.hpp"
#include "host/config/shape.hpp"
#include "host/control/deployment.hpp"
#include "host/loader/catalog.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <utility>

namespace baton {

/// The plugin files that generations of a host ran, by type and version: copies, so that the way back also
/// leads over a file that was replaced in its place or removed. Owned by Generations; the copies go with it.
/// Threads: one at a time. Log records: plugin_not_kept.
class KeptPlugins {
 public:
  /// `folder` is made when it is needed; what lies in it is removed. `catalog` and `log` outlive it.
  KeptPlugins(std::filesystem::path folder, Catalog& catalog, Log& log);
  ~KeptPlugins();
  KeptPlugins(const KeptPlugins&) = delete;
  KeptPlugins& operator=(const KeptPlugins&) = delete;

  /// Keeps what every handler and server of `shape` is made of, as far as the plugin directories have it.
  void keep(const HostShape& shape);

  /// And the files outside of them that what runs was made of by hand.
  void keep(const HostShape& running, const Deployment& deployment);

  /// Where that version of the type is: in a plugin directory, or kept. Errors: plugin_not_found.
  [[nodiscard]] Result<std::filesystem::path> find(OfferKind kind, const std::string& type,
                                                   const std::string& version) const;

 private:
  void keep(OfferKind kind, const InstanceShape& made_of, const std::filesystem::path& by_hand = {});
  [[nodiscard]] std::filesystem::path in_directories(OfferKind kind, const std::string& type,
                                                     const std::string& version, std::string& sha256) const;

  const std::filesystem::path folder_;
  Catalog& catalog_;
  Log& log_;
  std::map<std::pair<std::string, std::string>, std::filesystem::path> kept_;  // of type and version
};

}  // namespace baton
