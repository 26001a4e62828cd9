// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/model.hpp"

#include "tests/simulation/world.hpp"

#include <utility>

namespace baton::simulation {

void Home::begin(std::shared_ptr<Process> started) {
  process = std::move(started);
  overflow = process->options().mailbox.overflow;
  batch_max = process->options().batch_max;
  process->monitor([this](const ExitReason& reason) { world.ended(*this, reason); });
}

void Home::see(const Message& message, const Payload& payload, bool may_skip) {
  if (may_skip) {
    world.expect(message.seq > last_seq, "messages come in the order of their numbers", message.seq,
                 last_seq);
  } else {
    world.expect(message.seq == last_seq + 1, "no message is lost", message.seq, last_seq);
  }
  last_seq = message.seq;
  world.expect(world.mark_seen(payload.id), "no message comes twice", payload.id);
  std::uint32_t& last = last_seen_of[payload.sender];
  world.expect(payload.id > last, "messages of one sender come in the order of sending", payload.id, last);
  last = payload.id;
}

void Home::check_call(Operation& operation, const Payload& payload, std::uint32_t must_be_seen_from) {
  world.expect(operation.home == this, "a call reaches the process that was asked", operation.number);
  world.expect(!operation.executed, "a call is executed once", operation.number);
  operation.executed = true;
  if (overflow != Overflow::drop_oldest && operation.sent_before > must_be_seen_from) {
    world.expect(last_seen_of[payload.sender] >= operation.sent_before,
                 "a call sees what its sender sent before", operation.number, operation.sent_before);
  }
}

}  // namespace baton::simulation
