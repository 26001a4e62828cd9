// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"
#include "host/loader/file_content.hpp"
#include "host/loader/library.hpp"
#include "host/loader/manifest.hpp"
#include "host/loader/refusal.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace baton {

/// What is known of a plugin file without running it. Exactly one of `manifest` and `refusal` is there.
struct CatalogEntry {
  std::filesystem::path path;
  std::int64_t size = 0;
  std::string sha256;  // empty when the file could not be read
  std::optional<Manifest> manifest;
  std::optional<Refusal> refusal;
  std::optional<Manifest> refused_manifest = {};  // of a readable file in quarantine: what it would offer
};

/// An entry, and how to tell whether it still holds.
struct PluginFile {
  CatalogEntry entry;
  FileStamp stamp;               // all zero when the next look must read the file again
  Writer writer = Writer::none;  // when it was read
  bool has_thread_local_destructors = false;
  bool is_quarantined = false;  // it is refused because its content has failed before
  std::string reported;         // what the log last said of that file; for Catalog

  /// The file is refused; what it says about itself does not count any more.
  void refuse(Refusal refusal);

  /// Of a file that is not refused.
  [[nodiscard]] PluginIdentity identity() const;
};

/// A file of a directory and its stamp at that moment; all zero when it cannot be looked at.
struct SeenFile {
  std::filesystem::path path;
  FileStamp stamp;
};

/// The files in a directory, without subdirectories and names that start with a dot (files that are being
/// written). Errors: io_failed.
[[nodiscard]] Result<std::vector<SeenFile>> list_plugin_files(const std::filesystem::path& directory);

/// Reads and judges a file. Runs none of it.
[[nodiscard]] PluginFile judge_plugin_file(const std::filesystem::path& path);

}  // namespace baton
