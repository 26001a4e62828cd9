// SPDX-License-Identifier: Apache-2.0
#include "host/control/new_versions.hpp"

#include <algorithm>
#include <unistd.h>

namespace baton {
namespace {

constexpr Duration patience{60'000};

/// The file with the newest version of that type; null when there is none.
const CatalogEntry* newest_of(const std::vector<CatalogEntry>& files, OfferKind kind,
                              const std::string& type) {
  const CatalogEntry* newest = nullptr;
  for (const CatalogEntry& file : files) {
    const bool offers = file.manifest && file.manifest->find(kind, type) != nullptr;
    if (offers &&
        (newest == nullptr || compare_versions(file.manifest->version, newest->manifest->version) > 0)) {
      newest = &file;
    }
  }
  return newest;
}

/// It says nothing about the version: the same may go well a moment later.
bool is_of_the_moment(Errc code) {
  return code == Errc::refused || code == Errc::restarting || code == Errc::process_ended ||
         code == Errc::not_found || code == Errc::shutting_down;
}

bool is_to_be_swapped(const NewVersionRules& rules, const std::string& target, const CatalogEntry& newest) {
  if (const auto rule = rules.targets.find(target); rule != rules.targets.end()) {
    return rule->second == OnNew::swap;
  }
  return std::ranges::find(rules.swapping, newest.path.parent_path()) != rules.swapping.end();
}

}  // namespace

void NewVersions::look() {
  const std::vector<CatalogEntry> files = verbs_.plugins();
  std::vector<std::string> contents;
  contents.reserve(files.size());
  for (const CatalogEntry& file : files) {
    contents.push_back(file.manifest ? file.sha256 : std::string());
  }
  if (contents == seen_ && !is_incomplete_) {
    return;  // idle processes are not to be woken only to find that out
  }
  seen_ = std::move(contents);
  is_incomplete_ = false;
  const NewVersionRules rules = rules_();
  for (const Running& running : running_of(verbs_.status())) {
    const CatalogEntry* const newest = newest_of(files, running.kind, running.type);
    if (newest != nullptr && compare_versions(newest->manifest->version, running.version) > 0 &&
        !done_.contains({running.target, newest->sha256}) && !verbs_.runs_from_own_file(running.target)) {
      consider(running, *newest, rules);
    }
  }
}

std::vector<NewVersions::Running> NewVersions::running_of(const HostStatus& status) {
  std::vector<Running> all;
  for (const ManagerState& manager : status.managers) {
    is_incomplete_ = is_incomplete_ || manager.is_busy;
    for (const HandlerInfo& handler : manager.manager.handlers) {
      all.push_back({handler_target(manager.manager.name, handler.id), OfferKind::handler, handler.type,
                     handler.version});
    }
  }
  for (const ServerState& server : status.servers) {
    is_incomplete_ = is_incomplete_ || server.is_busy;
    if (!server.is_busy) {
      all.push_back({server.server.name, OfferKind::server, server.server.type, server.server.version});
    }
  }
  return all;
}

void NewVersions::consider(const Running& running, const CatalogEntry& newest, const NewVersionRules& rules) {
  done_.emplace(running.target, newest.sha256);
  if (is_to_be_swapped(rules, running.target, newest)) {
    swap_in(running, newest);
    return;
  }
  verbs_.log().info("newer_version", {{"target", running.target},
                                      {"type", running.type},
                                      {"running", running.version},
                                      {"newest", newest.manifest->version},
                                      {"file", newest.path.string()}});
}

void NewVersions::swap_in(const Running& running, const CatalogEntry& newest) {
  const std::string version = newest.manifest->version;
  const auto report =
      verbs_.swap({::getuid(), ::getpid()},
                  {running.target, {running.type, {}, {}, {}}, {}, SwapMode::safe, {}, {}}, patience);
  if (report) {
    verbs_.log().info("swapped_in", {{"target", running.target},
                                     {"old_version", report->old_version},
                                     {"new_version", report->new_version},
                                     {"file", newest.path.string()}});
    return;
  }
  if (is_of_the_moment(report.error().code)) {
    done_.erase({running.target, newest.sha256});
    is_incomplete_ = true;
  }
  verbs_.log().warning("swap_in_failed", {{"target", running.target},
                                          {"version", version},
                                          {"file", newest.path.string()},
                                          {"reason", report.error().text}});
}

}  // namespace baton
