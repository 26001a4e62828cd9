// SPDX-License-Identifier: Apache-2.0
// What clients do with supervisors.
#include "tests/simulation/actions.hpp"
#include "tests/simulation/sending.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace baton::simulation {
namespace {

template <class T>
const Error* error_of(const Result<T>& result) {
  return result ? nullptr : &result.error();
}

/// The slots that are a supervisor's, when there is one.
std::vector<Slot*> child_slots(World& world) {
  return {&world.managers[2], &world.servers[2], &world.servers[3]};
}

SupervisorModel* supervisor_of(World& world) {
  Slot* slot = world.living(world.supervisors);
  return slot == nullptr ? nullptr : static_cast<SupervisorModel*>(slot->home);
}

Restart random_restart(World& world) {
  static const Restart kinds[] = {Restart::permanent, Restart::permanent, Restart::transient,
                                  Restart::temporary};
  return world.random.one_of(kinds);
}

ChildSpec spec_of(World& world, SupervisorModel& model, Slot& slot, Restart restart) {
  ChildSpec spec;
  spec.id = slot.name;
  spec.restart = restart;
  // Nobody is abandoned: the model knows of ends in order only. tests/unit/runtime/process_test.cpp and
  // tests/conformance/supervisor_stop_test.cpp have the others.
  spec.shutdown = infinity;
  spec.start = [&world, &model, &slot]() -> Result<std::shared_ptr<Process>> {
    model.starting(slot.name);
    const bool is_manager = slot.name.front() == 'm';
    const auto started =
        is_manager ? start_manager(world, slot, infinity, true) : start_server(world, slot, infinity, true);
    model.started(slot.name, started ? *started : nullptr);
    if (!started) {
      return fail(started.error());
    }
    return (*started)->process;
  };
  return spec;
}

/// Runs one operation that changes the children. One at a time, so that the model knows its effect.
template <class F>
void administer(World& world, const char* name, F ask) {
  SupervisorModel* model = supervisor_of(world);
  if (model == nullptr || model->administration != nullptr || model->is_starting) {
    return;
  }
  const std::vector<Slot*> slots = child_slots(world);
  Slot& slot = *slots[world.random.below(slots.size())];
  const SupervisorModel::Child* child = model->find(slot.name);
  if (child != nullptr && child->is_restarting) {
    return;  // which of the two starts it would then be chance
  }
  const Duration timeout = world.random.one_in(16) ? Duration(world.random.below(20)) : infinity;
  Operation& operation = world.begin(name, model, timeout);
  operation.id = slot.name;
  model->administration = &operation;
  ask(*model, slot, operation, timeout);
  model->administration = nullptr;
}

void judge(World& world, SupervisorModel& model, Operation& operation, const Error* error, bool is_expected) {
  world.returned(operation, error);
  if (error != nullptr && error->code == Errc::timed_out) {
    model.is_uncertain = true;
  }
  world.expect(error == nullptr || World::is_neutral(error) || model.is_uncertain || is_expected,
               "a supervisor refuses for a reason", operation.number,
               error != nullptr ? static_cast<std::uint64_t>(error->code) : 0);
}

void terminate_child(World& world, Client& /*client*/) {
  administer(world, "terminate_child",
             [&](SupervisorModel& model, Slot& slot, Operation& operation, Duration t) {
               const auto done = model.supervisor().terminate_child(slot.name, t);
               SupervisorModel::Child* child = model.find(slot.name);
               judge(world, model, operation, error_of(done),
                     child == nullptr || child->restart == Restart::temporary);
               if (!done || child == nullptr || model.is_uncertain) {
                 return;
               }
               world.expect(child->home == nullptr || child->home->ended_at != 0,
                            "a terminated child has ended", operation.number);
               child->is_wanted = false;
               child->is_restarting = false;
               if (child->restart == Restart::temporary) {
                 std::erase_if(model.children, [&](const auto& c) { return c.id == slot.name; });
               }
             });
}

void restart_child(World& world, Client& /*client*/) {
  administer(world, "restart_child",
             [&](SupervisorModel& model, Slot& slot, Operation& operation, Duration t) {
               const auto done = model.supervisor().restart_child(slot.name, t);
               judge(world, model, operation, error_of(done), !done);
             });
}

void start_child(World& world, Client& /*client*/) {
  administer(world, "start_child", [&](SupervisorModel& model, Slot& slot, Operation& operation, Duration t) {
    const SupervisorModel::Child* known = model.find(slot.name);
    const bool is_gone = known != nullptr && known->restart == Restart::temporary && known->home != nullptr &&
                         known->home->ended_at != 0;
    if (is_gone) {
      std::erase_if(model.children, [&](const auto& c) { return c.id == slot.name; });
      known = nullptr;
    }
    const Restart restart = random_restart(world);
    const bool is_new = known == nullptr;
    operation.create_called = !is_new;  // then it starts nobody
    if (is_new) {
      model.children.push_back({slot.name, restart, false});
    }
    const auto done = model.supervisor().start_child(spec_of(world, model, slot, restart), t);
    judge(world, model, operation, error_of(done), !done);
    if (is_new && !done && !model.is_uncertain) {
      std::erase_if(model.children, [&](const auto& c) { return c.id == slot.name; });
    }
  });
}

void delete_child(World& world, Client& /*client*/) {
  administer(
      world, "delete_child", [&](SupervisorModel& model, Slot& slot, Operation& operation, Duration t) {
        const auto done = model.supervisor().delete_child(slot.name, t);
        const SupervisorModel::Child* child = model.find(slot.name);
        judge(world, model, operation, error_of(done), !done);
        if (done) {
          world.expect(
              model.is_uncertain || child == nullptr || child->home == nullptr || child->home->ended_at != 0,
              "a child that runs is not forgotten", operation.number);
          std::erase_if(model.children, [&](const auto& c) { return c.id == slot.name; });
        }
      });
}

void which_children(World& world, Client& /*client*/) {
  if (SupervisorModel* model = supervisor_of(world)) {
    const Duration timeout = world.timeout();
    Operation& operation = world.begin("which_children", model, timeout);
    const auto infos = model->supervisor().which_children(timeout);
    world.returned(operation, error_of(infos));
    world.expect(infos || World::is_neutral(&infos.error()), "which_children cannot fail", operation.number);
  }
}

void stop_supervisor(World& world, Client& /*client*/) {
  SupervisorModel* model = supervisor_of(world);
  if (model != nullptr && world.random.one_in(4)) {
    stop(world, *model);
  }
}

const Action table[] = {
    {"terminate_child", 2, terminate_child}, {"restart_child", 3, restart_child},
    {"start_child", 3, start_child},         {"delete_child", 1, delete_child},
    {"which_children", 1, which_children},   {"start_supervisor", 6, start_supervisor},
    {"stop_supervisor", 1, stop_supervisor},
};

}  // namespace

void start_supervisor(World& world, Client& /*client*/) {
  Slot& slot = world.supervisors[0];
  if (slot.is_alive() || slot.booting != nullptr) {
    return;
  }
  auto& model = world.new_home<SupervisorModel>(slot.name);
  model.options = {world.random.below(4), Duration(world.random.between(1, 60))};
  std::vector<ChildSpec> specs;
  for (Slot* child : child_slots(world)) {
    if (child->booting == nullptr && !child->is_alive()) {
      const Restart restart = random_restart(world);
      model.children.push_back({child->name, restart, true});
      specs.push_back(spec_of(world, model, *child, restart));
    }
  }
  Operation& operation = world.begin("start_supervisor", &model, infinity);
  slot.booting = &model;
  slot.home = &model;
  const auto started = Supervisor::start(world.runtime, slot.name, model.options, std::move(specs));
  if (slot.booting == &model) {
    slot.booting = nullptr;
  }
  world.returned(operation, error_of(started));
  if (started && model.process == nullptr) {
    model.begin(*started);
  }
  model.is_starting = false;
}

std::span<const Action> supervisor_actions() {
  return table;
}

}  // namespace baton::simulation
