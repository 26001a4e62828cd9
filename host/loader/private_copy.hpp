// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"
#include "host/loader/file_descriptor.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <utility>

namespace baton {

/// A folder that only this process writes: `<parent>/libraries-<pid>-XXXXXX`, mode 0700, removed with its
/// content when the object dies. Folders that dead hosts left behind are removed on the way in.
/// Threads: any.
class PrivateFolder {
 public:
  /// Creates `parent` when it is missing. Refuses one that others can write to or that belongs to
  /// another user. Waits for other hosts that are starting at the same time. Errors: io_failed.
  static Result<PrivateFolder> create(const std::filesystem::path& parent);

  PrivateFolder(PrivateFolder&& other) noexcept;
  PrivateFolder& operator=(PrivateFolder&&) = delete;
  ~PrivateFolder();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  PrivateFolder(std::filesystem::path path, FileDescriptor lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}

  std::filesystem::path path_;  // empty when moved from
  FileDescriptor lock_;         // its flock tells other hosts that this one is alive
};

/// A copy of a plugin's bytes under a name that is never used again, mode 0500. What is loaded is this
/// file, never the user's: overwriting a mapped file kills the process, and the C library takes two files
/// of one name for the same library. Removed when the object dies.
class PrivateCopy {
 public:
  /// `<folder>/<first 16 digits of sha256>-<serial>.so`. Errors: io_failed; then there is no file.
  static Result<PrivateCopy> write(const PrivateFolder& folder, std::string_view sha256, std::uint64_t serial,
                                   std::span<const std::byte> bytes);

  PrivateCopy(PrivateCopy&& other) noexcept;
  PrivateCopy& operator=(PrivateCopy&&) = delete;
  ~PrivateCopy();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  /// The file stays until its folder goes: debuggers want it as long as it is mapped.
  void leave();

 private:
  explicit PrivateCopy(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;  // empty when there is nothing to remove
};

}  // namespace baton
