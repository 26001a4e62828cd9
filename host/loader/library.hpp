// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/loader/manifest.hpp"
#include "host/loader/private_copy.hpp"
#include "host/loader/refusal.hpp"

#include <baton/abi.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace baton {

class Suspect;

/// What is known of a plugin file before it is loaded.
struct PluginIdentity {
  std::filesystem::path file;  // where it was found; never mapped
  std::string sha256;
  Manifest manifest;
  bool has_thread_local_destructors = false;
};

/// Told once per library, when its last user has let go. Threads: the one that let go.
class UnloadObserver {
 public:
  virtual ~UnloadObserver() = default;
  /// `pinned` says why the library is still mapped; nothing when it has been proven gone.
  virtual void library_released(std::uint64_t serial, const std::optional<std::string>& pinned) = 0;
};

/// A loaded plugin. Shared by every factory and every instance that runs its code, and by nobody else:
/// when the last of them lets go, it is unloaded, on that thread, which runs its destructors.
/// Threads: any.
class Library {
 public:
  /// Maps the copy with all its symbols resolved, which runs its constructors, and checks its table
  /// against the manifest. `observer` outlives the library. Refusals: not_loadable, no_entry, bad_table;
  /// then nothing stays loaded unless it cannot go, and the observer is not told.
  /// `suspect` is told of what runs; null: it is not watched.
  static Judged<std::shared_ptr<const Library>> load(PluginIdentity identity, PrivateCopy copy,
                                                     std::uint64_t serial, UnloadObserver& observer,
                                                     const std::shared_ptr<Suspect>& suspect = nullptr);

  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  ~Library();

  [[nodiscard]] const PluginIdentity& identity() const { return identity_; }

  [[nodiscard]] std::uint64_t serial() const { return serial_; }

  /// The file that is mapped.
  [[nodiscard]] const std::filesystem::path& copy() const { return copy_.path(); }

  /// Null when it is not watched. Valid as long as the library.
  [[nodiscard]] Suspect* suspect() const { return suspect_.get(); }

  /// The tables of that name; nothing when the manifest has none. Valid as long as the library.
  [[nodiscard]] const baton_handler* handler(std::string_view name) const;
  [[nodiscard]] const baton_server* server(std::string_view name) const;

 private:
  struct Mapping;  // keeps Boost.DLL out of this header

  /// Whether it has gone. If not, the name of the copy is kept: the C library would take the next file of
  /// that name for this one.
  static bool close(std::unique_ptr<Mapping>& mapping, PrivateCopy& copy);

  Library(PluginIdentity identity, PrivateCopy copy, std::uint64_t serial, UnloadObserver& observer,
          std::unique_ptr<Mapping> mapping, const baton_plugin& table, std::shared_ptr<Suspect> suspect);

  PluginIdentity identity_;
  PrivateCopy copy_;
  std::uint64_t serial_;
  UnloadObserver& observer_;
  std::unique_ptr<Mapping> mapping_;
  baton_plugin table_;  // the plugin's, up to the size both sides know; the rest is zero
  std::shared_ptr<Suspect> suspect_;
};

}  // namespace baton
