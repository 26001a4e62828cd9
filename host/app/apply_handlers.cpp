// SPDX-License-Identifier: Apache-2.0
// Steps of a plan inside of a manager.
#include "host/app/apply_steps.hpp"
#include "host/app/supervision_tree.hpp"
#include "host/behaviour/state_handover.hpp"
#include "host/runtime/registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace baton {
namespace {

constexpr const char* taken_back = "the plan was taken back";

using Manager = std::shared_ptr<EventManager>;

Result<Manager> find_manager(const StepContext& context, const std::string& name) {
  auto manager = std::dynamic_pointer_cast<EventManager>(context.parts.runtime.registry.whereis(name));
  if (!manager) {
    return fail(Errc::not_found, fmt::format("no event manager `{}` runs any more", name));
  }
  if (manager->is_suspended()) {
    return fail(Errc::refused,
                fmt::format("`{}` is suspended: `baton sys resume {}` comes first", name, name));
  }
  return manager;
}

Result<std::vector<std::string>> ids_in_order(EventManager& manager) {
  const auto handlers = manager.which_handlers(infinity);
  if (!handlers) {
    return fail(handlers.error());
  }
  std::vector<std::string> ids;
  for (auto handler = handlers->rbegin(); handler != handlers->rend(); ++handler) {
    ids.push_back(handler->id);
  }
  return ids;
}

/// A failure of terminate is reported by the manager; the handler is gone all the same.
Result<void> delete_handler(EventManager& manager, const std::string& id, const std::string& argument) {
  const auto deleted = manager.delete_handler(id, argument, infinity);
  return deleted || deleted.error().code == Errc::crashed ? Result<void>() : fail(deleted.error());
}

/// What a removed handler is made from again; without a state when it has none or does not give it.
std::optional<State> last_state(EventManager& manager, const std::string& id) {
  const auto states = manager.sys().get_state(infinity);
  if (!states) {
    return std::nullopt;
  }
  const auto found = std::find_if(states->begin(), states->end(),
                                  [&](const SysState& state) { return state.instance.id == id; });
  return found == states->end() || !found->state ? std::nullopt : *found->state;
}

/// The way back of a swap that moved `there` at that event.
Result<std::string> swap_back(const HandlerPlace& place, const HandlerSpec& old, const SwapReport& there) {
  // What came to the place of another type has nothing that this one could take over.
  Result<SwapReport> back =
      there.left_state_bytes
          ? Result<SwapReport>(fail(Errc::state_refused, "another type"))
          : place.manager->swap_handler({place.id, old, SwapMode::safe, taken_back, {}}, infinity);
  if (back) {
    return describe_swap(*back);
  }
  if (!there.kept_state) {
    return fail(back.error());
  }
  HandlerSpec with_kept_state = old;
  with_kept_state.state = there.kept_state;
  back = place.manager->swap_handler({place.id, std::move(with_kept_state), SwapMode::safe, taken_back, {}},
                                     infinity);
  if (!back) {
    return fail(back.error());
  }
  return fmt::format("{}, with the state of the swap: {} events since are not in it", describe_swap(*back),
                     back->at_message - there.at_message);
}

}  // namespace

Result<HandlerPlace> find_place(const StepContext& context, const std::string& target) {
  const std::size_t slash = target.find('/');
  auto manager = find_manager(context, target.substr(0, slash));
  if (!manager) {
    return fail(manager.error());
  }
  return HandlerPlace{std::move(*manager), target.substr(slash + 1), target};
}

Result<HandlerOrder> wanted_order(const StepContext& context, const HandlerPlace& place) {
  const auto manager = std::ranges::find(context.to.managers, place.manager->name(), &ManagerConfig::name);
  if (manager != context.to.managers.end()) {
    const auto handler = std::ranges::find(manager->handlers, place.id, &HandlerConfig::id);
    if (handler != manager->handlers.end()) {
      return order_of(*handler, context.to);
    }
  }
  return fail(Errc::not_found, fmt::format("the config has no handler `{}`", place.target));
}

Result<HandlerChange> find_change(const StepContext& context, const std::string& target) {
  auto place = find_place(context, target);
  if (!place) {
    return fail(place.error());
  }
  auto order = wanted_order(context, *place);
  auto old = place->manager->handler_spec(place->id, infinity);
  if (!order || !old) {
    return fail(order ? old.error() : order.error());
  }
  return HandlerChange{std::move(*place), std::move(*order), std::move(*old)};
}

void remember(Deployment& deployment, const std::string& target, const std::optional<Recipe>& recipe) {
  if (recipe) {
    deployment.remember(target, *recipe);
  } else {
    deployment.forget(target);
  }
}

std::string describe_swap(const SwapReport& report) {
  const std::string state = report.state_moved ? fmt::format("state {} taken over", report.old_state_version)
                            : report.left_state_bytes
                                ? fmt::format("its state ({} bytes) left behind", *report.left_state_bytes)
                                : "no state taken over";
  return fmt::format("#{} -> #{}  {}  pause {} us", report.old_instance, report.new_instance, state,
                     report.pause.count());
}

bool needs_kept_state(const TypeInfo& old_type, const TypeInfo& new_type) {
  return old_type.name != new_type.name || !reads_state(old_type, new_type.state_writes);
}

Result<DoneStep> add_handler_step(const StepContext& context, const std::string& target) {
  auto place = find_place(context, target);
  if (!place) {
    return fail(place.error());
  }
  const auto order = wanted_order(context, *place);
  if (!order) {
    return fail(order.error());
  }
  Deployment& deployment = context.parts.deployment;
  const auto added = deployment.add_handler(*place->manager, *order, infinity);
  if (!added) {
    return fail(added.error());
  }
  return DoneStep{fmt::format("#{}", added->instance),
                  [place = *place, &deployment]() -> Result<std::string> {
                    if (auto deleted = delete_handler(*place.manager, place.id, taken_back); !deleted) {
                      return fail(deleted.error());
                    }
                    deployment.forget(place.target);
                    return std::string("removed");
                  }};
}

Result<DoneStep> swap_handler_step(const StepContext& context, const std::string& target) {
  const auto change = find_change(context, target);
  if (!change) {
    return fail(change.error());
  }
  const auto& [place, order, old] = *change;
  Deployment& deployment = context.parts.deployment;
  auto spec = deployment.handler(place.id, order.recipe);
  if (!spec) {
    return fail(spec.error());
  }
  spec->crash_policy = order.crash_policy;
  SwapRequest request{place.id, std::move(*spec), SwapMode::safe, {}, {}};
  request.keeps_state = needs_kept_state(old.factory->type(), request.replacement.factory->type());
  auto report = place.manager->swap_handler(std::move(request), infinity);
  if (!report) {
    return fail(report.error());
  }
  const std::optional<Recipe> old_recipe = deployment.recipe_of(target);
  deployment.remember(target, order.recipe);
  std::string text = describe_swap(*report);
  return DoneStep{std::move(text),
                  [place = place, &deployment, old = old, there = std::move(*report),
                   old_recipe]() -> Result<std::string> {
                    auto back = swap_back(place, old, there);
                    if (back) {
                      remember(deployment, place.target, old_recipe);
                    }
                    return back;
                  }};
}

Result<DoneStep> adjust_handler_step(const StepContext& context, const std::string& target) {
  const auto change = find_change(context, target);
  if (!change) {
    return fail(change.error());
  }
  const auto& [place, order, old] = *change;
  const auto adjusted =
      place.manager->adjust_handler(place.id, order.crash_policy, order.recipe.canary, infinity);
  if (!adjusted) {
    return fail(adjusted.error());
  }
  Deployment& deployment = context.parts.deployment;
  const std::optional<Recipe> old_recipe = deployment.recipe_of(target);
  deployment.remember(target, order.recipe);
  return DoneStep{"",
                  [place = place, &deployment, policy = old.crash_policy.value_or(CrashPolicy()),
                   recent = old.recent_events, old_recipe]() -> Result<std::string> {
                    remember(deployment, place.target, old_recipe);
                    auto back = place.manager->adjust_handler(place.id, policy, recent, infinity);
                    return back ? Result<std::string>("") : fail(back.error());
                  }};
}

Result<DoneStep> remove_handler_step(const StepContext& context, const std::string& target) {
  auto place = find_place(context, target);
  if (!place) {
    return fail(place.error());
  }
  auto order = ids_in_order(*place->manager);
  auto old = place->manager->handler_spec(place->id, infinity);
  if (!order || !old) {
    return fail(order ? old.error() : order.error());
  }
  old->state = last_state(*place->manager, place->id);
  if (auto deleted = delete_handler(*place->manager, place->id, ""); !deleted) {
    return fail(deleted.error());
  }
  Deployment& deployment = context.parts.deployment;
  const std::optional<Recipe> old_recipe = deployment.recipe_of(target);
  deployment.forget(target);
  return DoneStep{"",
                  [place = *place, &deployment, old = std::move(*old), order = std::move(*order),
                   old_recipe]() -> Result<std::string> {
                    const auto added = place.manager->add_handler(old, infinity);
                    if (!added) {
                      return fail(added.error());
                    }
                    remember(deployment, place.target, old_recipe);
                    (void)place.manager->reorder(order, infinity);  // one of them may have crashed meanwhile
                    return fmt::format("#{}{}", added->instance, old.state ? "  with its state" : "");
                  }};
}

Result<DoneStep> reorder_step(const StepContext& context, const std::string& name) {
  const auto manager = find_manager(context, name);
  if (!manager) {
    return fail(manager.error());
  }
  auto old_order = ids_in_order(**manager);
  if (!old_order) {
    return fail(old_order.error());
  }
  std::vector<std::string> ids;
  const auto wanted = std::ranges::find(context.to.managers, name, &ManagerConfig::name);
  for (const HandlerConfig& handler : wanted->handlers) {
    if (std::ranges::count(*old_order, handler.id) > 0) {  // one in quarantine is left out
      ids.push_back(handler.id);
    }
  }
  if (auto reordered = (*manager)->reorder(std::move(ids), infinity); !reordered) {
    return fail(reordered.error());
  }
  return DoneStep{"", [manager = *manager, order = std::move(*old_order)]() -> Result<std::string> {
                    auto reordered = manager->reorder(order, infinity);
                    return reordered ? Result<std::string>("") : fail(reordered.error());
                  }};
}

}  // namespace baton
