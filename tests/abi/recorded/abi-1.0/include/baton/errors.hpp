// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>
#include <new>
#include <stdexcept>

/// What a callback throws when it has more to say than "failed". Every other exception is a crash of the
/// instance, with what() as the reason. No exception object ever crosses the boundary: the C++ layer
/// turns it into a status and a text.
namespace baton::inline v1 {

/// From handle_event: this event cannot be taken, the handler stays installed and gets the next one.
/// From handle_events: none of the batch was taken. The senders by sync_notify get what() as the reason.
/// From handle_call: this request cannot be done. The caller gets `refused` with what(), and the instance
/// goes on.
class Refused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// From a constructor: the state of the old instance cannot be taken over. The old one goes on.
class BadState : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// From a constructor: an option has a value that cannot be used, though its type is right.
class BadOption : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// From the constructor of a server: it decides not to start, which is no failure. Nothing is reported, and
/// who started it gets `ignored`. OTP: init's `ignore`.
class Ignore : public std::exception {
 public:
  [[nodiscard]] const char* what() const noexcept override { return "the server decided not to start"; }
};

/// A reply or a state grew past the host's limit (64 MiB).
class SinkFull : public std::bad_alloc {
 public:
  [[nodiscard]] const char* what() const noexcept override {
    return "the host takes no more bytes (its limit for a reply or a state is 64 MiB)";
  }
};

}  // namespace baton::inline v1
