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

#include <string>
#include <utility>

namespace baton::inline v1 {

namespace detail {
struct HandlerAccess;
}

/// A handler of an event manager: OTP's gen_event callback module together with its state.
///
/// A handler is a final class with a `description`, a constructor from `const Init&` (or none) and those of
/// the callbacks below that it needs, made public. The constructor is Mod:init/1: it throws when it cannot
/// start, and takes over init.state() when there is one.
///
/// Threads: callbacks never overlap; they may run on different threads one after the other. They must not
/// block for long unless the manager is configured with `thread: own`.
/// Owner: the host, which destroys it last, after terminate. Nothing may be running when the destructor
/// returns.
/// Failure: an exception is a crash of this handler alone: terminate(error) follows, and the manager goes on
/// without it. The other handlers still get the event.
class Handler {
 public:
  virtual ~Handler() = default;
  Handler(const Handler&) = delete;
  Handler& operator=(const Handler&) = delete;

  /// Mod:handle_event/2. Next::ok, Next::remove, hibernate() or swap_handler("Other"). May throw Refused. A
  /// handler overrides this or handle_events; the layer calls neither through the virtual table, so a final
  /// class is inlined.
  virtual Next handle_event(const Event& event) {
    static_cast<void>(event);
    return Next::ok;
  }

  /// For handlers to which a batch is more than its events: one write, one transaction, one lock for all.
  /// An exception means that the first of them crashed the handler (or, Refused, that none was taken);
  /// BatchOutcome says it more exactly. How events are cut into batches is the host's affair.
  virtual BatchOutcome handle_events(const Batch& events) {
    static_cast<void>(events);
    return BatchOutcome::all();
  }

  /// Mod:handle_call/2. Next::ok answers with `reply`; Next::remove and swap_handler() do too, and terminate
  /// follows;
  /// Next::unknown_request tells the caller so. May throw Refused. Every other exception is a crash, the
  /// caller gets its text.
  /// Not overridden: every request is unknown.
  virtual Next handle_call(const Request& request, Reply& reply) {
    static_cast<void>(request);
    static_cast<void>(reply);
    return Next::unknown_request;
  }

  /// Mod:handle_info/2: a timer of this instance. As handle_event, but nothing can be refused. Not
  /// overridden: dropped.
  virtual Next handle_info(const Info& info) {
    static_cast<void>(info);
    return Next::ok;
  }

  /// Mod:terminate/2. `value` is the value of delete_handler. Called once, before the destructor; not when
  /// the host is killed. An exception is logged. Not overridden: the value is `ok`.
  virtual void terminate(const TerminateReason& why, Reply& value) {
    static_cast<void>(why);
    static_cast<void>(value);
  }

  /// Writes the whole state, of the version that description.state() says it writes. The swap may still
  /// fail, and then this instance goes on. Overridden exactly when the description has a state().
  virtual void save(StateWriter& out) const { static_cast<void>(out); }

  /// Mod:format_status/1: shows the state to people, in a status or a crash report, and hides what must not
  /// be seen. May run after a callback that failed. An exception costs nobody anything: a fixed text is
  /// shown instead. Not overridden: no state is shown, the last message and the reason are as they are.
  virtual void format_status(StatusReport& report) const { static_cast<void>(report); }

 protected:
  Handler() = default;

  /// `return hibernate();` The manager gives back the memory of its buffers once nothing waits, until the
  /// next message. Returns `next`.
  Next hibernate(Next next = Next::ok) {
    following_.then = BATON_THEN_HIBERNATE;
    return next;
  }

  /// `return swap_handler("Other");` A handler of that type of the same library takes the place of this one,
  /// with its state when both can; terminate(swapped) follows, with `argument` as its text. OTP:
  /// {swap_handler, Args1, State, Handler2, Args2}.
  Next swap_handler(std::string type, std::string argument = {}) {
    following_.what = std::move(type);
    following_.argument = std::move(argument);
    return Next::swap;
  }

 private:
  friend struct detail::HandlerAccess;

  detail::Following following_;
};

}  // namespace baton::inline v1
