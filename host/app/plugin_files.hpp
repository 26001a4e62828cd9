// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/exit_code.hpp"
#include "host/app/invocation.hpp"
#include "host/control/client.hpp"

#include <iosfwd>

namespace baton {

/// Carries out `plugins`, `plugin` or `quarantine`. The host answers; where none does, what can be told and
/// done without one is: a file is judged where it lies, the quarantine is read and cleared in the folder
/// where a host keeps it (--state, or else that of the socket), and `err` says so. `plugin check` never asks
/// a host: it judges the file, and tries it out in a process of its own.
ExitCode run_plugin_verb(const Invocation& invocation, Client& client, std::ostream& out, std::ostream& err);

}  // namespace baton
