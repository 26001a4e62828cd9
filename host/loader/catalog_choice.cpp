// SPDX-License-Identifier: Apache-2.0
// Catalog: which file a name means, and what is said when there is none.
#include "host/base/suggest.hpp"
#include "host/loader/catalog.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace baton {
namespace {

namespace fs = std::filesystem;

Errc refused_code(const CatalogEntry& entry) {
  const RefusalReason reason = entry.refusal->reason;
  const bool has_failed_at_work = reason == RefusalReason::ended_host || reason == RefusalReason::crashed;
  return has_failed_at_work ? Errc::quarantined : Errc::plugin_refused;
}

/// What to do about one that has failed at work; empty for others.
std::string way_out(const CatalogEntry& entry) {
  const bool can_be_cleared = refused_code(entry) == Errc::quarantined && entry.refused_manifest;
  return can_be_cleared ? "; fix the plugin, or: baton quarantine clear " + entry.refused_manifest->name : "";
}

Error refused_error(const CatalogEntry& entry) {
  return {refused_code(entry),
          fmt::format("{}: {}{}", entry.path.string(), to_string(*entry.refusal), way_out(entry))};
}

std::string quoted_list(const std::vector<std::string>& names) {
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

OfferKind other_kind(OfferKind kind) {
  return kind == OfferKind::handler ? OfferKind::server : OfferKind::handler;
}

/// There is something of that name, but of the other kind: says so, and what that is for.
std::string wrong_kind_text(OfferKind wanted, std::string_view type_name) {
  return wanted == OfferKind::handler
             ? fmt::format("\"{0}\" is a server, not a handler: `start NAME {0}` starts one", type_name)
             : fmt::format("\"{0}\" is a handler, not a server: `add MANAGER {0}` installs one", type_name);
}

std::vector<std::string> offered_names(const Manifest& manifest, OfferKind kind) {
  std::vector<std::string> names;
  for (const Offer& offer : manifest.provides) {
    if (offer.kind == kind) {
      names.push_back(offer.name);
    }
  }
  return names;
}

/// Whether both are as new as each other but not the same thing.
bool is_rival(const PluginFile& left, const PluginFile& right) {
  return left.entry.sha256 != right.entry.sha256 &&
         compare_versions(left.entry.manifest->version, right.entry.manifest->version) == 0;
}

bool would_offer(const CatalogEntry& entry, OfferKind kind, std::string_view type_name) {
  return entry.refused_manifest && entry.refused_manifest->find(kind, type_name) != nullptr;
}

}  // namespace

Result<Catalog::Choice> Catalog::choose(OfferKind kind, std::string_view type_name) {
  rescan();
  auto choice = choose_known(kind, type_name);
  if (choice || choice.error().code != Errc::plugin_not_found) {
    return choice;
  }
  for (const LibraryRecord& library : libraries_.records()) {
    const CatalogEntry entry =
        library.state == LibraryState::loaded ? judge_plugin_file(library.file).entry : CatalogEntry();
    if (entry.sha256 == library.sha256 && entry.manifest &&
        entry.manifest->find(kind, type_name) != nullptr) {
      choice.error().text += fmt::format("; it runs from {}, {}", library.file.string(), not_in_directories);
      break;
    }
  }
  return choice;
}

Result<Catalog::Choice> Catalog::choose_known(OfferKind kind, std::string_view type_name) const {
  const Lock lock(mutex_);
  const PluginFile* best = nullptr;
  const PluginFile* rival = nullptr;
  for (const auto& [path, file] : files_) {
    if (!file.entry.manifest || file.entry.manifest->find(kind, type_name) == nullptr) {
      continue;
    }
    if (best == nullptr ||
        compare_versions(file.entry.manifest->version, best->entry.manifest->version) > 0) {
      best = &file;
      rival = nullptr;
    } else if (is_rival(file, *best)) {
      rival = &file;
    }
  }
  if (best == nullptr) {
    return fail(not_found(kind, type_name));
  }
  if (rival != nullptr) {
    return fail(Errc::plugin_refused,
                fmt::format("{} and {} both offer the {} {} in version {}; remove one, or raise its version",
                            best->entry.path.string(), rival->entry.path.string(), offer_kind_name(kind),
                            type_name, best->entry.manifest->version));
  }
  return Choice{*best, *best->entry.manifest->find(kind, type_name)};
}

Error Catalog::not_found(OfferKind kind, std::string_view type_name) const {
  std::vector<std::string> directories;
  std::vector<std::string> names;
  std::string refused;
  std::string way;
  bool is_quarantined = false;
  bool is_of_other_kind = false;
  for (const fs::path& directory : directories_) {
    directories.push_back(directory.string());
  }
  for (const auto& [path, file] : files_) {
    if (file.entry.manifest) {
      std::ranges::move(offered_names(*file.entry.manifest, kind), std::back_inserter(names));
      is_of_other_kind =
          is_of_other_kind || file.entry.manifest->find(other_kind(kind), type_name) != nullptr;
    } else {
      refused += fmt::format("; {} is refused ({})", path.string(), to_string(*file.entry.refusal));
      if (refused_code(file.entry) == Errc::quarantined && would_offer(file.entry, kind, type_name)) {
        is_quarantined = true;
        way = way_out(file.entry);
      }
    }
  }
  if (is_of_other_kind && !is_quarantined) {
    return {Errc::plugin_not_found, wrong_kind_text(kind, type_name)};
  }
  return {is_quarantined ? Errc::quarantined : Errc::plugin_not_found,
          fmt::format("no plugin offers the {} \"{}\"{}; searched: {}{}{}", offer_kind_name(kind), type_name,
                      did_you_mean(type_name, names), quoted_list(directories), refused, way)};
}

Result<Catalog::Choice> Catalog::choose_from_file(const fs::path& path, OfferKind kind,
                                                  std::string_view type_name) {
  PluginFile file = judge(path);
  if (file.entry.refusal) {
    return fail(refused_error(file.entry));
  }
  const std::vector<std::string> names = offered_names(*file.entry.manifest, kind);
  std::string wanted = type_name.empty() && names.size() == 1 ? names.front() : std::string(type_name);
  if (const auto& provides = file.entry.manifest->provides; wanted.empty() && provides.size() == 1) {
    wanted = provides.front().name;  // of the other kind
  }
  const Offer* const offer = file.entry.manifest->find(kind, wanted);
  if (offer == nullptr && file.entry.manifest->find(other_kind(kind), wanted) != nullptr) {
    return fail(Errc::plugin_not_found, fmt::format("{}: {}", path.string(), wrong_kind_text(kind, wanted)));
  }
  if (offer == nullptr) {
    return fail(Errc::plugin_not_found,
                fmt::format("{} offers no {} \"{}\"{}; its {}s: {}", path.string(), offer_kind_name(kind),
                            wanted, did_you_mean(wanted, names), offer_kind_name(kind), quoted_list(names)));
  }
  Offer found = *offer;
  return Choice{std::move(file), std::move(found)};
}

}  // namespace baton
