// SPDX-License-Identifier: Apache-2.0
#include "host/loader/private_copy.hpp"

#include "host/loader/file_descriptor.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace baton {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view folder_prefix = "libraries-";

tl::unexpected<Error> io_failure(std::string_view what, const fs::path& path) {
  return fail(Errc::io_failed, fmt::format("cannot {} {}: {}", what, path.string(), last_error_text()));
}

FileDescriptor open_directory(const fs::path& path) {
  return FileDescriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
}

bool lock(const FileDescriptor& directory, int operation) {
  while (::flock(directory.get(), operation) != 0) {
    if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

/// Whoever can write here can exchange what we load.
Result<FileDescriptor> open_trusted(const fs::path& path) {
  FileDescriptor directory = open_directory(path);

  struct stat status {};

  if (!directory.is_open() || ::fstat(directory.get(), &status) != 0) {
    return io_failure("open", path);
  }
  if (status.st_uid != ::geteuid() || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return fail(Errc::io_failed,
                fmt::format("{} must belong to the user of the host and be writable by nobody else; "
                            "it has owner {} and mode {:o}",
                            path.string(), status.st_uid, status.st_mode & 07777U));
  }
  return directory;
}

/// A live host holds the lock of its folder. The caller holds the lock of the parent, so that no folder is
/// between its creation and its locking. Ignored: errors; what cannot be removed now is tried next time.
void remove_folders_of_dead_hosts(const fs::path& parent) {
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(parent, ignored)) {
    if (!entry.path().filename().native().starts_with(folder_prefix)) {
      continue;
    }
    const FileDescriptor folder = open_directory(entry.path());
    if (folder.is_open() && lock(folder, LOCK_EX | LOCK_NB)) {
      fs::remove_all(entry.path(), ignored);
    }
  }
}

}  // namespace

Result<PrivateFolder> PrivateFolder::create(const fs::path& parent) {
  std::error_code error;
  const fs::path absolute = fs::absolute(parent, error).lexically_normal();
  fs::create_directories(absolute.parent_path(), error);
  if (::mkdir(absolute.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
    return io_failure("create", absolute);
  }
  const Result<FileDescriptor> parent_directory = open_trusted(absolute);
  if (!parent_directory) {
    return fail(parent_directory.error());
  }
  if (!lock(*parent_directory, LOCK_EX)) {
    return io_failure("lock", absolute);
  }
  remove_folders_of_dead_hosts(absolute);
  std::string name = (absolute / fmt::format("{}{}-XXXXXX", folder_prefix, ::getpid())).string();
  if (::mkdtemp(name.data()) == nullptr) {
    return io_failure("create", name);
  }
  FileDescriptor folder = open_directory(name);
  if (!folder.is_open() || !lock(folder, LOCK_EX | LOCK_NB)) {
    return io_failure("lock", name);
  }
  return PrivateFolder(std::move(name), std::move(folder));
}

PrivateFolder::~PrivateFolder() {
  if (!path_.empty()) {
    std::error_code ignored;  // the next host removes what is left
    fs::remove_all(path_, ignored);
  }
}

PrivateFolder::PrivateFolder(PrivateFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})), lock_(std::move(other.lock_)) {}

bool PrivateFolder::can_hold_code() const {
  struct statvfs status {};

  return ::statvfs(path_.c_str(), &status) == 0 && (status.f_flag & ST_NOEXEC) == 0;
}

Result<PrivateCopy> PrivateCopy::write(const PrivateFolder& folder, std::string_view sha256,
                                       std::uint64_t serial, std::span<const std::byte> bytes) {
  if (!folder.can_hold_code()) {
    return in_memory(bytes);
  }
  constexpr std::size_t digits = 16;
  fs::path path = folder.path() / fmt::format("{}-{}.so", sha256.substr(0, digits), serial);
  // O_EXCL: a name never used twice is the point. The mode is that of the file; writing goes on.
  const FileDescriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IXUSR));
  if (!file.is_open()) {
    return io_failure("create", path);
  }
  PrivateCopy copy(std::move(path), FileDescriptor());
  if (!write_all(file.get(), bytes)) {
    return io_failure("write", copy.path());
  }
  return copy;
}

Result<PrivateCopy> PrivateCopy::in_memory(std::span<const std::byte> bytes) {
  FileDescriptor memory(::memfd_create("baton-library", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  // Not /proc/self: a debugger would look into itself.
  fs::path path = fmt::format("/proc/{}/fd/{}", ::getpid(), memory.get());
  constexpr int all_seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  if (!memory.is_open() || !write_all(memory.get(), bytes) ||
      ::fcntl(memory.get(), F_ADD_SEALS, all_seals) != 0) {
    return io_failure("write", path);
  }
  return PrivateCopy(std::move(path), std::move(memory));
}

PrivateCopy::PrivateCopy(PrivateCopy&& other) noexcept
    : path_(std::exchange(other.path_, {})), memory_(std::move(other.memory_)) {}

PrivateCopy::~PrivateCopy() {
  if (!path_.empty() && !memory_.is_open()) {
    ::unlink(path_.c_str());  // Ignored: the folder is removed as a whole later.
  }
}

void PrivateCopy::leave() {
  path_.clear();
  memory_.release();  // its number is its name
}

}  // namespace baton
