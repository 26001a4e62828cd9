// SPDX-License-Identifier: Apache-2.0
#include "host/loader/catalog.hpp"

#include "host/loader/plugin_handler.hpp"
#include "host/loader/plugin_server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace baton {
namespace {

namespace fs = std::filesystem;

/// A failure of this machine says nothing about the bytes.
bool is_about_content(const Refusal& refusal) {
  return refusal.reason != RefusalReason::unreadable && refusal.reason != RefusalReason::changing &&
         refusal.reason != RefusalReason::not_a_file && refusal.reason != RefusalReason::too_large;
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

Result<std::shared_ptr<const Library>> Catalog::library_of(const PluginFile& file) {
  if (auto loaded = libraries_.find(file.entry.sha256)) {
    return loaded;
  }
  Judged<std::shared_ptr<const Library>> library = load(file);
  if (!library) {
    refuse_content(file, library.error());
    return fail(Errc::plugin_refused,
                fmt::format("{}: {}", file.entry.path.string(), to_string(library.error())));
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
