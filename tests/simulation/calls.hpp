// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/simulation/world.hpp"

namespace baton::simulation {

/// A call to a server, or to a handler of a manager, and what the answer is held against. For clients and
/// for callbacks.
struct CallBeginning {
  CallBeginning(World& w, Home& home, std::uint16_t sender, Duration timeout, bool is_handler);

  void check(const Result<Reply>& answer);

  World& world;
  Operation& operation;
  Payload payload;
  Message message;  // its data is `payload`
  std::size_t version = 0;
};

}  // namespace baton::simulation
