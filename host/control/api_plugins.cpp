// SPDX-License-Identifier: Apache-2.0
// The Api's routes to plugin files and the quarantine.
#include "host/base/suggest.hpp"
#include "host/control/api_documents.hpp"
#include "host/control/files_elsewhere.hpp"
#include "host/control/plugin_documents.hpp"
#include "host/control/route_request.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

namespace baton {
namespace {

/// What does not run because of that content.
Json left_out_by(const QuarantineEntry& entry, const std::vector<CatalogEntry>& files,
                 const std::map<std::string, LeftOut>& left_out) {
  Json targets = Json::array();
  const auto file = std::ranges::find(files, entry.sha256, &CatalogEntry::sha256);
  if (file == files.end() || !file->refused_manifest) {
    return targets;
  }
  for (const auto& [target, what] : left_out) {
    const OfferKind kind = target.find('/') == std::string::npos ? OfferKind::server : OfferKind::handler;
    if (file->refused_manifest->find(kind, what.type) != nullptr) {
      targets.push_back(target);
    }
  }
  return targets;
}

Json entries_document(const RouteRequest& request, const char* name,
                      const std::vector<QuarantineEntry>& entries, const std::vector<CatalogEntry>& files) {
  const auto left_out = request.verbs.left_out();
  Json array = Json::array();
  for (const QuarantineEntry& entry : entries) {
    Json document = to_json(entry);
    document["left_out"] = left_out_by(entry, files, left_out);
    array.push_back(std::move(document));
  }
  return Json{{name, std::move(array)}};
}

bool is_meant(const CatalogEntry& file, std::string_view which) {
  const std::optional<Manifest>& manifest = file.manifest ? file.manifest : file.refused_manifest;
  return file.path == which || file.path.filename() == which || file.sha256.starts_with(which) ||
         (manifest && (manifest->name == which || manifest->find(OfferKind::handler, which) != nullptr ||
                       manifest->find(OfferKind::server, which) != nullptr));
}

std::vector<std::string> names_of(const std::vector<CatalogEntry>& files) {
  std::vector<std::string> names;
  for (const CatalogEntry& file : files) {
    names.push_back(file.path.filename().string());
    for (const Offer& offer : file.manifest ? file.manifest->provides : std::vector<Offer>()) {
      names.push_back(offer.name);
    }
  }
  return names;
}

Answer get_plugins(const RouteRequest& request) {
  const std::string which = request.target.get("which");
  const std::vector<CatalogEntry> all = request.verbs.plugins();
  const HostStatus status = request.verbs.status();
  std::vector<CatalogEntry> files = all;
  std::vector<CatalogEntry> elsewhere = files_elsewhere(all, status.libraries);
  for (std::vector<CatalogEntry>* const some : {&files, &elsewhere}) {
    std::erase_if(*some, [&](const CatalogEntry& file) { return !which.empty() && !is_meant(file, which); });
  }
  if (files.empty() && elsewhere.empty() && !which.empty()) {
    return fail(Errc::not_found, "no file of the plugin directories is or offers `" + which + "`" +
                                     did_you_mean(which, names_of(all)));
  }
  return plugins_document(files, elsewhere, status);
}

Answer get_quarantine(const RouteRequest& request) {
  const Quarantine& quarantine = request.verbs.quarantine();
  const std::string which = request.target.get("which");
  const auto selected =
      which.empty() ? Result<std::vector<QuarantineEntry>>(quarantine.list()) : quarantine.select(which);
  if (!selected) {
    return fail(selected.error());
  }
  return entries_document(request, "quarantined", *selected, request.verbs.plugins());
}

Answer post_clear(const RouteRequest& request) {
  const std::string which = request.target.get("which");
  const std::string all = request.target.get("all");
  if (which.empty() != (all == "true")) {
    return fail(Errc::bad_request, "the query needs either `which` or `all=true`");
  }
  const std::vector<CatalogEntry> files = request.verbs.plugins();  // while they are refused
  const auto cleared = request.verbs.clear_quarantine(request.caller, which);
  if (!cleared) {
    return fail(cleared.error());
  }
  return entries_document(request, "cleared", *cleared, files);
}

}  // namespace

std::vector<Route> plugin_routes() {
  return {{"GET", "v1/plugins", {"which"}, get_plugins},
          {"GET", "v1/quarantine", {"which"}, get_quarantine},
          {"POST", "v1/quarantine/clear", {"which", "all"}, post_clear}};
}

}  // namespace baton
