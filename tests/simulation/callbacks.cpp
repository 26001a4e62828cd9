// SPDX-License-Identifier: Apache-2.0
// What the callbacks of handlers and servers have in common.
#include "tests/simulation/actions.hpp"
#include "tests/simulation/calls.hpp"
#include "tests/simulation/simulated.hpp"
#include "tests/simulation/world.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace baton::simulation {

CallbackScope::CallbackScope(Instance& instance, const char* callback) : instance_(instance) {
  Home& home = instance.home;
  World& world = home.world;
  world.trace(home.name.c_str(), callback, home.process->instance(), instance.number);
  const std::string_view name(callback);
  world.expect(home.inside == nullptr, "no two callbacks of a process run at once", instance.number);
  world.expect(instance.life == Instance::Life::alive, "nothing is called after terminate", instance.number);
  world.expect(home.ended_at == 0, "no callback runs in a process that has ended", instance.number);
  if (name != "terminate") {
    world.expect(home.must_terminate == nullptr, "after create, a swap ends the old one at once",
                 instance.number);
    world.expect(!instance.expected_end, "what asked for its end is terminated next", instance.number);
  }
  home.inside = callback;
}

CallbackScope::~CallbackScope() {
  instance_.home.inside = nullptr;
}

CreateScope::CreateScope(Home& home) : home_(home) {
  home.world.trace(home.name.c_str(), "create");
  home.world.expect(home.inside == nullptr, "no two callbacks of a process run at once");
  home.world.expect(home.must_terminate == nullptr, "after create, a swap ends the old one at once");
  home.inside = "create";
}

CreateScope::~CreateScope() {
  home_.inside = nullptr;
}

// ---- State ----------------------------------------------------------------------------------------

TypeInfo random_type(World& world, const char* name_a, const char* name_b) {
  static const std::vector<std::uint32_t> reads[] = {{1}, {1, 2}, {1, 2}, {2}, {}};
  TypeInfo type;
  type.name = world.random.one_in(6) ? name_b : name_a;
  type.version = world.random.one_in(2) ? "1" : "2";
  type.state_writes = world.random.one_in(8) ? 0 : world.random.between(1, 2);
  type.state_reads = reads[world.random.below(5)];
  type.hot_options = {"dial"};
  return type;
}

Deed random_create_deed(World& world) {
  static const Deed asides[] = {Deed::call, Deed::cast, Deed::notify};
  static const Deed ends[] = {Deed::throws, Deed::fails, Deed::refuses, Deed::bad_return};
  return world.deed(asides, ends);
}

Options dial_options(std::uint32_t dial) {
  Options options(1);
  options[0].name = "dial";
  options[0].type = OptionType::integer;
  options[0].integer = dial;
  return options;
}

std::uint32_t dial_of(const Options& options) {
  return options.empty() ? 0 : static_cast<std::uint32_t>(options[0].integer);
}

State state_of(const Instance& instance) {
  return {instance.type.state_writes,
          std::to_string(instance.number) + " " + std::to_string(instance.home.last_seq),
          {}};
}

namespace {

/// A handler that asks for its successor knows who comes; to an operator, another name is another thing.
bool is_related(const Instance& old, const Operation& operation) {
  return operation.is_by_return || old.type.name == operation.type.name;
}

}  // namespace

void check_state(Home& home, const Operation& operation, const Instance* old,
                 const std::optional<State>& state) {
  World& world = home.world;
  Instance* saved = std::exchange(home.saved, nullptr);
  const auto& reads = operation.type.state_reads;
  if (!state) {
    const bool is_readable = saved != nullptr && saved == old && is_related(*saved, operation) &&
                             std::count(reads.begin(), reads.end(), saved->type.state_writes) > 0;
    world.expect(!is_readable, "a state that was saved and can be read is handed over", operation.number);
    return;
  }
  world.expect(saved != nullptr && saved == old, "a state that is handed over was saved just before",
               operation.number);
  if (saved == nullptr) {
    return;
  }
  world.expect(state->data == state_of(*saved).data, "between save and create nothing is handled",
               operation.number);
  world.expect(state->version == saved->type.state_writes && is_related(*saved, operation) &&
                   std::count(reads.begin(), reads.end(), state->version) > 0,
               "a state goes only to a type that reads it", operation.number, state->version);
  const std::string extra = operation.is_by_return ? "" : std::to_string(operation.number);
  world.expect(state->extra == extra, "the operator's extra goes with the state", operation.number);
}

// ---- What callbacks do ----------------------------------------------------------------------------

namespace {

void send_aside(World& world, Slot& from, Services& services, bool is_event) {
  const std::span<Slot> slots = is_event ? std::span<Slot>(world.managers) : std::span<Slot>(world.servers);
  Slot& to = slots[world.random.below(slots.size())];
  Home* home = to.is_alive() ? to.home : to.booting;
  const Payload payload = world.payload(from.sender);
  const Message message = world.message(payload);
  if (home != nullptr) {
    ++home->in_flight;
  }
  const auto sent = is_event ? services.notify(to.name, message) : services.cast(to.name, message);
  if (home == nullptr) {
    world.expect(!sent && sent.error().code == Errc::not_found, "nothing is sent to who does not live");
    return;
  }
  --home->in_flight;
  if (sent && home->overflow == Overflow::drop_newest) {
    ++home->accepted_unknown;
    home->dropped_unknown = true;
  } else if (sent) {
    ++home->accepted;
    home->last_sent_of[from.sender] = payload.id;
  } else {
    const Errc code = sent.error().code;
    world.expect(code == Errc::overloaded || (code == Errc::process_ended && home->ended_at != 0),
                 "a send fails for want of room or at the end only", static_cast<std::uint64_t>(code));
  }
}

void call_aside(World& world, Slot& from, Home& self, Services& services) {
  const bool is_handler = world.random.one_in(3);
  const std::span<Slot> slots = is_handler ? std::span<Slot>(world.managers) : std::span<Slot>(world.servers);
  Slot& to = slots[world.random.below(slots.size())];
  if (!to.is_alive()) {
    return;
  }
  const Duration timeout(world.random.between(1, 20));
  CallBeginning call(world, *to.home, from.sender, timeout, is_handler);
  const std::string address = is_handler ? to.name + "/" + call.operation.id : to.name;
  const auto answer = services.call(address, call.message, timeout);
  if (to.home == &self || call.operation.home == &self) {
    world.expect(!answer && answer.error().code == Errc::calling_self, "a call to oneself is refused");
    call.operation.has_returned = true;
    return;
  }
  call.check(answer);
}

void start_timer_aside(World& world, Slot& from, Services& services, OwnTimers& timers) {
  static const Deed asides[] = {Deed::notify, Deed::reply_later, Deed::start_timer};
  static const Deed ends[] = {Deed::throws, Deed::fails, Deed::stops, Deed::removes, Deed::swaps};
  const Payload payload = world.payload(from.sender, world.deed(asides, ends));
  const Duration delay(world.random.one_in(2) ? 0 : world.random.below(30));
  const auto timer = services.start_timer(delay, world.message(payload));
  world.expect(timer.has_value(), "a timer can be started");
  if (timer) {
    timers[payload.id] = {world.clock.steady_now() + delay, *timer};
  }
}

void cancel_timer_aside(World& world, Services& services, OwnTimers& timers) {
  if (timers.empty()) {
    return;
  }
  const auto first = timers.begin();
  const bool is_due = first->second.due <= world.clock.steady_now();
  if (services.cancel_timer(first->second.id)) {
    timers.erase(first);
  } else {
    world.expect(is_due, "a timer that is not due can be cancelled", first->second.id);
  }
}

}  // namespace

void do_aside(World& world, Home& home, Services& services, OwnTimers& timers, Deed deed) {
  Slot& slot = *world.slot_of(home.name);
  switch (deed) {
    case Deed::notify:
      send_aside(world, slot, services, true);
      break;
    case Deed::cast:
      send_aside(world, slot, services, false);
      break;
    case Deed::call:
      call_aside(world, slot, home, services);
      break;
    case Deed::start_timer:
      start_timer_aside(world, slot, services, timers);
      break;
    case Deed::cancel_timer:
      cancel_timer_aside(world, services, timers);
      break;
    case Deed::reply_later:
      if (auto* server = dynamic_cast<ServerModel*>(&home)) {
        server->reply_later();
      }
      break;
    default:
      break;
  }
}

OwnTimers do_in_create(World& world, Home& home, Services& services, Deed deed) {
  OwnTimers timers;
  do_aside(world, home, services, timers, deed);
  if (world.random.one_in(4)) {
    // A timer that fires while create waits: its info must not reach anybody else if create fails then.
    do_aside(world, home, services, timers, Deed::start_timer);
    do_aside(world, home, services, timers, Deed::call);
  }
  return timers;
}

void check_info(Instance& instance, const Payload& payload) {
  World& world = instance.home.world;
  const auto timer = instance.timers.find(payload.id);
  world.expect(timer != instance.timers.end(),
               "an info reaches the instance that started its timer, once, unless it was cancelled",
               payload.id, instance.number);
  if (timer != instance.timers.end()) {
    world.expect(timer->second.due <= world.clock.steady_now(), "no timer fires early", payload.id);
    instance.timers.erase(timer);
  }
}

}  // namespace baton::simulation
