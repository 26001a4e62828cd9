// SPDX-License-Identifier: Apache-2.0
// Process: messages on their way in.
#include "host/runtime/process.hpp"

#include <fmt/format.h>

#include <utility>

namespace baton {

Result<std::size_t> Process::send(std::span<const Message> messages, Mailbox::Escort* escort) {
  const auto pushed = mailbox_.push(messages, runtime_.clock.utc_tick_us(), escort);
  if (pushed.accepted > 0) {
    wake();
  }
  if (pushed.taken == messages.size()) [[likely]] {
    return pushed.accepted;
  }
  return send_rest(messages, pushed, escort);
}

Result<std::size_t> Process::send_rest(std::span<const Message> messages, Mailbox::PushResult pushed,
                                       Mailbox::Escort* escort) {
  // For each message anew, as if it were the only one; but not after each try for the same one.
  const auto new_deadline = [this] {
    return runtime_.clock.steady_now() + block_timeout_.load(std::memory_order_relaxed);
  };
  SteadyTime deadline = new_deadline();
  std::size_t taken = pushed.taken;
  std::size_t accepted = pushed.accepted;
  while (!pushed.is_closed) {
    if (const auto room = wait_for_room(messages[taken], deadline); !room) {
      mailbox_.count_rejected(messages.size() - taken);
      return fail({room.error().code, room.error().text, accepted});
    }
    pushed = mailbox_.push(messages.subspan(taken), runtime_.clock.utc_tick_us(), escort);
    if (pushed.accepted > 0) {
      wake();
    }
    taken += pushed.taken;
    accepted += pushed.accepted;
    if (taken == messages.size()) {
      return accepted;
    }
    if (pushed.taken > 0) {
      deadline = new_deadline();
    }
  }
  Error ended = ended_error();
  ended.accepted = accepted;
  return fail(std::move(ended));
}

Result<void> Process::wait_for_room(const Message& message, SteadyTime deadline) {
  if (message.data.size > MessageBuffer::data_size_max) {
    return fail(Errc::bad_request, fmt::format("a message may have {} bytes of data at most, not {}",
                                               MessageBuffer::data_size_max, message.data.size));
  }
  const MailboxLimits limits = mailbox_.limits();
  const auto full = [this, &limits](std::string_view why) {
    return fail(Errc::overloaded,
                fmt::format("the mailbox of `{}` is full ({} messages, {} bytes at most): {}", name_,
                            limits.capacity, limits.capacity_bytes, why));
  };
  if (limits.overflow != Overflow::block) {
    return full("its policy does not let the sender wait");
  }
  if (is_current()) {
    return full("the sender is one of its own callbacks and cannot wait");
  }
  if (!mailbox_.wait_for_room(message.data.size, runtime_.scheduler, deadline)) {
    return full(fmt::format("no room within {} ms", block_timeout_.load().count()));
  }
  return {};
}

}  // namespace baton
