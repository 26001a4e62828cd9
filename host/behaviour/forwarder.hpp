// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/event_manager.hpp"

#include <memory>

namespace baton {

/// How a forwarder sends on: as the functions of EventManager of these names.
enum class NotifyMode : std::uint8_t { notify, sync_notify, ack_notify };

/// Makes handlers that send every event on to the manager `to`, where it gets a number and a time of
/// that manager's own: a manager as the consumer of another. With `sync_notify` the first manager goes on
/// when all handlers of `to` have run for a batch, with `ack_notify` when it has started on an event, with
/// `notify` at once. `timeout` bounds the waiting; an event that `to` does not take is refused. The
/// forwarder leaves when `to` has ended; it does not keep it alive.
/// Two managers that forward to each other without end are a mistake; one that forwards to itself is
/// init_failed. OTP: GenEvent.add_process_handler/2 (Elixir 1.0), {sync | ack, …} messages.
[[nodiscard]] std::shared_ptr<const HandlerFactory> make_forwarder(const std::shared_ptr<EventManager>& to,
                                                                   NotifyMode mode,
                                                                   Duration timeout = default_call_timeout);

}  // namespace baton
