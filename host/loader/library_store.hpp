// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/log.hpp"
#include "host/base/mutex.hpp"
#include "host/base/result.hpp"
#include "host/loader/library.hpp"
#include "host/loader/trial.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace baton {

class Suspects;

enum class LibraryState : std::uint8_t { loaded, unloaded, pinned };

[[nodiscard]] std::string_view library_state_name(LibraryState state);

/// How long the parts of a load took.
struct LoadTimes {
  std::chrono::microseconds copy{};
  std::chrono::microseconds trial{};  // 0: there was none
  std::chrono::microseconds load{};
};

/// One load of one library, for people to look at.
struct LibraryRecord {
  std::filesystem::path file;
  std::string sha256;
  std::string plugin;
  std::string version;
  std::uint64_t serial = 0;  // counts loads, from 1
  LibraryState state = LibraryState::loaded;
  std::string reason;  // of `pinned`
  LoadTimes times = {};
};

/// Loads libraries from private copies and remembers what became of them. Owned by Host; outlives
/// every library it has loaded (asserted). Log records: library_loaded, library_unloaded, library_pinned.
/// Threads: any.
class LibraryStore final : private UnloadObserver {
 public:
  /// Of the libraries that are gone, the last so many are remembered.
  static constexpr std::size_t gone_records_max = 256;

  /// Private copies lie below `runtime_directory` (created when missing, 0700). `log` outlives the store.
  /// With a `trial`, each content passes it before it is loaded here. Errors: io_failed.
  static Result<std::unique_ptr<LibraryStore>> open(const std::filesystem::path& runtime_directory, Log& log,
                                                    std::optional<Trial> trial = {});

  LibraryStore(const LibraryStore&) = delete;
  LibraryStore& operator=(const LibraryStore&) = delete;
  ~LibraryStore() override;

  /// From now on each library is watched from before its loading on. `suspects` outlives the store's
  /// libraries. To be called before anything is loaded.
  void watch_with(Suspects& suspects) { suspects_ = &suspects; }

  /// The loaded library of that content; nothing when there is none.
  [[nodiscard]] std::shared_ptr<const Library> find(std::string_view sha256);

  /// Loads `bytes`, which must be what identity.sha256 and identity.manifest were taken from, or shares
  /// the library of the same content when it is loaded already. Runs the plugin's constructors and waits
  /// as long as they take; a second load of the same content waits for the first.
  /// Refusals: unreadable (the private copy cannot be written), failed_trial, not_loadable, bad_table.
  Judged<std::shared_ptr<const Library>> load(PluginIdentity identity, std::span<const std::byte> bytes);

  /// Only the trial of what load() would load, for a store that has one. Nothing: it has passed.
  [[nodiscard]] std::optional<Refusal> try_out(const PluginIdentity& identity,
                                               std::span<const std::byte> bytes);

  /// Those loaded and pinned, and the last ones gone; oldest first. A pinned library that has gone since
  /// (its threads have ended) is found out here.
  [[nodiscard]] std::vector<LibraryRecord> records();

  /// That of one load; nothing when there was none, or it is no longer remembered.
  [[nodiscard]] std::optional<LibraryRecord> record(std::uint64_t serial);

 private:
  struct Entry {
    LibraryRecord record;
    std::filesystem::path copy;
    std::weak_ptr<const Library> library;
  };

  LibraryStore(PrivateFolder folder, std::filesystem::path runtime_directory, Log& log,
               std::optional<Trial> trial);

  void library_released(std::uint64_t serial, const std::optional<std::string>& pinned) override;
  Judged<std::shared_ptr<const Library>> load_copy(PluginIdentity identity, std::span<const std::byte> bytes,
                                                   std::uint64_t serial, LoadTimes& times);
  /// The library of that content, waiting for whoever is loading it; or nothing, and then the caller loads
  /// it under `serial` and must call end_load.
  std::shared_ptr<const Library> begin_load(const std::string& sha256, std::uint64_t& serial);
  void end_load(const std::string& sha256, const std::shared_ptr<const Library>& library, LoadTimes times);
  void forget_oldest_gone() BATON_REQUIRES(mutex_);
  std::shared_ptr<const Library> find_locked(std::string_view sha256) BATON_REQUIRES(mutex_);

  const PrivateFolder folder_;
  const std::filesystem::path runtime_directory_;
  const std::optional<Trial> trial_;
  Log& log_;
  Suspects* suspects_ = nullptr;
  Mutex mutex_;
  Condition load_ended_;
  std::set<std::string, std::less<>> loading_ BATON_GUARDED_BY(mutex_);  // by sha256
  std::uint64_t last_serial_ BATON_GUARDED_BY(mutex_) = 0;
  std::map<std::uint64_t, Entry> entries_ BATON_GUARDED_BY(mutex_);  // by serial
};

}  // namespace baton
