// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/description.hpp>
#include <baton/errors.hpp>
#include <baton/host.hpp>
#include <baton/init.hpp>
#include <baton/message.hpp>
#include <baton/outcome.hpp>
#include <baton/reply.hpp>
#include <baton/state.hpp>
#include <baton/terminate.hpp>

#include <string>
#include <utility>

namespace baton::inline v1 {

namespace detail {
struct ServerAccess;
}

/// A server: OTP's gen_server callback module together with its state.
///
/// Written, called, owned and ended as a Handler (see there). Failure: an exception ends the server with
/// its text as the exit reason; its supervisor decides what happens next.
class Server {
 public:
  virtual ~Server() = default;
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Mod:handle_call/3. Next::ok answers with `reply`. Next::no_reply: Host::reply(from) answers later, once,
  /// from any thread. stop("reason"): terminate runs, then `reply` is sent when something was written, and
  /// the server ends. Next::unknown_request tells the caller so. May throw Refused. Not overridden: every
  /// request is unknown.
  virtual Next handle_call(const Request& request, From from, Reply& reply) {
    static_cast<void>(request);
    static_cast<void>(from);
    static_cast<void>(reply);
    return Next::unknown_request;
  }

  /// Mod:handle_cast/2. Next::ok or stop("reason"). Not overridden: a cast is dropped.
  virtual Next handle_cast(const Request& request) {
    static_cast<void>(request);
    return Next::ok;
  }

  /// For servers to which a batch is more than its casts; instead of handle_cast. As Handler::handle_events,
  /// but a cast cannot be refused.
  virtual BatchOutcome handle_casts(const Batch& requests) {
    static_cast<void>(requests);
    return BatchOutcome::all();
  }

  /// Mod:handle_info/2: a timer of this instance. Next::ok or stop("reason"). Not overridden: dropped.
  virtual Next handle_info(const Info& info) {
    static_cast<void>(info);
    return Next::ok;
  }

  /// Mod:terminate/2. Called once, before the destructor; not when the host is killed.
  virtual void terminate(const TerminateReason& why, Reply& value) {
    static_cast<void>(why);
    static_cast<void>(value);
  }

  /// As Handler::save.
  virtual void save(StateWriter& out) const { static_cast<void>(out); }

 protected:
  Server() = default;

  /// `return stop("the disk is gone");` OTP: {stop, Reason, State}. Empty, or Next::stop: reason `normal`.
  Next stop(std::string reason = {}) {
    stop_reason_ = std::move(reason);
    return Next::stop;
  }

 private:
  friend struct detail::ServerAccess;

  std::string stop_reason_;
};

}  // namespace baton::inline v1
