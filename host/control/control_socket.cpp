// SPDX-License-Identifier: Apache-2.0
#include "host/control/control_socket.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace baton {
namespace {

bool somebody_listens(const std::filesystem::path& path) {
  const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  const bool is_connected = connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(probe);
  return is_connected;
}

}  // namespace

std::filesystem::path default_socket(std::string_view host_name) {
  const std::string file = std::string(host_name) + ".sock";
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes the environment
  if (const char* runtime = std::getenv("XDG_RUNTIME_DIR"); runtime != nullptr && *runtime == '/') {
    return std::filesystem::path(runtime) / "baton" / file;
  }
  if (geteuid() == 0) {
    return std::filesystem::path("/run/baton") / file;
  }
  return std::filesystem::path(fmt::format("/tmp/baton-{}", geteuid())) / file;
}

Result<void> prepare_socket(const std::filesystem::path& path) {
  constexpr std::size_t length_max = sizeof(sockaddr_un::sun_path) - 1;
  if (path.native().size() > length_max) {
    return fail(Errc::bad_config,
                fmt::format("the socket's path {} has {} characters; the system allows {}: choose a "
                            "shorter one with host.socket",
                            path.string(), path.native().size(), length_max));
  }
  if (mkdir(path.parent_path().c_str(), 0700) != 0 && errno != EEXIST) {
    return fail(Errc::io_failed, fmt::format("cannot make the socket's folder {}: {}",
                                             path.parent_path().string(), std::strerror(errno)));
  }

  struct stat attributes {};

  if (lstat(path.c_str(), &attributes) != 0) {
    return {};
  }
  if (!S_ISSOCK(attributes.st_mode)) {
    return fail(Errc::io_failed,
                fmt::format("{} is there already and is no socket; remove it or choose another "
                            "host.socket",
                            path.string()));
  }
  if (somebody_listens(path)) {
    return fail(Errc::already_started,
                fmt::format("a host listens on {} already; stop it, or give this one another "
                            "host.name or host.socket",
                            path.string()));
  }
  if (unlink(path.c_str()) != 0) {
    return fail(Errc::io_failed, fmt::format("cannot remove the socket {} of a dead host: {}", path.string(),
                                             std::strerror(errno)));
  }
  return {};
}

}  // namespace baton
