// SPDX-License-Identifier: Apache-2.0
#include "host/app/config_check.hpp"

#include "host/app/temporary_folder.hpp"
#include "host/base/silent_log.hpp"
#include "host/config/config_reader.hpp"
#include "host/config/plugin_check.hpp"
#include "host/loader/catalog.hpp"
#include "host/loader/library_store.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <unistd.h>

namespace baton {
namespace {

Result<std::vector<Diagnostic>> with_plugins(const ReadConfig& read) {
  SilentLog log;
  const TemporaryFolder folder;
  if (!folder.is_made()) {
    return fail(Errc::io_failed, "cannot make a temporary folder");
  }
  auto libraries = LibraryStore::open(folder.path(), log);
  if (!libraries) {
    return fail(libraries.error());
  }
  const SystemClock clock;
  Quarantine quarantine(clock, log);
  Catalog catalog(read.config.plugins.directories, log, **libraries, quarantine);
  return all_diagnostics(
      read, [&catalog](OfferKind kind, std::string_view type) { return catalog.offer(kind, type); });
}

}  // namespace

Result<std::filesystem::path> find_config(const std::filesystem::path& file) {
  if (!file.empty()) {
    return file;
  }
  for (const char* candidate : {"baton.yaml", "config/baton.yaml", "/etc/baton/baton.yaml"}) {
    if (access(candidate, R_OK) == 0) {
      return std::filesystem::path(candidate);
    }
  }
  return fail(Errc::bad_config,
              "no CONFIG was given, and there is no ./baton.yaml, ./config/baton.yaml or "
              "/etc/baton/baton.yaml");
}

Result<CheckedConfig> check_config(const std::filesystem::path& file) {
  ReadConfig read = read_config(file);
  auto made = with_plugins(read);
  if (!made) {
    return fail(made.error());
  }
  const std::vector<Diagnostic>& diagnostics = *made;
  CheckedConfig checked;
  checked.errors =
      static_cast<std::size_t>(std::count_if(diagnostics.begin(), diagnostics.end(), [](const auto& d) {
        return d.severity == Diagnostic::Severity::error;
      }));
  if (!diagnostics.empty()) {
    checked.report = render_diagnostics(diagnostics, file.string(), read.source) + unchecked_note(read);
  }
  checked.config = std::move(read.config);
  checked.diagnostics = std::move(*made);
  return checked;
}

std::string check_document(const std::filesystem::path& file, const std::vector<Diagnostic>& diagnostics) {
  using Json = nlohmann::ordered_json;
  Json document = Json::array();
  for (const Diagnostic& diagnostic : diagnostics) {
    const bool is_error = diagnostic.severity == Diagnostic::Severity::error;
    document.push_back({{"file", file.string()},
                        {"severity", is_error ? "error" : "warning"},
                        {"line", diagnostic.place.line},
                        {"column", diagnostic.place.column},
                        {"text", diagnostic.message},
                        {"help", diagnostic.help}});
  }
  // A file may hold anything; what is not UTF-8 is replaced.
  return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace baton
