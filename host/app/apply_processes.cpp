// SPDX-License-Identifier: Apache-2.0
// Steps of a plan about processes as the children of their supervisors, and about the code of servers.
#include "host/app/apply_steps.hpp"
#include "host/app/supervision_tree.hpp"
#include "host/runtime/registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace baton {
namespace {

using Parent = std::shared_ptr<Supervisor>;

Result<Parent> find_supervisor(const StepContext& context, const std::string& name) {
  auto supervisor = std::dynamic_pointer_cast<Supervisor>(context.parts.runtime.registry.whereis(name));
  if (!supervisor) {
    return fail(Errc::not_found, fmt::format("no supervisor `{}` runs any more", name));
  }
  if (supervisor->is_suspended()) {
    return fail(Errc::refused,
                fmt::format("`{}` is suspended: `baton sys resume {}` comes first", name, name));
  }
  return supervisor;
}

/// Whose child it is, as the supervisors say.
Result<Parent> find_parent(const StepContext& context, const std::string& child) {
  for (const std::shared_ptr<Process>& process : context.parts.runtime.registry.all()) {
    auto supervisor = std::dynamic_pointer_cast<Supervisor>(process);
    if (supervisor && !supervisor->is_suspended() && supervisor->get_childspec(child, infinity)) {
      return supervisor;
    }
  }
  return fail(Errc::not_found, fmt::format("no supervisor knows `{}` any more", child));
}

/// How a child was started that the old config does not have: by hand. Nothing when nobody knows any more.
std::optional<ChildSpec> spec_by_hand(Supervisor& parent, const std::string& name) {
  auto known = parent.get_childspec(name, infinity);
  return known && known->start ? std::optional(std::move(*known)) : std::nullopt;
}

/// Stops a child and forgets it.
Result<void> stop_child(Supervisor& parent, const std::string& name) {
  auto stopped = parent.terminate_child(name, infinity);
  if (!stopped) {
    return stopped;
  }
  auto forgotten = parent.delete_child(name, infinity);
  // A temporary one is forgotten when it ends.
  return forgotten || forgotten.error().code == Errc::not_found ? Result<void>() : forgotten;
}

Result<std::string> start_child(Supervisor& parent, ChildSpec spec) {
  const std::string name = spec.id;
  const auto started = parent.start_child(std::move(spec), infinity);
  if (!started) {
    return fail(started.error());
  }
  if (started->instance == 0) {
    (void)parent.delete_child(name, infinity);
    return fail(Errc::ignored, fmt::format("`{}` decided not to start", name));
  }
  return fmt::format("#{}", started->instance);
}

/// Starts what was stopped, as the old config says; made anew, for the new config may have been there since.
Result<std::string> start_again(const StepContext& context, const Parent& parent, const std::string& name,
                                const std::optional<ChildSpec>& by_hand) {
  auto spec = child_spec(context.from, name, context.parts.runtime, context.parts.deployment);
  if (!spec) {
    spec = by_hand;
  }
  return spec ? start_child(*parent, std::move(*spec))
              : fail(Errc::not_supported, "nobody knows any more how it was started");
}

Result<ChildSpec> wanted_spec(const StepContext& context, const std::string& name) {
  auto spec = child_spec(context.to, name, context.parts.runtime, context.parts.deployment);
  return spec ? Result<ChildSpec>(std::move(*spec))
              : fail(Errc::not_found, fmt::format("the config has no `{}`", name));
}

const SupervisorOptions& options_of(const HostConfig& config, const std::string& supervisor) {
  const auto found = std::ranges::find(config.supervisors, supervisor, &SupervisorConfig::name);
  return found == config.supervisors.end() ? config.supervision : found->options;
}

Result<void> change_supervisor(const StepContext& context, Supervisor& supervisor, const HostConfig& config) {
  return supervisor.change(
      options_of(config, supervisor.name()),
      children_of(config, supervisor.name(), context.parts.runtime, context.parts.deployment), infinity);
}

Result<std::string> swap_back(ServerProcess& server, const ServerSpec& old, const SwapReport& there) {
  // What came to the place of another type has nothing that this one could take over.
  Result<SwapReport> back = there.left_state_bytes
                                ? Result<SwapReport>(fail(Errc::state_refused, "another type"))
                                : server.swap(old, {}, infinity);
  if (back) {
    return describe_swap(*back);
  }
  if (!there.kept_state) {
    return fail(back.error());
  }
  ServerSpec with_kept_state = old;
  with_kept_state.state = there.kept_state;
  back = server.swap(std::move(with_kept_state), {}, infinity);
  if (!back) {
    return fail(back.error());
  }
  return fmt::format("{}, with the state of the swap: what came since is not in it", describe_swap(*back));
}

/// Its mailbox and the like, and how its swaps are tried and watched.
Result<DoneStep> adjust_server(const StepContext& context, const std::string& name) {
  const auto change = find_server_change(context, name);
  if (!change) {
    return fail(change.error());
  }
  const auto& [server, order, old] = *change;
  if (auto kept = server->keep_recent(order.recipe.canary, infinity); !kept) {
    return fail(kept.error());
  }
  server->set_options(order.process);
  Deployment& deployment = context.parts.deployment;
  const std::optional<Recipe> old_recipe = deployment.recipe_of(name);
  if (old_recipe) {  // what it is made of is the next step's affair, if it changes
    Recipe adjusted = *old_recipe;
    adjusted.canary = order.recipe.canary;
    adjusted.watch = order.recipe.watch;
    deployment.remember(name, std::move(adjusted));
  }
  return DoneStep{"",
                  [server = server, name, &deployment, options = old.process, recent = old.recent_requests,
                   old_recipe]() -> Result<std::string> {
                    if (old_recipe) {
                      deployment.remember(name, *old_recipe);
                    }
                    server->set_options(options);
                    auto kept = server->keep_recent(recent, infinity);
                    return kept ? Result<std::string>("") : fail(kept.error());
                  }};
}

/// What the new config has the manager record, when that is not what the old one has.
std::optional<RecordLimits> changed_record(const StepContext& context, const std::string& manager) {
  const auto from = std::ranges::find(context.from.managers, manager, &ManagerConfig::name);
  const auto to = std::ranges::find(context.to.managers, manager, &ManagerConfig::name);
  const bool is_changed = to != context.to.managers.end() &&
                          (from == context.from.managers.end() || from->options.record != to->options.record);
  return is_changed ? std::optional(to->options.record) : std::nullopt;
}

/// Returns what it recorded before; nothing when that goes on.
Result<std::optional<RecordLimits>> change_record(const StepContext& context,
                                                  const std::shared_ptr<Process>& process) {
  const auto manager = std::dynamic_pointer_cast<EventManager>(process);
  const auto wanted = changed_record(context, process->name());
  if (!manager || !wanted) {
    return std::optional<RecordLimits>();
  }
  const auto old = manager->recorded({.last = 0}, infinity);
  if (!old) {
    return fail(old.error());
  }
  if (const auto changed = manager->record(*wanted, infinity); !changed) {
    return fail(changed.error());
  }
  return std::optional(old->status.limits);
}

}  // namespace

Result<ServerChange> find_server_change(const StepContext& context, const std::string& name) {
  auto server = std::dynamic_pointer_cast<ServerProcess>(context.parts.runtime.registry.whereis(name));
  const auto wanted = std::ranges::find(context.to.servers, name, &ServerConfig::name);
  if (!server || wanted == context.to.servers.end()) {
    return fail(Errc::not_found, fmt::format("no server `{}` runs any more", name));
  }
  auto old = server->spec(infinity);
  if (!old) {
    return fail(old.error());
  }
  return ServerChange{std::move(server), order_of(*wanted, context.to), std::move(*old)};
}

Result<DoneStep> start_step(const StepContext& context, const std::string& name) {
  const auto parent = find_supervisor(context, parent_of(context.to, name));
  if (!parent) {
    return fail(parent.error());
  }
  auto spec = wanted_spec(context, name);
  if (!spec) {
    return fail(spec.error());
  }
  (void)stop_child(**parent, name);  // it may be known, and stopped
  auto started = start_child(**parent, std::move(*spec));
  if (!started) {
    return fail(started.error());
  }
  return DoneStep{std::move(*started), [parent = *parent, name]() -> Result<std::string> {
                    auto stopped = stop_child(*parent, name);
                    return stopped ? Result<std::string>("stopped") : fail(stopped.error());
                  }};
}

Result<DoneStep> stop_step(const StepContext& context, const std::string& name) {
  const auto parent = find_parent(context, name);
  if (!parent) {
    return fail(parent.error());
  }
  auto by_hand = spec_by_hand(**parent, name);
  if (auto stopped = stop_child(**parent, name); !stopped) {
    return fail(stopped.error());
  }
  return DoneStep{"", [context, parent = *parent, name, by_hand = std::move(by_hand)] {
                    return start_again(context, parent, name, by_hand);
                  }};
}

Result<DoneStep> restart_step(const StepContext& context, const std::string& name) {
  const auto new_parent = find_supervisor(context, parent_of(context.to, name));
  if (!new_parent) {
    return fail(new_parent.error());
  }
  auto stopped = stop_step(context, name);
  if (!stopped) {
    return stopped;
  }
  auto spec = wanted_spec(context, name);
  auto started = spec ? start_child(**new_parent, std::move(*spec)) : fail(spec.error());
  if (!started) {
    const auto again = stopped->take_back();
    return fail(started.error().code,
                fmt::format("{}; {}", started.error().text,
                            again ? "the old one was started again: " + *again
                                  : "and the old one does not start any more: " + again.error().text));
  }
  return DoneStep{
      std::move(*started),
      [parent = *new_parent, name, back = std::move(stopped->take_back)]() -> Result<std::string> {
        auto gone = stop_child(*parent, name);
        return gone ? back() : fail(gone.error());
      }};
}

Result<DoneStep> adjust_step(const StepContext& context, const std::string& name) {
  const std::shared_ptr<Process> process = context.parts.runtime.registry.whereis(name);
  const auto manager = std::ranges::find(context.to.managers, name, &ManagerConfig::name);
  if (manager == context.to.managers.end()) {
    return adjust_server(context, name);
  }
  if (!process) {
    return fail(Errc::not_found, fmt::format("no process `{}` runs any more", name));
  }
  const auto old_record = change_record(context, process);
  if (!old_record) {
    return fail(old_record.error());
  }
  const ProcessOptions old = process->options();
  process->set_options(manager->options.process);
  return DoneStep{"", [process, old, old_record = *old_record]() -> Result<std::string> {
                    process->set_options(old);
                    const auto event_manager = std::dynamic_pointer_cast<EventManager>(process);
                    if (event_manager && old_record) {
                      const auto back = event_manager->record(*old_record, infinity);
                      return back ? Result<std::string>("") : fail(back.error());
                    }
                    return std::string();
                  }};
}

Result<DoneStep> supervise_step(const StepContext& context, const std::string& name) {
  const auto supervisor = find_supervisor(context, name);
  if (!supervisor) {
    return fail(supervisor.error());
  }
  if (auto changed = change_supervisor(context, **supervisor, context.to); !changed) {
    return fail(changed.error());
  }
  return DoneStep{"", [context, supervisor = *supervisor]() -> Result<std::string> {
                    auto changed = change_supervisor(context, *supervisor, context.from);
                    return changed ? Result<std::string>("") : fail(changed.error());
                  }};
}

Result<DoneStep> swap_server_step(const StepContext& context, const std::string& name) {
  const auto change = find_server_change(context, name);
  if (!change) {
    return fail(change.error());
  }
  const auto& [server, order, old] = *change;
  Deployment& deployment = context.parts.deployment;
  auto spec = deployment.server(name, order.recipe, server->options());
  if (!spec) {
    return fail(spec.error());
  }
  spec->keeps_state = needs_kept_state(old.factory->type(), spec->factory->type());
  auto report = server->swap(std::move(*spec), {}, infinity);
  if (!report) {
    return fail(report.error());
  }
  const std::optional<Recipe> old_recipe = deployment.recipe_of(name);
  deployment.remember(name, order.recipe);
  std::string text = describe_swap(*report);
  return DoneStep{std::move(text),
                  [server = server, name, &deployment, old = old, there = std::move(*report),
                   old_recipe]() -> Result<std::string> {
                    auto back = swap_back(*server, old, there);
                    if (back && old_recipe) {
                      deployment.remember(name, *old_recipe);
                    }
                    return back;
                  }};
}

}  // namespace baton
