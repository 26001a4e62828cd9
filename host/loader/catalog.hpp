// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/log.hpp"
#include "host/base/mutex.hpp"
#include "host/base/result.hpp"
#include "host/behaviour/handler.hpp"
#include "host/behaviour/server.hpp"
#include "host/loader/library_store.hpp"
#include "host/loader/manifest.hpp"
#include "host/loader/plugin_file.hpp"
#include "host/loader/quarantine.hpp"
#include "host/loader/refusal.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace baton {

/// What to say of a file that somebody named and that runs.
inline constexpr std::string_view not_in_directories =
    "in no plugin folder, which an apply goes by: copy it there to keep it";

/// Which plugin files there are, what they offer, and how to get it. Files are judged without running
/// them; a library is loaded when the first factory of it is asked for. What failed to load is quarantined
/// by its content: the same bytes are not tried again. A file that is being written is `changing` until it is
/// done, and nothing is said of it before. Owned by Host. Threads: any.
/// Log records: plugin_found, plugin_refused, plugin_gone, plugin_directory_unreadable; quarantined.
class Catalog {
 public:
  /// All outlive the catalog. Looks at nothing yet.
  Catalog(std::vector<std::filesystem::path> directories, Log& log, LibraryStore& libraries,
          Quarantine& quarantine);

  /// Looks at the directories again. Files whose stamp is unchanged are not read; names that start with a
  /// dot and subdirectories are passed over. Waits for the disk. Does not fail: a directory that cannot be
  /// read is logged and counts as empty.
  void rescan();

  /// Where failures are remembered.
  [[nodiscard]] Quarantine& quarantine() const { return quarantine_; }

  /// What the last rescan found, by path.
  [[nodiscard]] std::vector<CatalogEntry> files() const;

  /// What the newest plugin with such a type says of it. Rescans; loads nothing.
  /// Errors: as handler_factory.
  Result<Offer> offer(OfferKind kind, std::string_view type_name);

  /// Why there is no such type, when a file of the directories would offer it and is in quarantine; of
  /// several the newest version. Looks at nothing again.
  [[nodiscard]] std::optional<QuarantineEntry> quarantined(OfferKind kind, std::string_view type_name) const;

  /// A factory of that type from the newest plugin that offers it. Rescans, and loads the library when it
  /// is not loaded yet, which runs its constructors. The factory keeps the library loaded.
  /// Errors: plugin_not_found (the text has the directories, a suggestion, and what files were refused);
  /// quarantined (only files that have ended the host offer it);
  /// plugin_refused (two files offer the same version of it, or loading fails).
  Result<std::shared_ptr<const HandlerFactory>> handler_factory(std::string_view type_name);
  Result<std::shared_ptr<const ServerFactory>> server_factory(std::string_view type_name);

  /// It lies in one of the directories, so that it is found by its types, too.
  [[nodiscard]] bool has_directory_of(const std::filesystem::path& file) const;

  /// The same for a file outside the directories. An empty `type_name` means the only one it offers.
  /// Errors: plugin_not_found when the file offers no such type, quarantined, plugin_refused.
  Result<Offer> offer_in_file(const std::filesystem::path& path, OfferKind kind, std::string_view type_name);
  Result<std::shared_ptr<const HandlerFactory>> handler_factory_from_file(const std::filesystem::path& path,
                                                                          std::string_view type_name);
  Result<std::shared_ptr<const ServerFactory>> server_factory_from_file(const std::filesystem::path& path,
                                                                        std::string_view type_name);

 private:
  using Files = std::map<std::filesystem::path, PluginFile>;

  /// An offer and the file it is in.
  struct Choice {
    PluginFile file;
    Offer offer;
  };

  /// What a rescan has to say once the mutex is free.
  struct Changes {
    std::vector<CatalogEntry> found;
    std::vector<std::filesystem::path> gone;
  };

  [[nodiscard]] std::vector<SeenFile> list_directories();
  PluginFile judge(const std::filesystem::path& path);
  static bool has_news(PluginFile& file);
  Changes exchange_files(Files files);
  void refuse_quarantined(PluginFile& file) const;
  /// It was refused because it was in quarantine, and is there no more.
  [[nodiscard]] bool is_cleared(const PluginFile& file) const;
  void log_changes(const Changes& changes);
  void log_refused(const CatalogEntry& entry);

  Result<Choice> choose(OfferKind kind, std::string_view type_name);
  Result<Choice> choose_known(OfferKind kind, std::string_view type_name) const;
  Result<Choice> choose_from_file(const std::filesystem::path& path, OfferKind kind,
                                  std::string_view type_name);
  [[nodiscard]] Error not_found(OfferKind kind, std::string_view type_name) const BATON_REQUIRES(mutex_);
  Result<std::shared_ptr<const HandlerFactory>> handler_factory_of(const Result<Choice>& choice);
  Result<std::shared_ptr<const ServerFactory>> server_factory_of(const Result<Choice>& choice);
  Result<std::shared_ptr<const Library>> library_of(const PluginFile& file);
  Judged<std::shared_ptr<const Library>> load(const PluginFile& file);
  void refuse_content(const PluginFile& file, const Refusal& refusal);

  const std::vector<std::filesystem::path> directories_;
  Log& log_;
  LibraryStore& libraries_;
  Quarantine& quarantine_;
  Mutex rescan_mutex_;  // one rescan at a time, so that an older look never replaces a newer one
  mutable Mutex mutex_;
  Files files_ BATON_GUARDED_BY(mutex_);
};

}  // namespace baton
