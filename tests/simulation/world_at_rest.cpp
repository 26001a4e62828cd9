// SPDX-License-Identifier: Apache-2.0
// World: what must hold when nothing moves, and when everything is gone.
#include "tests/simulation/actions.hpp"
#include "tests/simulation/world.hpp"

#include <algorithm>

namespace baton::simulation {
namespace {

void check_mailbox(World& world, const Home& home, const MailboxCounters& counters, bool is_seen_whole) {
  world.expect(home.in_flight == 0, "at rest no sender waits", home.in_flight);
  world.expect(counters.waiting == 0, "at rest no message waits", counters.waiting);
  world.expect(
      counters.accepted >= home.accepted && counters.accepted <= home.accepted + home.accepted_unknown,
      "senders are told how many messages were accepted", counters.accepted, home.accepted);
  if (!home.dropped_unknown) {
    world.expect(counters.dropped_newest == home.dropped_newest, "dropped messages are counted",
                 counters.dropped_newest, home.dropped_newest);
  }
  world.expect(home.skipped <= counters.dropped_oldest, "only what was dropped never comes", home.skipped,
               counters.dropped_oldest);
  if (is_seen_whole) {
    world.expect(counters.accepted == home.last_seq, "what was accepted has been handled", counters.accepted,
                 home.last_seq);
  }
}

}  // namespace

void World::check_names() {
  const auto all = registry.all();
  std::size_t known = 0;
  for (std::span<Slot> slots :
       {std::span<Slot>(managers), std::span<Slot>(servers), std::span<Slot>(supervisors)}) {
    for (const Slot& slot : slots) {
      const auto process = registry.whereis(slot.name);
      known += process != nullptr ? 1U : 0U;
      if (slot.booting == nullptr) {
        expect((process != nullptr) == slot.is_alive(), "a name is taken exactly while its process lives",
               slot.sender);
      }
      expect(!slot.is_alive() || process == slot.home->process, "a name stands for the process that has it",
             slot.sender);
      expect(!slot.is_alive() || !slot.home->process->has_ended(), "who lives has not ended", slot.sender);
    }
  }
  expect(known == all.size(), "nobody is registered whom nobody knows", known, all.size());
}

void World::check_at_rest() {
  check_names();
  for (const auto& operation : operations_) {
    if (operation->has_returned) {
      continue;
    }
    const auto* server = dynamic_cast<const ServerModel*>(operation->home);
    const bool is_kept_back =
        server != nullptr && std::any_of(server->later.begin(), server->later.end(),
                                         [&](const auto& call) { return call.operation == operation.get(); });
    expect(is_kept_back, "every operation returns, unless a server keeps the reply back", operation->number);
  }
  for (Slot& slot : managers) {
    if (slot.is_alive() && !has_failed()) {
      check_manager_at_rest(static_cast<ManagerModel&>(*slot.home));
    }
  }
  for (Slot& slot : servers) {
    if (slot.is_alive() && !has_failed()) {
      check_server_at_rest(static_cast<ServerModel&>(*slot.home));
    }
  }
  for (Slot& slot : supervisors) {
    if (slot.is_alive() && !has_failed()) {
      static_cast<SupervisorModel&>(*slot.home).check_at_rest();
    }
  }
}

void World::check_manager_at_rest(ManagerModel& model) {
  model.batch_is_over();
  const auto status = model.manager().status();
  expect(status.has_value(), "a manager at rest answers");
  if (!status) {
    return;
  }
  check_mailbox(*this, model, status->mailbox, !model.was_empty && !model.list.empty());
  expect(status->crashes == model.crashes, "crashes are counted", status->crashes, model.crashes);
  expect(status->handlers.size() == model.list.size(), "the list is what was added and not removed",
         status->handlers.size(), model.list.size());
  for (std::size_t i = 0; i < model.list.size() && !has_failed(); ++i) {
    const Instance& instance = *model.list[i];
    const HandlerInfo& info = status->handlers[model.list.size() - 1 - i];
    expect(info.id == instance.id && info.instance == instance.number, "which_handlers: newest first", i);
    expect(info.handled == instance.handled && info.refused == instance.refused,
           "handled and refused events are counted", info.handled, instance.handled);
    expect(instance.timers.empty(), "at rest every timer has fired", instance.number);
  }
}

void World::check_server_at_rest(ServerModel& model) {
  const auto status = model.server().status();
  expect(status.has_value(), "a server at rest answers");
  if (!status || model.current == nullptr) {
    expect(model.current != nullptr, "a server that lives has an instance");
    return;
  }
  expect(!model.has_missed_start, "a server that did not start in time does not live on", status->instance);
  check_mailbox(*this, model, status->mailbox, true);
  expect(status->calls == model.calls, "calls are counted", status->calls, model.calls);
  expect(status->casts == model.casts, "casts are counted", status->casts, model.casts);
  expect(status->instance == model.current->number, "a server is its newest instance", status->instance);
  expect(model.current->timers.empty(), "at rest every timer has fired", model.current->number);
}

// ---- The end --------------------------------------------------------------------------------------

void World::finish() {
  come_to_rest();
  if (!has_failed()) {
    check_at_rest();
  }
  if (!has_failed()) {
    stop_everything();
  }
  if (!has_failed()) {
    check_gone();
  }
}

void World::stop_everything() {
  for (std::span<Slot> slots :
       {std::span<Slot>(supervisors), std::span<Slot>(managers), std::span<Slot>(servers)}) {
    for (Slot& slot : slots) {
      if (slot.is_alive()) {
        slot.home->stop_reasons.push_back(ExitReason::shutdown());
        const auto stopped = slot.home->process->stop(ExitReason::shutdown(), infinity);
        // A terminate that fails makes another reason of it.
        const bool is_other_reason = !stopped && stopped.error().code == Errc::crashed;
        expect(has_failed() || (stopped || is_other_reason), "a process at rest can be stopped", slot.sender);
      }
    }
  }
  come_to_rest();
  for (const auto& client : clients_) {
    expect(!client->is_busy, "no client waits for ever", client->sender);
    if (!client->is_busy) {
      (void)client->stop(ExitReason::normal(), infinity);
    }
  }
}

void World::check_gone() {
  expect(registry.all().empty(), "no name is left");
  for (const auto& operation : operations_) {
    expect(operation->has_returned, "every operation returns", operation->number);
  }
  for (const auto& instance : instances_) {
    expect(instance->life == Instance::Life::destroyed, "every instance is destroyed", instance->number);
  }
  for (const auto& home : homes_) {
    const std::weak_ptr<Process> process = std::exchange(home->process, nullptr);
    expect(process.expired(), "no process outlives its owners");
  }
  expect(scheduler.waiting() == 0, "nobody waits");
}

}  // namespace baton::simulation
