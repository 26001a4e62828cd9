// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/clock.hpp"
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

/// What the parts of a conformance check load a library with. For its process.
namespace baton {

/// Always the same time: what an instance makes of it must not differ from one instance to the other.
class StillClock final : public Clock {
 public:
  [[nodiscard]] SteadyTime steady_now() const override { return {}; }

  [[nodiscard]] std::int64_t utc_now_us() const override { return 1'767'225'600'000'000; }
};

/// A plugin file, as often loaded as somebody wants it.
class ConformanceLoader {
 public:
  /// Private copies lie in `folder`. Errors: plugin_refused.
  static Result<ConformanceLoader> open(const std::filesystem::path& file, std::filesystem::path folder);

  [[nodiscard]] const Manifest& manifest() const { return identity_.manifest; }

  /// Errors: plugin_refused, io_failed.
  Result<std::shared_ptr<const Library>> load();

  /// After its last user has let go. Why it is still there; nothing when it has gone.
  [[nodiscard]] std::optional<std::string> forget();

 private:
  ConformanceLoader(PluginIdentity identity, FileContent content, std::filesystem::path folder)
      : identity_(std::move(identity)), content_(std::move(content)), folder_(std::move(folder)) {}

  PluginIdentity identity_;
  FileContent content_;
  std::filesystem::path folder_;
  std::unique_ptr<LibraryStore> store_;  // of the last load
};

/// The offer that an input document names (conformance_child.hpp).
[[nodiscard]] const Offer& offer_named(const Manifest& manifest, const nlohmann::ordered_json& input);

/// Tells that it cannot be loaded, and is done. Returns the exit status.
int tell_unloadable(const std::string& text);

}  // namespace baton
