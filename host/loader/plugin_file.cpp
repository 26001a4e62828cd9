// SPDX-License-Identifier: Apache-2.0
#include "host/loader/plugin_file.hpp"

#include "host/base/assert.hpp"
#include "host/loader/scan.hpp"

#include <fmt/format.h>

#include <sys/stat.h>
#include <system_error>
#include <utility>

namespace baton {
namespace {

namespace fs = std::filesystem;

/// Follows links: what a link leads to is what would be loaded.
SeenFile look_at(const fs::path& path) {
  struct stat status {};

  return {path, ::stat(path.c_str(), &status) == 0 ? stamp_of(status) : FileStamp{}};
}

Judged<Manifest> read_manifest(const ScanReport& report) {
  Result<Manifest> manifest = parse_manifest(report.manifest_json, report.abi_major, report.abi_minor);
  if (!manifest) {
    return refuse(RefusalReason::bad_manifest, std::move(manifest.error().text));
  }
  return std::move(*manifest);
}

}  // namespace

void PluginFile::refuse(Refusal refusal) {
  entry.refusal = std::move(refusal);
  entry.manifest.reset();
}

PluginIdentity PluginFile::identity() const {
  BATON_ASSERT(entry.manifest.has_value());
  return {entry.path, entry.sha256, *entry.manifest, has_thread_local_destructors};
}

Result<std::vector<SeenFile>> list_plugin_files(const fs::path& directory) {
  std::vector<SeenFile> files;
  std::error_code error;
  fs::directory_iterator entry(directory, error);
  while (!error && entry != fs::directory_iterator()) {
    std::error_code ignored;  // what cannot be looked at is reported when it is judged
    if (!entry->path().filename().native().starts_with('.') && !entry->is_directory(ignored)) {
      files.push_back(look_at(entry->path()));
    }
    entry.increment(error);
  }
  if (error) {
    return fail(Errc::io_failed, fmt::format("cannot list {}: {}", directory.string(), error.message()));
  }
  return files;
}

PluginFile judge_plugin_file(const fs::path& path) {
  PluginFile file;
  file.entry.path = path;
  const Judged<FileContent> content = read_plugin_file(path);
  if (!content) {
    file.refuse(content.error());
    return file;
  }
  file.stamp = content->stamp;
  file.writer = content->writer;
  file.entry.size = content->stamp.size;
  file.entry.sha256 = sha256_hex(content->bytes);
  const Judged<ScanReport> report = scan(content->bytes);
  if (!report) {
    file.refuse(report.error());
    return file;
  }
  file.has_thread_local_destructors = report->has_thread_local_destructors;
  Judged<Manifest> manifest = read_manifest(*report);
  if (!manifest) {
    file.refuse(std::move(manifest.error()));
    return file;
  }
  file.entry.manifest = std::move(*manifest);
  return file;
}

}  // namespace baton
