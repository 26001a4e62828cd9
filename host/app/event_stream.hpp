// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/exit_code.hpp"
#include "host/app/invocation.hpp"
#include "host/control/client.hpp"

#include <iosfwd>

namespace baton {

/// `notify MANAGER TYPE -` and `sync-notify MANAGER TYPE -`: sends each line of a file as an event, in
/// batches of what can be read now, so that a pipe that a person types into is not held back. Waits for the
/// host's answer to each batch: that is the back-pressure. Shows progress on `err` once a second when that is
/// a terminal, and at the end `N accepted, N handled, N refused` on `out`.
/// `handled` is what all handlers had run for when the last answer came: with notify a last, empty
/// question queues behind the events; when that fails, it says so.
[[nodiscard]] ExitCode stream_events(Client& client, const Invocation& invocation, int input,
                                     std::ostream& out, std::ostream& err);

}  // namespace baton
