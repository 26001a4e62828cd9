// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/handler_wall.hpp"
#include "host/behaviour/server_process.hpp"
#include "host/runtime/atoms.hpp"

#include <utility>

namespace baton {

void ServerProcess::end_rest() {
  if (then_.kind == Then::Kind::nothing) {
    return;
  }
  if (timeout_timer_ != 0) {
    (void)runtime().timers.cancel(timeout_timer_);  // one that has fired finds its round over
    timeout_timer_ = 0;
  }
  then_ = {};
}

bool ServerProcess::follow(Then then) {
  while (then.kind == Then::Kind::handle_continue) {
    const Atom type = runtime().atoms.intern(then.what);
    const OwnedMessage what(type, then.what, {}, BATON_TEXT_PLAIN);
    const Message message = what.view();
    ServerOutcome outcome = guarded_handle_continue(*running_->server, message);
    const Occasion occasion{"handle_continue", &message};
    if (swapped_back_after(occasion, outcome)) {
      return running_.has_value();
    }
    if (!settle(occasion, outcome)) {
      return false;
    }
    then = std::move(outcome.then);
  }
  if (then.kind != Then::Kind::nothing) {
    then_ = std::move(then);
    rest_again();
  }
  return true;
}

void ServerProcess::rest_again() {
  if (then_.kind == Then::Kind::hibernate) {
    hibernate();
  } else if (then_.kind == Then::Kind::timeout) {
    start_timeout();
  }
}

void ServerProcess::after_system_task() {
  if (!running_ || is_suspended()) {
    return;  // a suspended server wants nothing; resume() is a system task too
  }
  if (running_->after_init.kind != Then::Kind::nothing) {  // a new instance has taken over, or new options
    end_rest();
    (void)follow_init();
  } else {
    rest_again();
  }
}

void ServerProcess::start_timeout() {
  if (timeout_timer_ != 0) {
    (void)runtime().timers.cancel(timeout_timer_);
    timeout_timer_ = 0;
  }
  const std::uint64_t round = ++timeout_round_;
  if (then_.timeout == Duration::zero()) {
    // Behind what waits: each of that is a message, which ends the wait.
    post([this, round] { timeout_over(round); });
    return;
  }
  const std::weak_ptr<ServerProcess> weak = std::static_pointer_cast<ServerProcess>(shared_from_this());
  timeout_timer_ = runtime().timers.start(then_.timeout, [weak, round] {
    if (const auto process = weak.lock()) {
      process->post([self = process.get(), round] { self->timeout_over(round); });
    }
  });
}

void ServerProcess::timeout_over(std::uint64_t round) {
  if (round != timeout_round_ || then_.kind != Then::Kind::timeout) {
    if (then_.kind == Then::Kind::hibernate) {
      hibernate();  // nothing has come for it
    }
    return;
  }
  Message info{};
  info.type = to_str("timeout");
  info.content_type = BATON_TEXT_PLAIN;
  handle_info(with_atom(info, runtime().atoms));
}

}  // namespace baton
