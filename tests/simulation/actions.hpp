// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/simulation/world.hpp"

#include <cstdint>
#include <span>

namespace baton::simulation {

/// Something that a client may do. Runs in the client's process and may wait; what it is answered, it
/// holds against the model. To add one: write the function, and give it a line in its table.
struct Action {
  const char* name;
  std::uint32_t weight;  // how often, compared with others; each seed varies it
  void (*run)(World&, Client&);
};

[[nodiscard]] std::span<const Action> manager_actions();
[[nodiscard]] std::span<const Action> server_actions();
[[nodiscard]] std::span<const Action> supervisor_actions();

/// Starts a manager or a server in its slot, now and then in vain, and holds the outcome against the
/// model. For clients and for supervisors.
Result<Home*> start_manager(World& world, Slot& slot, Duration timeout, bool is_supervised = false);
Result<Home*> start_server(World& world, Slot& slot, Duration timeout, bool is_supervised = false);
void start_supervisor(World& world, Client& client);

}  // namespace baton::simulation
