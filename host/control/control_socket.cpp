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

static_assert(socket_path_max == sizeof(sockaddr_un::sun_path) - 1);

Error system_error(const std::string& what) {
  return {Errc::io_failed, what + ": " + std::strerror(errno)};
}

/// Whether somebody listens there. Errors: io_failed when that cannot be told. Does not wait.
Result<bool> somebody_listens(const std::filesystem::path& path) {
  const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (probe < 0) {
    return fail(system_error("cannot make a socket"));
  }
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.native().size());  // the length is checked before
  const bool is_connected = connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  const int error = errno;
  close(probe);
  errno = error;
  if (is_connected || error == EAGAIN) {  // EAGAIN: so busy that its queue is full
    return true;
  }
  if (error == ECONNREFUSED || error == ENOENT) {
    return false;
  }
  return fail(system_error("cannot find out whether a host listens on " + path.string()));
}

Result<void> prepare_folder(const std::filesystem::path& folder) {
  if (mkdir(folder.c_str(), 0700) == 0) {
    return {};
  }
  if (errno != EEXIST) {
    return fail(system_error("cannot make the socket's folder " + folder.string()));
  }

  struct stat attributes {};

  struct stat above {};

  if (stat(folder.c_str(), &attributes) != 0 || stat((folder / "..").c_str(), &above) != 0) {
    return fail(system_error("cannot look at the socket's folder " + folder.string()));
  }
  const bool is_strange = attributes.st_uid != geteuid() && attributes.st_uid != 0;
  if (is_strange && (above.st_mode & S_IWOTH) != 0) {
    return fail(Errc::permission_denied,
                fmt::format("the socket's folder {} was made by user {}; choose another host.socket",
                            folder.string(), attributes.st_uid));
  }
  return {};
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
  if (path.native().size() > socket_path_max) {
    return fail(Errc::bad_config,
                fmt::format("the socket's path {} has {} bytes; the system allows {}: choose a shorter one "
                            "with host.socket",
                            path.string(), path.native().size(), socket_path_max));
  }
  if (path.has_parent_path()) {
    if (auto prepared = prepare_folder(path.parent_path()); !prepared) {
      return prepared;
    }
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
  const auto is_live = somebody_listens(path);
  if (!is_live) {
    return fail(is_live.error());
  }
  if (*is_live) {
    return fail(Errc::already_started,
                fmt::format("a host listens on {} already; stop it, or give this one another "
                            "host.name or host.socket",
                            path.string()));
  }
  if (unlink(path.c_str()) != 0) {
    return fail(system_error("cannot remove the socket " + path.string() + " of a dead host"));
  }
  return {};
}

}  // namespace baton
