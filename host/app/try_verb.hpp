// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/exit_code.hpp"
#include "host/app/invocation.hpp"
#include "host/control/client.hpp"

#include <iosfwd>

namespace baton {

/// `try FILE.so --replay SOURCE`: gives events to a handler of that file in a process of its own, and tells
/// what it did with each, what it would have done to others, and how long it took. The events are a file's
/// lines, or those that a live manager has recorded (`record MANAGER on N`); then the handler of that type
/// which runs there gets the same ones, in another process, and what differs is told. `refused` when the
/// candidate fails, or does not handle what the other one does. What the plugin does by itself, with files or
/// networks, it does: the host's functions only are kept from having an effect.
ExitCode run_try(const Invocation& invocation, Client& client, std::ostream& out, std::ostream& err);

}  // namespace baton
