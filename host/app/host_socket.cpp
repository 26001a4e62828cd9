// SPDX-License-Identifier: Apache-2.0
#include "host/app/host_socket.hpp"

#include "host/control/control_socket.hpp"

#include <cstdlib>

namespace baton {

std::filesystem::path socket_of(const Invocation& invocation) {
  if (!invocation.socket.empty()) {
    return invocation.socket;
  }
  if (!invocation.host_name.empty()) {
    return default_socket(invocation.host_name);
  }
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes the environment
  const char* exported = std::getenv("BATON_SOCKET");
  return exported != nullptr && *exported != '\0' ? std::filesystem::path(exported) : default_socket("baton");
}

}  // namespace baton
