// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/simulation/model.hpp"

#include <memory>

namespace baton::simulation {

/// The handlers and servers of the simulation: they do what their messages say, and tell the model.
[[nodiscard]] std::shared_ptr<const HandlerFactory> handler_factory(World& world, Operation& operation,
                                                                    bool is_witness);
[[nodiscard]] std::shared_ptr<const ServerFactory> server_factory(World& world, Operation& operation);

/// The rules for every callback: not after its end, not inside another one, not against what the last one
/// asked for.
class CallbackScope {
 public:
  CallbackScope(Instance& instance, const char* callback);
  ~CallbackScope();
  CallbackScope(const CallbackScope&) = delete;
  CallbackScope& operator=(const CallbackScope&) = delete;

 private:
  Instance& instance_;
};

/// The same around create, which has no instance yet.
class CreateScope {
 public:
  explicit CreateScope(Home& home);
  ~CreateScope();
  CreateScope(const CreateScope&) = delete;
  CreateScope& operator=(const CreateScope&) = delete;

 private:
  Home& home_;
};

/// What a callback may do beside its duty: sends, waits, timers.
void do_aside(World& world, Home& home, Services& services, OwnTimers& timers, Deed deed);

/// The same in create; returns the timers that the instance is born with.
[[nodiscard]] OwnTimers do_in_create(World& world, Home& home, Services& services, Deed deed);

/// A timer's info has arrived.
void check_info(Instance& instance, const Payload& payload);

/// Of a type drawn at random: its name, version and what state it writes and reads.
[[nodiscard]] TypeInfo random_type(World& world, const char* name_a, const char* name_b);

/// Deed of create, save, terminate: mostly none.
[[nodiscard]] Deed random_create_deed(World& world);

/// The one option of simulated handlers, which is hot. Not set: 0.
[[nodiscard]] Options dial_options(std::uint32_t dial);
[[nodiscard]] std::uint32_t dial_of(const Options& options);

/// The state of a simulated instance: whose it is.
[[nodiscard]] State state_of(const Instance& instance);

/// For create: the state given to a new instance is the one that `old` has just saved, or rightly absent.
void check_state(Home& home, const Operation& operation, const Instance* old,
                 const std::optional<State>& state);

}  // namespace baton::simulation
