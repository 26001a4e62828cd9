// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/loader/refusal.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <sys/stat.h>
#include <vector>

namespace baton {

/// What tells one state of a file from another without reading it.
struct FileStamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t size = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;

  bool operator==(const FileStamp&) const = default;
};

[[nodiscard]] FileStamp stamp_of(const struct stat& status);

/// Whether somebody has a file open for writing. The kernel tells only the file's owner; of another's file
/// that was changed in the last two seconds, nobody knows.
enum class Writer : std::uint8_t { none, present, unknown };

struct FileContent {
  FileStamp stamp;
  std::vector<std::byte> bytes;
  Writer writer = Writer::none;
};

constexpr std::int64_t plugin_file_size_max = 256LL * 1024 * 1024;

/// Reads a plugin file as a whole, once. Never waits for a writer: a FIFO, a device or a directory is
/// refused. Refusals: unreadable, not_a_file, too_large, changing.
[[nodiscard]] Judged<FileContent> read_plugin_file(const std::filesystem::path& path);

/// SHA-256 of the bytes, 64 lower-case hexadecimal digits.
[[nodiscard]] std::string sha256_hex(std::span<const std::byte> bytes);

}  // namespace baton
