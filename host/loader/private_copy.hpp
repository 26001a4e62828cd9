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

  /// Whether code can be mapped from its files; not so where the file system is mounted noexec, as Debian
  /// does with /run.
  [[nodiscard]] bool can_hold_code() const;

 private:
  PrivateFolder(std::filesystem::path path, FileDescriptor lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}

  std::filesystem::path path_;  // empty when moved from
  FileDescriptor lock_;         // its flock tells other hosts that this one is alive
};

/// A copy of a plugin's bytes under a name that is never used again, mode 0500. What is loaded is this
/// file, never the user's: overwriting a mapped file kills the process, and the C library takes two files
/// of one name for the same library. Removed when the object dies. Debuggers find a file by its name; where
/// the folder cannot hold code, the copy is sealed memory, which they do not find once the host is dead.
class PrivateCopy {
 public:
  /// `<folder>/<first 16 digits of sha256>-<serial>.so`, or else in_memory(). Errors: io_failed; then there
  /// is no file.
  static Result<PrivateCopy> write(const PrivateFolder& folder, std::string_view sha256, std::uint64_t serial,
                                   std::span<const std::byte> bytes);

  /// `/proc/<pid>/fd/<number>`: memory that nobody can change any more. Errors: io_failed.
  static Result<PrivateCopy> in_memory(std::span<const std::byte> bytes);

  PrivateCopy(PrivateCopy&& other) noexcept;
  PrivateCopy& operator=(PrivateCopy&&) = delete;
  ~PrivateCopy();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  /// The copy stays as long as its folder, or its process: its name must not come back while it is mapped.
  void leave();

 private:
  PrivateCopy(std::filesystem::path path, FileDescriptor memory)
      : path_(std::move(path)), memory_(std::move(memory)) {}

  std::filesystem::path path_;  // empty when there is nothing to remove
  FileDescriptor memory_;       // of a copy in memory
};

}  // namespace baton
