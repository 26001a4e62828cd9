// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/description.hpp>
#include <baton/detail/following.hpp>
#include <baton/errors.hpp>
#include <baton/host.hpp>
#include <baton/init.hpp>
#include <baton/message.hpp>
#include <baton/outcome.hpp>
#include <baton/reply.hpp>
#include <baton/state.hpp>
#include <baton/status_report.hpp>
#include <baton/terminate.hpp>

#include <chrono>
#include <cstdint>
#include <stdexcept>
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
///
/// Each of the callbacks, and the constructor, may also say what is to happen after it: timeout_in(),
/// hibernate() or continue_with(), of which the last one counts. `return continue_with("load");` is the short
/// form of Next::ok; with another result: `return continue_with("load", Next::no_reply);`.
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

  /// Mod:handle_cast/2. Next::ok or stop("reason"). Not overridden, nor handle_casts: a cast crashes the
  /// server, because there is nobody else to be told.
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

  /// Mod:handle_continue/2: what was put off with continue_with(); `what` has that type and no data. Runs
  /// before anything that waits. Next::ok or stop("reason"). Not overridden: a continue crashes the server.
  virtual Next handle_continue(const Continue& what) {
    static_cast<void>(what);
    return Next::ok;
  }

  /// Mod:handle_info/2: a timer of this instance, or "timeout". Next::ok or stop("reason"). Not overridden:
  /// a warning is logged.
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

  /// As Handler::format_status.
  virtual void format_status(StatusReport& report) const { static_cast<void>(report); }

 protected:
  Server() = default;

  /// `return stop("the disk is gone");` OTP: {stop, Reason, State}. Empty, or Next::stop: reason `normal`.
  /// That, "shutdown" and "shutdown: <text>" are quiet; every other reason is reported like a crash.
  Next stop(std::string reason = {}) {
    stop_reason_ = std::move(reason);
    return Next::stop;
  }

  /// When no message comes within `timeout`, handle_info gets "timeout". Any message ends the wait for good.
  /// 0: only if nothing is waiting now. Throws std::invalid_argument when it is negative. Returns `next`.
  /// OTP: {noreply, State, Timeout}.
  Next timeout_in(std::chrono::milliseconds timeout, Next next = Next::ok) {
    if (timeout.count() < 0) {
      throw std::invalid_argument("bad return value: a timeout of " + std::to_string(timeout.count()) +
                                  " ms");
    }
    following_.then = BATON_THEN_TIMEOUT;
    following_.timeout_ms = static_cast<std::uint64_t>(timeout.count());
    return next;
  }

  /// The server gives back the memory of its buffers once nothing waits, until the next message. Returns
  /// `next`. OTP: {noreply, State, hibernate}.
  Next hibernate(Next next = Next::ok) {
    following_.then = BATON_THEN_HIBERNATE;
    return next;
  }

  /// handle_continue gets `what`, before anything that waits; after the reply, if there is one. A batch of
  /// casts stops here and goes on behind it. Returns `next`. OTP: {noreply, State, {continue, What}}.
  Next continue_with(std::string what, Next next = Next::ok) {
    following_.then = BATON_THEN_CONTINUE;
    following_.what = std::move(what);
    return next;
  }

 private:
  friend struct detail::ServerAccess;

  std::string stop_reason_;
  detail::Following following_;
};

}  // namespace baton::inline v1
