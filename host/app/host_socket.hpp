// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/invocation.hpp"

#include <filesystem>

namespace baton {

/// Where a verb looks for the host that it talks to: `--socket`, else the default socket of `--host`, else
/// the environment's BATON_SOCKET, else the default socket of a host called `baton`. What was typed counts
/// before what was exported: whoever names a host must not reach, or stop, another one.
[[nodiscard]] std::filesystem::path socket_of(const Invocation& invocation);

}  // namespace baton
