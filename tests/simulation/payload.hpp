// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/runtime/message.hpp"

#include <cstdint>
#include <cstring>

namespace baton::simulation {

/// What a callback does beside its duty, or instead of it. Part of the message, so that who sends decides.
enum class Deed : std::uint16_t {
  none,
  notify,       // the callback sends an event,
  cast,         // … a cast,
  call,         // … calls a server and waits,
  start_timer,  // … starts a timer
  cancel_timer,
  reply_later,  // servers: answers the oldest open call
  throws,
  fails,
  removes,       // events, calls and infos of handlers: asks for its removal
  swaps,         // … for another one in its place
  refuses,       // events, calls, create
  bad_return,    // says what its contract forbids
  stops,         // servers: normal
  stops_error,   // servers: with a reason
  stops_silent,  // calls of servers: without a reply
  later,         // calls of servers: no reply now
  twice,         // calls of servers: replies through the services and by returning
  unknown,       // calls
};

/// The data of every event, cast, call and info of the simulation.
struct Payload {
  std::uint32_t id = 0;  // rises with each message of the run
  std::uint16_t sender = 0;
  Deed deed = Deed::none;
  std::uint32_t victim = 0;     // events: the handler that has the deed
  std::uint32_t operation = 0;  // calls
};

[[nodiscard]] inline Payload payload_of(const Message& message) {
  Payload payload;
  std::memcpy(&payload, message.data.data, sizeof(payload));
  return payload;
}

}  // namespace baton::simulation
