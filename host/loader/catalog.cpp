// SPDX-License-Identifier: Apache-2.0
#include "host/loader/catalog.hpp"

#include "host/base/suggest.hpp"
#include "host/loader/plugin_handler.hpp"
#include "host/loader/plugin_server.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace baton {
namespace {

namespace fs = std::filesystem;

std::string describe(const Refusal& refusal) {
  return fmt::format("{}: {}", refusal_sentence(refusal.reason), refusal.text);
}

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
          fmt::format("{}: {}{}", entry.path.string(), describe(*entry.refusal), way_out(entry))};
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

/// A failure of this machine says nothing about the bytes.
bool is_about_content(const Refusal& refusal) {
  return refusal.reason != RefusalReason::unreadable && refusal.reason != RefusalReason::changing &&
         refusal.reason != RefusalReason::not_a_file && refusal.reason != RefusalReason::too_large;
}

bool would_offer(const CatalogEntry& entry, OfferKind kind, std::string_view type_name) {
  return entry.refused_manifest && entry.refused_manifest->find(kind, type_name) != nullptr;
}

/// One that is complete and yet about to become another, or not complete yet.
void refuse_while_written(PluginFile& file) {
  const bool is_written =
      file.writer == Writer::present ||
      (file.writer == Writer::unknown && file.entry.refusal && is_about_content(*file.entry.refusal));
  if (is_written) {
    file.refuse({RefusalReason::changing, "it is being written; it is looked at again when that is done"});
    file.stamp = {};
  }
}

}  // namespace

Catalog::Catalog(std::vector<fs::path> directories, Log& log, LibraryStore& libraries, Quarantine& quarantine)
    : directories_(std::move(directories)), log_(log), libraries_(libraries), quarantine_(quarantine) {}

void Catalog::rescan() {
  Changes changes;
  {
    const Lock one_at_a_time(rescan_mutex_);
    Files previous;
    {
      const Lock lock(mutex_);
      previous = files_;
    }
    Files files;
    for (const SeenFile& seen : list_directories()) {
      const auto known = previous.find(seen.path);
      const bool unchanged = known != previous.end() && seen.stamp != FileStamp{} &&
                             known->second.stamp == seen.stamp && !is_cleared(known->second);
      files[seen.path] = unchanged ? std::move(known->second) : judge(seen.path);
    }
    changes = exchange_files(std::move(files));
  }
  log_changes(changes);
}

std::vector<SeenFile> Catalog::list_directories() {
  std::vector<SeenFile> all;
  for (const fs::path& directory : directories_) {
    Result<std::vector<SeenFile>> files = list_plugin_files(directory);
    if (files) {
      std::ranges::move(*files, std::back_inserter(all));
    } else {
      log_.warning("plugin_directory_unreadable",
                   {{"directory", directory.string()}, {"error", files.error().text}});
    }
  }
  return all;
}

PluginFile Catalog::judge(const fs::path& path) {
  PluginFile file = judge_plugin_file(path);
  refuse_while_written(file);
  refuse_quarantined(file);
  return file;
}

void Catalog::refuse_quarantined(PluginFile& file) const {
  if (const auto failed = quarantine_.find(file.entry.sha256)) {
    if (file.entry.manifest) {
      file.entry.refused_manifest = std::move(file.entry.manifest);
    }
    file.refuse(failed->refusal);
    file.is_quarantined = true;
  }
}

bool Catalog::is_cleared(const PluginFile& file) const {
  return file.is_quarantined && !quarantine_.find(file.entry.sha256);
}

Catalog::Changes Catalog::exchange_files(Files files) {
  Changes changes;
  const Lock lock(mutex_);
  for (auto& [path, file] : files) {
    // Loading may have failed since `files` was made.
    refuse_quarantined(file);
    const auto known = files_.find(path);
    file.reported = known == files_.end() ? std::string() : known->second.reported;
    if (has_news(file)) {
      changes.found.push_back(file.entry);
    }
  }
  for (const auto& [path, file] : files_) {
    if (!files.contains(path) && !file.reported.empty()) {
      changes.gone.push_back(path);
    }
  }
  files_ = std::move(files);
  return changes;
}

bool Catalog::has_news(PluginFile& file) {
  const std::optional<Refusal>& refusal = file.entry.refusal;
  if (refusal && refusal->reason == RefusalReason::changing) {
    return false;  // it will be something else soon
  }
  std::string report =
      fmt::format("{} {}", file.entry.sha256, refusal ? refusal_name(refusal->reason) : "accepted");
  const bool is_news = report != file.reported;
  file.reported = std::move(report);
  return is_news;
}

void Catalog::log_changes(const Changes& changes) {
  for (const CatalogEntry& entry : changes.found) {
    if (entry.refusal) {
      log_refused(entry);
    } else {
      log_.info("plugin_found", {{"file", entry.path.string()},
                                 {"plugin", entry.manifest->name},
                                 {"version", entry.manifest->version},
                                 {"sha256", entry.sha256}});
    }
  }
  for (const fs::path& path : changes.gone) {
    log_.info("plugin_gone", {{"file", path.string()}});
  }
}

void Catalog::log_refused(const CatalogEntry& entry) {
  log_.warning("plugin_refused", {{"file", entry.path.string()},
                                  {"reason", refusal_name(entry.refusal->reason)},
                                  {"text", entry.refusal->text},
                                  {"sha256", entry.sha256}});
}

std::vector<CatalogEntry> Catalog::files() const {
  const Lock lock(mutex_);
  std::vector<CatalogEntry> entries;
  for (const auto& [path, file] : files_) {
    entries.push_back(file.entry);
  }
  return entries;
}

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
      refused += fmt::format("; {} is refused ({})", path.string(), describe(*file.entry.refusal));
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

Result<std::shared_ptr<const Library>> Catalog::library_of(const PluginFile& file) {
  if (auto loaded = libraries_.find(file.entry.sha256)) {
    return loaded;
  }
  Judged<std::shared_ptr<const Library>> library = load(file);
  if (!library) {
    refuse_content(file, library.error());
    return fail(Errc::plugin_refused,
                fmt::format("{}: {}", file.entry.path.string(), describe(library.error())));
  }
  return std::move(*library);
}

Judged<std::shared_ptr<const Library>> Catalog::load(const PluginFile& file) {
  // Read again rather than kept in memory: the hash says whether these are the bytes that were judged.
  const Judged<FileContent> content = read_plugin_file(file.entry.path);
  if (!content) {
    return tl::make_unexpected(content.error());
  }
  if (sha256_hex(content->bytes) != file.entry.sha256) {
    return refuse(RefusalReason::changing, "it has changed since it was judged; try again");
  }
  return libraries_.load(file.identity(), content->bytes);
}

void Catalog::refuse_content(const PluginFile& file, const Refusal& refusal) {
  if (!is_about_content(refusal)) {
    return;
  }
  quarantine_.add({file.entry.sha256, file.entry.path, file.entry.manifest->name,
                   file.entry.manifest->version, refusal, 0});
  const Lock lock(mutex_);
  for (auto& [path, known] : files_) {
    if (known.entry.sha256 == file.entry.sha256) {
      refuse_quarantined(known);
      (void)has_news(known);  // told already: `quarantined`
    }
  }
}

Result<Offer> Catalog::offer(OfferKind kind, std::string_view type_name) {
  Result<Choice> choice = choose(kind, type_name);
  if (!choice) {
    return fail(std::move(choice.error()));
  }
  return std::move(choice->offer);
}

bool Catalog::has_directory_of(const fs::path& file) const {
  std::error_code ignored;
  return std::ranges::any_of(directories_, [&](const fs::path& directory) {
    return fs::equivalent(directory, file.parent_path(), ignored);
  });
}

Result<Offer> Catalog::offer_in_file(const fs::path& path, OfferKind kind, std::string_view type_name) {
  Result<Choice> choice = choose_from_file(path, kind, type_name);
  if (!choice) {
    return fail(std::move(choice.error()));
  }
  return std::move(choice->offer);
}

Result<std::shared_ptr<const HandlerFactory>> Catalog::handler_factory(std::string_view type_name) {
  return handler_factory_of(choose(OfferKind::handler, type_name));
}

Result<std::shared_ptr<const ServerFactory>> Catalog::server_factory(std::string_view type_name) {
  return server_factory_of(choose(OfferKind::server, type_name));
}

Result<std::shared_ptr<const HandlerFactory>> Catalog::handler_factory_from_file(const fs::path& path,
                                                                                 std::string_view type_name) {
  return handler_factory_of(choose_from_file(path, OfferKind::handler, type_name));
}

Result<std::shared_ptr<const ServerFactory>> Catalog::server_factory_from_file(const fs::path& path,
                                                                               std::string_view type_name) {
  return server_factory_of(choose_from_file(path, OfferKind::server, type_name));
}

Result<std::shared_ptr<const HandlerFactory>> Catalog::handler_factory_of(const Result<Choice>& choice) {
  if (!choice) {
    return fail(choice.error());
  }
  auto library = library_of(choice->file);
  if (!library) {
    return fail(std::move(library.error()));
  }
  return make_handler_factory(std::move(*library), choice->offer.name);
}

Result<std::shared_ptr<const ServerFactory>> Catalog::server_factory_of(const Result<Choice>& choice) {
  if (!choice) {
    return fail(choice.error());
  }
  auto library = library_of(choice->file);
  if (!library) {
    return fail(std::move(library.error()));
  }
  return make_server_factory(std::move(*library), choice->offer.name);
}

}  // namespace baton
