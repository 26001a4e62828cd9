// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/exit_code.hpp"
#include "host/app/invocation.hpp"
#include "host/control/client.hpp"

#include <iosfwd>
#include <optional>
#include <string>

namespace baton {

/// `try FILE.so`: makes an instance of that file in a process of its own, be it from a saved state; gives it
/// events (a server: casts) and then calls; and tells what it did with each, what it would have done to
/// others, how long it took, and its replies. Its state at the end can be saved. The events are a file's
/// lines, those of `in`, or those that a live manager has recorded (`record MANAGER on N`); then the handler
/// of that type which runs there gets the same ones, in another process, and what differs is told. `refused`
/// when the candidate fails, or does not handle what the other one does, or a call has no reply, or there is
/// no state to save. What the plugin does by itself, with files or networks, it does: the host's functions
/// only are kept from having an effect.
ExitCode run_try(const Invocation& invocation, Client& client, std::istream& in, std::ostream& out,
                 std::ostream& err);

/// What is wrong with its words, if anything.
[[nodiscard]] std::optional<std::string> try_usage_error(const Invocation& invocation);

}  // namespace baton
