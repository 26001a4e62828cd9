// SPDX-License-Identifier: Apache-2.0
// What clients do with servers, and with time.
#include "tests/simulation/actions.hpp"
#include "tests/simulation/calls.hpp"
#include "tests/simulation/sending.hpp"
#include "tests/simulation/simulated.hpp"

#include <string>
#include <utility>

namespace baton::simulation {
namespace {

ServerModel* server_of(Slot* slot) {
  return slot == nullptr ? nullptr : static_cast<ServerModel*>(slot->home);
}

template <class T>
const Error* error_of(const Result<T>& result) {
  return result ? nullptr : &result.error();
}

Deed random_cast_deed(World& world) {
  static const Deed asides[] = {Deed::notify,      Deed::cast,        Deed::call,        Deed::reply_later,
                                Deed::reply_later, Deed::start_timer, Deed::start_timer, Deed::cancel_timer};
  static const Deed ends[] = {Deed::throws, Deed::fails, Deed::bad_return, Deed::stops, Deed::stops_error};
  return world.deed(asides, ends);
}

void cast(World& world, Client& client) {
  ServerModel* model = server_of(world.living(world.servers));
  if (model == nullptr) {
    return;
  }
  const Batch batch(world, client.sender, random_cast_deed);
  Operation& operation = world.begin("cast", model, infinity);
  const auto sent =
      counted_send(world, *model, batch, [&] { return model->server().cast(batch.messages()); });
  world.returned(operation, error_of(sent));
}

void call(World& world, Client& client) {
  ServerModel* model = server_of(world.living(world.servers));
  if (model == nullptr) {
    return;
  }
  const Duration timeout = world.timeout();
  CallBeginning beginning(world, *model, client.sender, timeout, false);
  beginning.check(model->server().call(beginning.message, timeout));
}

void reply_from_outside(World& world, Client& /*client*/) {
  if (Slot* slot = world.living(world.servers); slot != nullptr && slot->is_alive()) {
    server_of(slot)->reply_later();
  }
}

std::optional<Errc> create_code(Deed create) {
  switch (create) {
    case Deed::throws:
    case Deed::fails:
    case Deed::bad_return:
      return Errc::init_failed;
    case Deed::refuses:
      return Errc::state_refused;
    default:
      return std::nullopt;
  }
}

void swap(World& world, Client& /*client*/) {
  ServerModel* model = server_of(world.living(world.servers));
  if (model == nullptr) {
    return;
  }
  const Duration timeout = world.timeout();
  Operation& operation = world.begin("swap", model, timeout);
  operation.id = operation.new_id = model->name;
  operation.type = random_type(world, "ServerA", "ServerB");
  operation.create = random_create_deed(world);
  ServerSpec spec;
  spec.name = model->name;
  spec.factory = server_factory(world, operation);
  const std::uint64_t save_failures = model->save_failures;
  const auto report = model->server().swap(std::move(spec), std::to_string(operation.number), timeout);
  world.returned(operation, error_of(report));
  if (report) {
    world.expect(operation.made != nullptr && operation.ended != nullptr &&
                     report->new_instance == operation.made->number &&
                     report->old_instance == operation.ended->number,
                 "a swap reports its instances", operation.number);
    world.expect(operation.swapped_at == report->at_message, "a swap reports between which messages it was",
                 report->at_message);
  } else if (!World::is_neutral(&report.error())) {
    const Errc code = report.error().code;
    const bool is_planned = operation.create_called && create_code(operation.create) == code;
    const bool is_of_state =
        !operation.create_called && ((code == Errc::crashed && model->save_failures > save_failures) ||
                                     (code == Errc::state_refused && operation.type.state_reads.size() < 2));
    world.expect(operation.ended == nullptr && (is_planned || is_of_state), "a swap fails for a reason",
                 operation.number, static_cast<std::uint64_t>(code));
  }
}

void status(World& world, Client& /*client*/) {
  ServerModel* model = server_of(world.living(world.servers));
  if (model == nullptr) {
    return;
  }
  const Duration timeout = world.timeout();
  Operation& operation = world.begin("status", model, timeout);
  const std::uint64_t calls = model->calls;
  const auto found = model->server().status(timeout);
  world.returned(operation, error_of(found));
  if (found) {
    world.expect(found->calls >= calls && found->calls <= model->calls, "calls are counted", found->calls,
                 calls);
    world.expect(found->mailbox.accepted <= model->accepted + model->accepted_unknown + model->in_flight,
                 "nothing is accepted that nobody sent", found->mailbox.accepted, model->accepted);
  }
}

void start_a_server(World& world, Client& /*client*/) {
  Slot& slot = world.servers[world.random.below(world.servers.size())];
  if (!slot.is_alive() || world.random.one_in(4)) {
    (void)start_server(world, slot, world.timeout());
  }
}

void stop_server(World& world, Client& /*client*/) {
  if (Slot* slot = world.living(world.servers); slot != nullptr && world.random.one_in(2)) {
    stop(world, *slot->home);
  }
}

void jump_clock(World& world, Client& /*client*/) {
  world.clock.advance_to(world.clock.steady_now() + Duration(world.random.between(1, 25)));
}

const Action table[] = {
    {"cast", 14, cast},
    {"call", 16, call},
    {"reply", 6, reply_from_outside},
    {"swap", 6, swap},
    {"status", 2, status},
    {"start_server", 8, start_a_server},
    {"stop_server", 2, stop_server},
    {"jump_clock", 3, jump_clock},
};

}  // namespace

Result<Home*> start_server(World& world, Slot& slot, Duration timeout, bool is_supervised) {
  static const Overflow overflows[] = {Overflow::block, Overflow::reject, Overflow::drop_newest,
                                       Overflow::drop_oldest};
  auto& model = world.new_home<ServerModel>(slot.name);
  Operation& operation = world.begin("start_server", &model, timeout);
  operation.type = random_type(world, "ServerA", "ServerB");
  operation.create = random_create_deed(world);
  model.is_supervised = is_supervised;
  model.stop_reasons.push_back(ExitReason::error("it did not start in time"));
  ServerSpec spec;
  spec.name = slot.name;
  spec.factory = server_factory(world, operation);
  spec.process.mailbox.overflow = model.overflow = world.random.one_of(overflows);
  spec.process.mailbox.capacity = world.random.one_in(2) ? world.random.between(1, 6) : 1000;
  spec.process.batch_max = world.random.one_in(2) ? 1 : 256;
  spec.process.block_timeout = Duration(world.random.below(30));
  const bool is_taken = slot.is_alive() || slot.booting != nullptr;
  if (!is_taken) {
    slot.booting = &model;
  }
  const auto started = ServerProcess::start(world.runtime, std::move(spec), timeout);
  world.returned(operation, error_of(started));
  if (started) {
    world.expect(!is_taken, "a server starts when its name is free, and only then", slot.sender);
    world.expect(model.process == *started && operation.made != nullptr, "a server that started was made",
                 operation.number);
    return &model;
  }
  const Errc code = started.error().code;
  model.has_missed_start = code == Errc::timed_out;
  if (model.has_missed_start) {  // its name is free, also when it has been made meanwhile
    slot.booting = slot.booting == &model ? nullptr : slot.booting;
    slot.home = slot.home == &model ? nullptr : slot.home;
  }
  const bool is_planned =
      operation.create_called && operation.made == nullptr && create_code(operation.create) == code;
  world.expect(World::is_neutral(&started.error()) || is_planned ||
                   (code == Errc::already_started && is_taken && !operation.create_called),
               "a server does not start for a reason", operation.number, static_cast<std::uint64_t>(code));
  return fail(started.error());
}

std::span<const Action> server_actions() {
  return table;
}

}  // namespace baton::simulation
