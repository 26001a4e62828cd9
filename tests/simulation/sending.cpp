// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/sending.hpp"

#include "tests/simulation/calls.hpp"

namespace baton::simulation {

Batch::Batch(World& world, std::uint16_t sender, Deed (*deed)(World&), std::uint32_t at_most)
    : size_(world.random.between(1, at_most)) {
  for (std::uint32_t i = 0; i < size_; ++i) {
    payloads_[i] = world.payload(sender, deed(world));
    messages_[i] = world.message(payloads_[i]);
  }
}

Result<std::size_t> counted_send(World& world, Home& home, const Batch& batch,
                                 const std::function<Result<std::size_t>()>& send, bool is_waited_for) {
  home.in_flight += batch.size();
  auto sent = send();
  home.in_flight -= batch.size();
  if (sent) {
    home.accepted += *sent;
    const bool may_drop = home.overflow == Overflow::drop_newest && !is_waited_for;
    world.expect(*sent == batch.size() || (may_drop && *sent < batch.size()),
                 "a send says what became of all", *sent, batch.size());
    home.dropped_newest += batch.size() - *sent;
    if (*sent == batch.size()) {
      home.last_sent_of[batch.sender()] = batch.payloads().back().id;
    }
    return sent;
  }
  switch (sent.error().code) {
    case Errc::timed_out:
      home.accepted += batch.size();
      home.last_sent_of[batch.sender()] = batch.payloads().back().id;
      break;
    case Errc::process_ended:
      home.accepted_unknown += batch.size();
      break;
    case Errc::overloaded: {
      const std::size_t accepted = sent.error().accepted;
      world.expect(accepted < batch.size(), "who sent all is not told of a full mailbox", accepted);
      // drop_oldest tells it when nothing may be dropped: somebody waits for each of those that wait.
      world.expect(is_waited_for || home.overflow != Overflow::drop_newest,
                   "drop_newest tells the sender nothing");
      home.accepted += accepted;
      break;
    }
    default:
      world.expect(false, "a send fails for a reason", static_cast<std::uint64_t>(sent.error().code));
      break;
  }
  return sent;
}

// ---- Calls ----------------------------------------------------------------------------------------

namespace {

Deed random_call_deed(World& world) {
  static const Deed asides[] = {Deed::refuses, Deed::unknown, Deed::later,       Deed::later,
                                Deed::twice,   Deed::notify,  Deed::call,        Deed::cast,
                                Deed::later,   Deed::later,   Deed::start_timer, Deed::reply_later};
  static const Deed ends[] = {Deed::throws, Deed::fails,       Deed::removes,     Deed::swaps,
                              Deed::stops,  Deed::stops_error, Deed::stops_silent};
  return world.deed(asides, ends);
}

}  // namespace

CallBeginning::CallBeginning(World& w, Home& home, std::uint16_t sender, Duration timeout, bool is_handler)
    : world(w),
      operation(w.begin("call", &home, timeout)),
      payload(w.payload(sender, random_call_deed(w))),
      message(w.message(payload)) {
  payload.operation = operation.number;
  operation.sent_before = home.last_sent_of[sender];
  if (is_handler) {
    operation.id = world.random.one_in(8) ? "w" : "h" + std::to_string(world.random.below(5));
    version = static_cast<ManagerModel&>(home).versions.size() - 1;
    if (operation.id == "w" && (payload.deed == Deed::throws || payload.deed == Deed::fails ||
                                payload.deed == Deed::removes || payload.deed == Deed::swaps)) {
      payload.deed = Deed::none;
    }
  }
}

void CallBeginning::check(const Result<Reply>& answer) {
  world.returned(operation, answer ? nullptr : &answer.error());
  const auto& expected = operation.answer;
  if (answer) {
    world.expect(expected && !expected->code && expected->data == answer->data,
                 "a call is answered with what the callback said", operation.number);
    return;
  }
  const Errc code = answer.error().code;
  if (World::is_neutral(&answer.error())) {
    world.expect(!expected || !expected->is_certain, "an answer that came in time arrives", operation.number,
                 static_cast<std::uint64_t>(code));
    return;
  }
  if (code == Errc::not_found && !operation.id.empty() && !operation.executed) {
    world.expect(static_cast<ManagerModel&>(*operation.home).lacked(operation.id, version),
                 "a handler that is installed is found", operation.number);
    return;
  }
  world.expect(expected && expected->code == code, "a call fails with what the callback said",
               operation.number, static_cast<std::uint64_t>(code));
}

// ---- Stop -----------------------------------------------------------------------------------------

void stop(World& world, Home& home) {
  const Duration timeout = world.timeout();
  Operation& operation = world.begin("stop", &home, timeout);
  const ExitReason reasons[] = {ExitReason::normal(), ExitReason::shutdown(), ExitReason::error("enough")};
  const ExitReason& reason = world.random.one_of(reasons);
  home.stop_reasons.push_back(reason);
  const auto stopped = home.process->stop(reason, timeout);
  world.returned(operation, stopped ? nullptr : &stopped.error());
  world.expect(!stopped || home.ended_at != 0, "stop returns when the process has ended", operation.number);
  const bool is_other_reason = !stopped && stopped.error().code == Errc::crashed && home.exit != reason;
  world.expect(stopped || World::is_neutral(&stopped.error()) || is_other_reason, "stop cannot fail",
               operation.number);
}

}  // namespace baton::simulation
