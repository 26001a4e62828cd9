// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/model.hpp"
#include "tests/simulation/world.hpp"

#include <string>
#include <utility>

namespace baton::simulation {

void ServerModel::install(Operation& operation, Instance& instance) {
  operation.made = &instance;
  if (current == nullptr) {
    current = &instance;
  } else {
    must_terminate = current;
    operation.ended = current;
    operation.swapped_at = last_seq;
    current = &instance;
  }
}

void ServerModel::check_terminate(Instance& instance, const TerminateReason& why) {
  using Kind = TerminateReason::Kind;
  if (why.kind == Kind::swapped) {
    world.expect(must_terminate == &instance, "a swap ends the old server when the new one is made",
                 instance.number);
    must_terminate = nullptr;
    return;
  }
  world.expect(current == &instance, "only the server that runs is terminated", instance.number);
  if (instance.expected_end) {
    world.expect(why.kind == instance.expected_end->kind,
                 "terminate has the kind that the last callback asked for", instance.number);
  } else {
    world.expect(why.kind == Kind::stop, "nobody but stop ends a server that asked for nothing",
                 instance.number);
  }
}

void ServerModel::check_ended() {
  world.expect(current == nullptr, "a server that ends has destroyed its instance");
}

void ServerModel::forget(Instance& instance) {
  if (current == &instance) {
    current = nullptr;
    later.clear();
  }
}

void ServerModel::reply_later() {
  if (later.empty() || current == nullptr || current->life != Instance::Life::alive) {
    return;
  }
  const Later call = later.front();
  later.pop_front();
  Operation& operation = *call.operation;
  const bool must_arrive = !operation.has_returned;
  const std::string data = "later " + std::to_string(operation.number);
  if (must_arrive) {
    operation.answer = Operation::Answer{std::nullopt, data, true};
  }
  const auto replied = current->services.reply(call.from, Reply{data, BATON_TEXT_PLAIN});
  world.expect(replied.has_value() == must_arrive, "a late reply arrives when somebody waits, and only then",
               operation.number, replied.has_value() ? 1 : 0);
  world.expect(!current->services.reply(call.from, Reply{"again", BATON_TEXT_PLAIN}).has_value(),
               "a second reply is refused", operation.number);
}

}  // namespace baton::simulation
