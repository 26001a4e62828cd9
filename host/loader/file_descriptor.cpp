// SPDX-License-Identifier: Apache-2.0
#include "host/loader/file_descriptor.hpp"

#include <cerrno>
#include <system_error>

namespace baton {

bool write_all(int file, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(file, bytes.data(), bytes.size());
    if (count >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

std::string last_error_text() {
  return std::generic_category().message(errno);
}

}  // namespace baton
