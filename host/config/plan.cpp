// SPDX-License-Identifier: Apache-2.0
#include "host/config/plan.hpp"

#include "host/config/plan_changes.hpp"
#include "host/config/plan_instances.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

namespace baton {
namespace {

using namespace plan_reason;

template <class Shape>
const Shape* find_process(const std::vector<Shape>& shapes, std::string_view name) {
  const auto found = std::find_if(shapes.begin(), shapes.end(),
                                  [&](const Shape& shape) { return shape.process.name == name; });
  return found == shapes.end() ? nullptr : &*found;
}

const HandlerShape* find_handler(const ManagerShape* manager, std::string_view id) {
  if (manager == nullptr) {
    return nullptr;
  }
  const auto found = std::ranges::find(manager->handlers, id, &HandlerShape::id);
  return found == manager->handlers.end() ? nullptr : &*found;
}

class PlanMaker {
 public:
  PlanMaker(const HostShape& applied, const HostShape& running, const HostShape& wanted)
      : applied_(applied),
        running_(running),
        wanted_(wanted),
        applied_names_(names_of(applied)),
        running_names_(names_of(running)),
        wanted_names_(names_of(wanted)) {}

  Plan make() {
    find_fresh_supervisors();
    stop_what_is_in_the_way();
    start_all(wanted_.supervisors);
    start_all(wanted_.servers);
    start_all(wanted_.managers);
    restart_all(wanted_.servers);
    restart_all(wanted_.managers);
    adjust_all(wanted_.servers);
    adjust_all(wanted_.managers);
    for (const ServerShape& server : wanted_.servers) {
      if (goes_on(server.process.name)) {
        change_server(*find_process(running_.servers, server.process.name), server);
      }
    }
    for (const ManagerShape& manager : wanted_.managers) {
      if (goes_on(manager.process.name)) {
        change_handlers(*find_process(running_.managers, manager.process.name), manager);
      }
    }
    for (const SupervisorShape& supervisor : wanted_.supervisors) {
      supervise(supervisor);
    }
    remove_handlers();
    remove_processes();
    find_unchanged();
    find_later();
    return std::move(plan_);
  }

 private:
  void add_step(PlanAction action, ElementKind kind, std::string target, std::string what,
                std::string reason) {
    plan_.steps.push_back({action, kind, std::move(target), std::move(what), std::move(reason), false});
  }

  [[nodiscard]] const Known* running(const std::string& name) const {
    const auto found = running_names_.find(name);
    return found == running_names_.end() ? nullptr : &found->second;
  }

  [[nodiscard]] const Known* wanted(const std::string& name) const {
    const auto found = wanted_names_.find(name);
    return found == wanted_names_.end() ? nullptr : &found->second;
  }

  // ---- The tree ----

  /// Supervisors that are started with all that is to be below them: new ones, and those at another place.
  void find_fresh_supervisors() {
    for (const SupervisorShape& supervisor : wanted_.supervisors) {
      const ChildShape& process = supervisor.process;
      const Known* now = running(process.name);
      if (now == nullptr || now->kind != ElementKind::supervisor || now->process->parent != process.parent ||
          fresh_.contains(process.parent)) {
        fresh_.insert(process.name);
      }
    }
  }

  /// It is stopped, itself or with a supervisor above it.
  [[nodiscard]] bool is_stopped(const std::string& name) const {
    const Known* now = running(name);
    return now != nullptr &&
           (stopped_.contains(name) || (!now->process->parent.empty() && is_stopped(now->process->parent)));
  }

  /// What is to be started by a fresh supervisor, and what gives its name to another kind of process.
  void stop_what_is_in_the_way() {
    // Parents before children, so that what goes with its supervisor is not named.
    for (const SupervisorShape& supervisor : running_.supervisors) {
      stop_if_in_the_way(supervisor.process.name);
    }
    for (const auto& [name, known] : running_names_) {
      if (known.kind != ElementKind::supervisor) {
        stop_if_in_the_way(name);
      }
    }
  }

  void stop_if_in_the_way(const std::string& name) {
    const Known& now = *running(name);
    const Known* then = wanted(name);
    if (then == nullptr || is_stopped(name)) {
      return;
    }
    if (then->kind != now.kind) {
      add_step(PlanAction::stop, now.kind, name, now.what,
               fmt::format("it becomes a {}", element_kind_name(then->kind)));
      stopped_.insert(name);
    } else if (fresh_.contains(then->process->parent) || fresh_.contains(name)) {
      add_step(PlanAction::stop, now.kind, name, now.what, other_place);
      stopped_.insert(name);
    }
  }

  [[nodiscard]] bool is_to_start(const ChildShape& process) const {
    return !fresh_.contains(process.parent) && (running(process.name) == nullptr || is_stopped(process.name));
  }

  template <class Shape>
  void start_all(const std::vector<Shape>& shapes) {
    for (const Shape& shape : shapes) {
      if (!is_to_start(shape.process)) {
        continue;
      }
      const bool was_applied = applied_names_.contains(shape.process.name);
      const ElementKind kind = wanted(shape.process.name)->kind;
      const Known* now = running(shape.process.name);
      const char* reason = was_applied ? does_not_run : new_in_file;
      if (now != nullptr) {
        reason = now->kind == kind ? other_place : file_changed;
      }
      add_step(PlanAction::start, kind, shape.process.name, wanted(shape.process.name)->what, reason);
    }
  }

  /// It runs, and is to run at that place.
  [[nodiscard]] bool stays(const ChildShape& process) const {
    const Known* now = running(process.name);
    return now != nullptr && !is_stopped(process.name) && !fresh_.contains(process.parent);
  }

  template <class Shape>
  void restart_all(const std::vector<Shape>& shapes) {
    for (const Shape& shape : shapes) {
      if (!stays(shape.process)) {
        continue;
      }
      const std::string& name = shape.process.name;
      const Known& now = *running(name);
      if (now.process->parent != shape.process.parent) {
        restart(name, fmt::format("from below {} to below {}", now.process->parent, shape.process.parent),
                other_place);
        continue;
      }
      const Changes changes =
          fixed_changes_of(find_process(shapes_like(shape, running_), name)->options, shape.options);
      if (!changes.empty()) {
        restart(name, joined(changes), file_changed);
      }
    }
  }

  static const std::vector<ManagerShape>& shapes_like(const ManagerShape& /*like*/, const HostShape& of) {
    return of.managers;
  }

  static const std::vector<ServerShape>& shapes_like(const ServerShape& /*like*/, const HostShape& of) {
    return of.servers;
  }

  void restart(const std::string& name, std::string what, const char* reason) {
    add_step(PlanAction::restart, wanted(name)->kind, name, std::move(what), reason);
    restarted_.insert(name);
  }

  template <class Shape>
  void adjust_all(const std::vector<Shape>& shapes) {
    for (const Shape& shape : shapes) {
      const std::string& name = shape.process.name;
      if (!goes_on(name)) {
        continue;
      }
      const Shape& now = *find_process(shapes_like(shape, running_), name);
      const Changes changes = changes_of(now, shape);
      if (!changes.empty()) {
        add_step(PlanAction::adjust, wanted(name)->kind, name, joined(changes), file_changed);
      }
    }
  }

  /// It keeps its process.
  [[nodiscard]] bool goes_on(const std::string& name) const {
    return stays(*wanted(name)->process) && !restarted_.contains(name);
  }

  // ---- What is inside of processes ----

  void change_server(const ServerShape& now, const ServerShape& then) {
    const ServerShape* applied = find_process(applied_.servers, then.process.name);
    std::ranges::move(server_steps(applied, now, then), std::back_inserter(plan_.steps));
  }

  void change_handlers(const ManagerShape& now, const ManagerShape& then) {
    const ManagerShape* applied = find_process(applied_.managers, then.process.name);
    std::vector<std::string> order;  // of those that stay, as it will be
    for (const HandlerShape& handler : now.handlers) {
      if (find_handler(&then, handler.id) != nullptr) {
        order.push_back(handler.id);
      }
    }
    std::vector<std::string> order_wanted;
    for (const HandlerShape& handler : then.handlers) {
      const std::string target = then.process.name + "/" + handler.id;
      const HandlerShape* before = find_handler(applied, handler.id);
      order_wanted.push_back(handler.id);
      if (const HandlerShape* old = find_handler(&now, handler.id)) {
        std::ranges::move(handler_steps(target, before, *old, handler), std::back_inserter(plan_.steps));
        continue;
      }
      add_step(PlanAction::add, ElementKind::handler, target, described(handler.made_of),
               before == nullptr ? new_in_file : does_not_run);
      order.push_back(handler.id);
    }
    if (order != order_wanted) {
      add_step(PlanAction::reorder, ElementKind::manager, then.process.name,
               fmt::format("{}", fmt::join(order_wanted, ", ")), "the order of the file");
    }
  }

  void supervise(const SupervisorShape& then) {
    const SupervisorShape* now = find_process(running_.supervisors, then.process.name);
    if (now == nullptr || fresh_.contains(then.process.name)) {
      return;
    }
    Changes changes = changes_of(now->options, then.options);
    for (const std::string& child : then.children) {
      if (const Known* known = wanted(child); known != nullptr && stays(*known->process)) {
        std::ranges::move(changes_of(child, running(child)->process->child, known->process->child),
                          std::back_inserter(changes));
      }
    }
    if (order_afterwards(*now, then) != then.children) {
      changes.push_back(fmt::format("order {}", fmt::join(then.children, ", ")));
    }
    if (!changes.empty()) {
      add_step(PlanAction::supervise, ElementKind::supervisor, then.process.name, joined(changes),
               file_changed);
    }
  }

  /// Of the children that are wanted, when nobody puts them in order: what is started comes behind.
  [[nodiscard]] std::vector<std::string> order_afterwards(const SupervisorShape& now,
                                                          const SupervisorShape& then) const {
    std::vector<std::string> order;
    for (const std::string& name : now.children) {
      if (std::ranges::find(then.children, name) != then.children.end() && !is_stopped(name) &&
          !restarted_.contains(name)) {
        order.push_back(name);
      }
    }
    for (const PlanStep& step : plan_.steps) {
      const bool starts = step.action == PlanAction::start || step.action == PlanAction::restart;
      if (starts && wanted(step.target)->process->parent == then.process.name) {
        order.push_back(step.target);
      }
    }
    return order;
  }

  // ---- What goes ----

  /// Of the last step.
  void lose_state_if(bool has_state) {
    if (has_state) {
      plan_.steps.back().what += its_state_is_lost;
      plan_.steps.back().loses_state = true;
    }
  }

  void remove_handlers() {
    for (const ManagerShape& now : running_.managers) {
      const ManagerShape* then = find_process(wanted_.managers, now.process.name);
      if (then == nullptr || !goes_on(now.process.name)) {
        continue;
      }
      const ManagerShape* applied = find_process(applied_.managers, now.process.name);
      for (const HandlerShape& handler : now.handlers) {
        if (find_handler(then, handler.id) == nullptr) {
          add_step(PlanAction::remove, ElementKind::handler, now.process.name + "/" + handler.id,
                   described(handler.made_of),
                   find_handler(applied, handler.id) != nullptr ? not_in_file : added_by_hand);
          lose_state_if(handler.made_of.has_state);
        }
      }
    }
  }

  /// Children before their supervisors; what goes with its supervisor is not named.
  void remove_processes() {
    const auto remove_all = [&](const auto& shapes) {
      for (auto shape = shapes.rbegin(); shape != shapes.rend(); ++shape) {
        const std::string& name = shape->process.name;
        if (is_unwanted(name) && !is_stopped(name) && !is_unwanted(shape->process.parent)) {
          add_step(PlanAction::remove, running(name)->kind, name, running(name)->what,
                   applied_names_.contains(name) ? not_in_file : added_by_hand);
          lose_state_if(running(name)->has_state);
        }
      }
    };
    remove_all(running_.managers);
    remove_all(running_.servers);
    remove_all(running_.supervisors);
  }

  [[nodiscard]] bool is_unwanted(const std::string& name) const {
    return running(name) != nullptr && wanted(name) == nullptr;
  }

  // ---- What nothing happens to ----

  void find_unchanged() {
    std::set<std::string> touched;
    for (const PlanStep& step : plan_.steps) {
      touched.insert(step.target.substr(0, step.target.find('/')));
    }
    const auto note_all = [&](const auto& shapes) {
      for (const auto& shape : shapes) {
        const std::string& name = shape.process.name;
        if (!touched.contains(name) && goes_on(name)) {
          plan_.unchanged.push_back(name);
        }
      }
    };
    note_all(wanted_.servers);
    note_all(wanted_.managers);
  }

  void find_later() {
    plan_.later = changes_of(running_.host, wanted_.host);
    std::ranges::move(changes_of(running_.plugins, wanted_.plugins), std::back_inserter(plan_.later));
  }

  const HostShape& applied_;
  const HostShape& running_;
  const HostShape& wanted_;
  const Names applied_names_;
  const Names running_names_;
  const Names wanted_names_;
  std::set<std::string> fresh_;
  std::set<std::string> stopped_;  // by a step of their own
  std::set<std::string> restarted_;
  Plan plan_;
};

}  // namespace

Plan make_plan(const HostShape& applied, const HostShape& running, const HostShape& wanted) {
  return PlanMaker(applied, running, wanted).make();
}

}  // namespace baton
