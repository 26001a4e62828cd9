// SPDX-License-Identifier: Apache-2.0
#include "host/loader/file_content.hpp"

#include "host/loader/file_descriptor.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>
#include <system_error>

namespace baton {
namespace {

std::int64_t nanoseconds(const timespec& time) {
  constexpr std::int64_t second_ns = 1'000'000'000;
  return time.tv_sec * second_ns + time.tv_nsec;
}

tl::unexpected<Refusal> unreadable() {
  return refuse(RefusalReason::unreadable, last_error_text());
}

/// Fills `bytes`; false on an error or when the file ends early.
bool read_all(int file, std::span<std::byte> bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = ::read(file, bytes.data() + done, bytes.size() - done);
    if (count > 0) {
      done += static_cast<std::size_t>(count);
    } else if (count == 0 || errno != EINTR) {
      return false;
    }
  }
  return true;
}

std::optional<Refusal> refuse_kind(const struct stat& status) {
  if (!S_ISREG(status.st_mode)) {
    return Refusal{RefusalReason::not_a_file, "it is a directory, a device, a pipe or a socket"};
  }
  if (status.st_size > plugin_file_size_max) {
    return Refusal{RefusalReason::too_large,
                   fmt::format("it has {} bytes; at most {} are read", status.st_size, plugin_file_size_max)};
  }
  return std::nullopt;
}

Writer writer_of(int file, std::int64_t modified_ns) {
  // A lease for reading is to be had only where nobody writes. Whoever opens the file for writing in the
  // moment that we have it waits for us, and we are sent a signal: one that is ignored.
  ::fcntl(file, F_SETSIG, SIGURG);
  if (::fcntl(file, F_SETLEASE, F_RDLCK) == 0) {
    ::fcntl(file, F_SETLEASE, F_UNLCK);
    return Writer::none;
  }
  if (errno == EAGAIN) {
    return Writer::present;
  }
  constexpr std::int64_t fresh_ns = 2'000'000'000;
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  const std::int64_t age_ns = nanoseconds(now) - modified_ns;
  return age_ns >= 0 && age_ns < fresh_ns ? Writer::unknown : Writer::none;
}

}  // namespace

FileStamp stamp_of(const struct stat& status) {
  return {status.st_dev, status.st_ino, status.st_size, nanoseconds(status.st_mtim),
          nanoseconds(status.st_ctim)};
}

Judged<FileContent> read_plugin_file(const std::filesystem::path& path) {
  // O_NONBLOCK: opening a FIFO would wait for its writer.
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));

  struct stat before {};

  if (!file.is_open() || ::fstat(file.get(), &before) != 0) {
    return unreadable();
  }
  if (std::optional<Refusal> refusal = refuse_kind(before)) {
    return tl::make_unexpected(std::move(*refusal));
  }
  FileContent content{stamp_of(before), std::vector<std::byte>(static_cast<std::size_t>(before.st_size)),
                      writer_of(file.get(), nanoseconds(before.st_mtim))};
  errno = 0;
  const bool complete = read_all(file.get(), content.bytes);
  if (!complete && errno != 0) {
    return unreadable();
  }

  struct stat after {};

  if (!complete || ::fstat(file.get(), &after) != 0 || stamp_of(after) != content.stamp) {
    return refuse(RefusalReason::changing,
                  "it changed while it was read; write to another name and rename, as `mv` and `install` do");
  }
  return content;
}

std::string sha256_hex(std::span<const std::byte> bytes) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
  crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  std::array<char, crypto_hash_sha256_BYTES * 2 + 1> text{};
  sodium_bin2hex(text.data(), text.size(), digest.data(), digest.size());
  return text.data();
}

}  // namespace baton
