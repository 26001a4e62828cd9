// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"

#include <cstddef>
#include <filesystem>
#include <string_view>

namespace baton {

/// Where the host of that name listens unless told otherwise: $XDG_RUNTIME_DIR/baton/NAME.sock; as root
/// /run/baton/NAME.sock; else /tmp/baton-UID/NAME.sock.
[[nodiscard]] std::filesystem::path default_socket(std::string_view host_name);

/// How long a socket's path may be, in bytes: sockaddr_un's limit.
inline constexpr std::size_t socket_path_max = 107;

/// Makes room for a socket at `path`: its folder, for us alone, when there is none; and a socket that a dead
/// host has left is taken away. A folder that is there keeps its mode.
/// Errors, and nothing was removed: already_started when somebody listens there; bad_config when the path is
/// longer than a socket's may be; permission_denied when somebody else made the folder in one that everybody
/// may write to (as /tmp: he could put a socket of his own there); io_failed.
Result<void> prepare_socket(const std::filesystem::path& path);

}  // namespace baton
