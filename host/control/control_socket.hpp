// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"

#include <filesystem>
#include <string_view>

namespace baton {

/// Where the host of that name listens unless told otherwise: $XDG_RUNTIME_DIR/baton/NAME.sock; as root
/// /run/baton/NAME.sock; else /tmp/baton-UID/NAME.sock.
[[nodiscard]] std::filesystem::path default_socket(std::string_view host_name);

/// Makes room for a socket at `path`: its folder, for us alone, when there is none; and a socket that a dead
/// host has left is taken away. Errors: already_started when somebody listens there; io_failed; bad_config
/// when the path is longer than a socket's may be.
Result<void> prepare_socket(const std::filesystem::path& path);

}  // namespace baton
