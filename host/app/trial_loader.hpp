// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/log.hpp"
#include "host/base/result.hpp"
#include "host/loader/file_content.hpp"
#include "host/loader/library_store.hpp"
#include "host/loader/manifest.hpp"
#include "host/loader/plugin_file.hpp"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

/// What a process that tries a plugin out (probe_documents.hpp) loads its library with.
namespace baton {

/// A plugin file, as often loaded as somebody wants it.
class TrialLoader {
 public:
  /// Private copies lie in `folder`. Errors: plugin_refused: whoever has started this process has judged the
  /// file already.
  static Result<TrialLoader> open(const std::filesystem::path& file, std::filesystem::path folder);

  [[nodiscard]] const Manifest& manifest() const { return identity_.manifest; }

  /// Errors: plugin_refused, io_failed.
  Result<std::shared_ptr<const Library>> load();

  /// After its last user has let go. Why it is still there; nothing when it has gone.
  [[nodiscard]] std::optional<std::string> forget();

 private:
  TrialLoader(PluginIdentity identity, FileContent content, std::filesystem::path folder)
      : identity_(std::move(identity)), content_(std::move(content)), folder_(std::move(folder)) {}

  PluginIdentity identity_;
  FileContent content_;
  std::filesystem::path folder_;
  std::unique_ptr<LibraryStore> store_;  // of the last load
};

/// The offer that such a process is given: {"kind": "handler" or "server", "name"}, of the manifest of the
/// same bytes.
[[nodiscard]] const Offer& offer_named(const Manifest& manifest, const nlohmann::ordered_json& input);

}  // namespace baton
