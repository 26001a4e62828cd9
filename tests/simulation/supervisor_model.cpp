// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/model.hpp"
#include "tests/simulation/world.hpp"

#include <algorithm>
#include <utility>

namespace baton::simulation {

SupervisorModel::Child* SupervisorModel::find(std::string_view id) {
  const auto place =
      std::find_if(children.begin(), children.end(), [id](const Child& child) { return child.id == id; });
  return place == children.end() ? nullptr : &*place;
}

std::size_t SupervisorModel::recent_restarts() const {
  const SteadyTime now = world.clock.steady_now();
  return static_cast<std::size_t>(std::count_if(restarts.begin(), restarts.end(),
                                                [&](SteadyTime at) { return now - at <= options.within; }));
}

void SupervisorModel::starting(std::string_view id) {
  if (process == nullptr) {
    begin(world.registry.whereis(name));
    world.slot_of(name)->booting = nullptr;
  }
  Child* child = find(id);
  world.expect(child != nullptr || is_uncertain, "only children that are known are started");
  if (child == nullptr || std::exchange(child->is_first, false) || is_uncertain) {
    return;
  }
  // Restarts and requests wait in one queue; what was reported comes before what is asked for.
  const bool is_due = std::exchange(child->is_due, false);
  world.trace(name.c_str(), is_due ? "starts an ended child" : "starts a child", restarts.size());
  if (is_due && administration != nullptr && administration->begun < child->home->ended_at) {
    administration->create_called = true;  // it came before, and found the child running
  }
  // While a restart is tried again, restart_child starts nobody.
  const bool is_retry = child->is_restarting && child->is_wanted;
  if (!is_due && !is_retry && administration != nullptr && administration->id == id &&
      !administration->create_called) {
    administration->create_called = true;
    return;
  }
  world.expect(!has_given_up, "a supervisor that gave up starts nobody");
  const bool has_ended = child->home != nullptr && child->home->ended_at != 0;
  world.expect(child->is_restarting || has_ended, "no child is started while it runs");
  world.expect(child->is_wanted, "a terminated child is not started again");
  world.expect(child->restart != Restart::temporary, "a temporary child is not started again");
  if (has_ended && !child->is_restarting) {
    world.expect(child->restart == Restart::permanent || !child->home->exit.is_quiet(),
                 "a transient child that ended well is not started again");
  }
  restarts.push_back(world.clock.steady_now());
  ++child->restarts;
  world.expect(recent_restarts() <= options.max_restarts, "no more restarts than allowed", restarts.size(),
               options.max_restarts);
  child->is_restarting = true;  // until it has started
}

void SupervisorModel::started(std::string_view id, Home* home) {
  Child* child = find(id);
  if (is_starting && home == nullptr && child != nullptr && child->home == nullptr) {
    expected_exit = ExitReason::shutdown();  // the whole start fails
  }
  if (child != nullptr && home != nullptr) {
    child->home = home;
    child->is_restarting = false;
    child->is_wanted = true;
  }
}

void SupervisorModel::reports(std::string_view record, std::string_view id) {
  if (record == "child_terminated") {
    world.trace(name.c_str(), "child_terminated", process->instance(), recent_restarts());
    if (Child* child = find(id)) {
      // Without a home it is a new one of the same id, asked for and not yet started.
      child->is_due = child->restart != Restart::temporary && child->home != nullptr;
    }
    return;
  }
  world.expect(!has_given_up, "a supervisor gives up once");
  has_given_up = true;
  expected_exit = ExitReason::shutdown();
  world.expect(is_uncertain || recent_restarts() == options.max_restarts,
               "a supervisor gives up at one restart too many only", recent_restarts(), options.max_restarts);
}

void SupervisorModel::check_at_rest() {
  const auto infos = supervisor().which_children();
  world.expect(infos.has_value(), "a supervisor at rest answers");
  if (!infos || is_uncertain) {
    return;
  }
  for (const Child& child : children) {
    const auto info = std::find_if(infos->begin(), infos->end(), [&](auto& i) { return i.id == child.id; });
    const bool has_ended = child.home != nullptr && child.home->ended_at != 0;
    if (info == infos->end()) {
      world.expect(child.restart == Restart::temporary && has_ended,
                   "a child is forgotten only if temporary");
      continue;
    }
    const bool runs = info->instance != 0;
    const bool may_rest = child.restart == Restart::transient && has_ended && child.home->exit.is_quiet();
    world.expect(runs == (child.is_wanted && !may_rest), "the children that must run do run", runs ? 1 : 0,
                 child.restarts);
    world.expect(!runs || (!has_ended && child.home->process->instance() == info->instance),
                 "a child is the process that was started last", info->instance);
    world.expect(info->restarts == child.restarts, "restarts are counted", info->restarts, child.restarts);
  }
  world.expect(infos->size() <= children.size(), "nobody is a child who was not started", infos->size());
}

}  // namespace baton::simulation
