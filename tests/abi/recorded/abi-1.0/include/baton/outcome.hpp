// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace baton::inline v1 {

/// What is to happen after a callback for one message. A value that does not belong to the callback is a
/// bad return, which is a crash of the instance, as in OTP.
enum class Next : std::uint8_t {
  ok,               // go on
  remove,           // handlers: take me out, terminate(remove) follows. OTP: remove_handler
  swap,             // handlers: another one into my place; Handler::swap_handler says which
  no_reply,         // servers, handle_call: I answer later, through Host::reply. OTP: {noreply, State}
  stop,             // servers: stop me; Server::stop("reason") says why. OTP: {stop, Reason, State}
  unknown_request,  // handle_call: the caller is told so, the instance goes on
};

/// What is to happen after a callback for a batch.
class BatchOutcome {
 public:
  enum class Kind : std::uint8_t { all, remove, swap, stop, handle_continue, refused, failed };

  /// All were handled.
  static BatchOutcome all() { return BatchOutcome(Kind::all, 0, 0, {}); }

  /// `handled` were (1 or more), and the last of these asks for the removal of this handler.
  static BatchOutcome remove_after(std::size_t handled) { return BatchOutcome(Kind::remove, handled, 0, {}); }

  /// `handled` were (1 or more), and the last of these asks for a handler of another type of this library
  /// in its place, which gets the others. `argument` is the text of its terminate.
  static BatchOutcome swap_after(std::size_t handled, std::string type, std::string argument = {}) {
    BatchOutcome outcome(Kind::swap, handled, 0, std::move(type));
    outcome.argument_ = std::move(argument);
    return outcome;
  }

  /// `handled` were (1 or more), and the last of these wants handle_continue to get `what` before the others
  /// are given to this server.
  static BatchOutcome continue_after(std::size_t handled, std::string what) {
    return BatchOutcome(Kind::handle_continue, handled, 0, std::move(what));
  }

  /// `handled` were (1 or more), and the last of these asks this server to stop. Empty: reason `normal`.
  static BatchOutcome stop_after(std::size_t handled, std::string reason = {}) {
    return BatchOutcome(Kind::stop, handled, 0, std::move(reason));
  }

  /// `handled` were, the next `refused` (1 or more) could not be taken. Those behind them come again, in
  /// another batch; the refused ones do not, and their senders by sync_notify get the reason.
  static BatchOutcome refuse(std::size_t handled, std::size_t refused, std::string reason) {
    return BatchOutcome(Kind::refused, handled, refused, std::move(reason));
  }

  /// `handled` were, the next one crashed this instance.
  static BatchOutcome failed(std::size_t handled, std::string reason) {
    return BatchOutcome(Kind::failed, handled, 0, std::move(reason));
  }

  [[nodiscard]] Kind kind() const noexcept { return kind_; }

  [[nodiscard]] std::size_t handled() const noexcept { return handled_; }

  [[nodiscard]] std::size_t refused() const noexcept { return refused_; }

  /// With swap the type, with handle_continue what.
  [[nodiscard]] const std::string& reason() const noexcept { return reason_; }

  /// With swap only.
  [[nodiscard]] const std::string& argument() const noexcept { return argument_; }

 private:
  BatchOutcome(Kind kind, std::size_t handled, std::size_t refused, std::string reason)
      : kind_(kind), handled_(handled), refused_(refused), reason_(std::move(reason)) {}

  Kind kind_;
  std::size_t handled_;
  std::size_t refused_;
  std::string reason_;
  std::string argument_;
};

}  // namespace baton::inline v1
