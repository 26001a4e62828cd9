// SPDX-License-Identifier: Apache-2.0
#include "host/app/kept_plugins.hpp"

#include <fmt/format.h>

#include <system_error>
#include <utility>

namespace baton {

namespace fs = std::filesystem;

KeptPlugins::KeptPlugins(fs::path folder, Catalog& catalog, Log& log)
    : folder_(std::move(folder)), catalog_(catalog), log_(log) {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);  // of a host that was killed
}

KeptPlugins::~KeptPlugins() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void KeptPlugins::keep(const HostShape& shape) {
  for (const ManagerShape& manager : shape.managers) {
    for (const HandlerShape& handler : manager.handlers) {
      keep(OfferKind::handler, handler.made_of);
    }
  }
  for (const ServerShape& server : shape.servers) {
    keep(OfferKind::server, server.made_of);
  }
}

void KeptPlugins::keep(const HostShape& running, const Deployment& deployment) {
  const auto file_of = [&deployment](const std::string& target) {
    const auto recipe = deployment.recipe_of(target);
    return recipe ? recipe->file : fs::path();
  };
  for (const ManagerShape& manager : running.managers) {
    for (const HandlerShape& handler : manager.handlers) {
      keep(OfferKind::handler, handler.made_of, file_of(handler_target(manager.process.name, handler.id)));
    }
  }
  for (const ServerShape& server : running.servers) {
    keep(OfferKind::server, server.made_of, file_of(server.process.name));
  }
}

void KeptPlugins::keep(OfferKind kind, const InstanceShape& made_of, const fs::path& by_hand) {
  const auto key = std::pair(made_of.type, made_of.version);
  if (kept_.contains(key)) {
    return;
  }
  std::string sha256;
  fs::path file = in_directories(kind, made_of.type, made_of.version, sha256);
  if (file.empty() && !by_hand.empty()) {
    const PluginFile judged = judge_plugin_file(by_hand);
    const auto& manifest = judged.entry.manifest;
    if (manifest && manifest->version == made_of.version && manifest->find(kind, made_of.type) != nullptr) {
      file = by_hand;
      sha256 = judged.entry.sha256;
    }
  }
  if (file.empty()) {
    return;  // linked in, or loaded from elsewhere by hand
  }
  const fs::path copy = folder_ / (sha256 + ".so");
  std::error_code error;
  fs::create_directories(folder_, error);
  fs::permissions(folder_, fs::perms::owner_all, error);
  fs::copy_file(file, copy, fs::copy_options::overwrite_existing, error);
  if (error) {
    log_.warning("plugin_not_kept", {{"file", file.string()}, {"reason", error.message()}});
    return;
  }
  kept_.emplace(key, copy);
}

Result<fs::path> KeptPlugins::find(OfferKind kind, const std::string& type,
                                   const std::string& version) const {
  std::string ignored;
  if (fs::path file = in_directories(kind, type, version, ignored); !file.empty()) {
    return file;
  }
  const auto kept = kept_.find(std::pair(type, version));
  if (kept == kept_.end()) {
    return fail(Errc::plugin_not_found,
                fmt::format("{} {} is in no plugin directory any more, and was not kept", type, version));
  }
  return kept->second;
}

fs::path KeptPlugins::in_directories(OfferKind kind, const std::string& type, const std::string& version,
                                     std::string& sha256) const {
  for (const CatalogEntry& entry : catalog_.files()) {
    if (entry.manifest && entry.manifest->version == version && entry.manifest->find(kind, type) != nullptr) {
      sha256 = entry.sha256;
      return entry.path;
    }
  }
  return {};
}

}  // namespace baton
