// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <catch2/catch.hpp>

#include <cstring>
#include <filesystem>
#include <string>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace baton::test {

/// A Unix socket without manners, for what no well-behaved client or host would do. No wait of it is longer
/// than half a minute, so that a broken test ends.
class RawSocket {
 public:
  explicit RawSocket(int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))
      : descriptor_(descriptor) {
    const timeval limit{30, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  }

  RawSocket(RawSocket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

  RawSocket(const RawSocket&) = delete;
  RawSocket& operator=(const RawSocket&) = delete;

  ~RawSocket() {
    if (descriptor_ >= 0) {
      ::close(descriptor_);
    }
  }

  bool connect(const std::filesystem::path& path) {
    const sockaddr_un address = address_of(path);
    return ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }

  bool bind(const std::filesystem::path& path) {
    const sockaddr_un address = address_of(path);
    return ::bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }

  bool listen() { return ::listen(descriptor_, 8) == 0; }

  RawSocket accept() { return RawSocket(::accept(descriptor_, nullptr, nullptr)); }

  bool send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t size = ::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL);
      if (size < 0) {
        return false;
      }
      text.remove_prefix(static_cast<std::size_t>(size));
    }
    return true;
  }

  /// What comes until `mark` has, or the other side ends.
  std::string receive_until(std::string_view mark) {
    std::string text;
    char byte = 0;
    while (text.find(mark) == std::string::npos && ::recv(descriptor_, &byte, 1, 0) == 1) {
      text += byte;
    }
    return text;
  }

  /// Everything until the other side ends the connection; "(no end)" when it does not.
  std::string receive_all() {
    std::string text;
    char bytes[4096];
    for (;;) {
      const ssize_t size = ::recv(descriptor_, bytes, sizeof bytes, 0);
      if (size <= 0) {
        return size == 0 || errno == ECONNRESET ? text : text + "(no end)";
      }
      text.append(bytes, static_cast<std::size_t>(size));
    }
  }

 private:
  static sockaddr_un address_of(const std::filesystem::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    return address;
  }

  int descriptor_;
};

}  // namespace baton::test
