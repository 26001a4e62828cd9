// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/exit_code.hpp"
#include "host/app/invocation.hpp"

#include <iosfwd>

namespace baton {

/// `baton run`: checks the config, starts the host, tells the service manager, and waits, applying the config
/// again at each SIGHUP: for SIGTERM or SIGINT, the verb `stop`, the end of its own console, or the end of
/// its supervisor. A second signal ends the process at once. Must be called before any other thread is
/// started: it blocks signals.
[[nodiscard]] ExitCode run_host(const Invocation& invocation, std::ostream& out, std::ostream& err);

/// `baton check`: everything that is wrong with a config.
[[nodiscard]] ExitCode run_check(const Invocation& invocation, std::ostream& out, std::ostream& err);

}  // namespace baton
