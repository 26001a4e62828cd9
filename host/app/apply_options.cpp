// SPDX-License-Identifier: Apache-2.0
// Steps of a plan that change the options of an instance which goes on.
#include "host/app/apply_steps.hpp"
#include "host/app/supervision_tree.hpp"
#include "host/runtime/registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace baton {
namespace {

constexpr const char* taken_back = "the plan was taken back";

std::string describe(const OptionsReport& report) {
  return fmt::format("#{} goes on  pause {} us", report.instance, report.pause.count());
}

/// One that does not take its old options back gets a successor that has them, as every other option does.
std::string describe(const SwapReport& back, const Error& refusal) {
  return fmt::format("{}, for {}", describe_swap(back), refusal.text);
}

bool has_crashed(const Error& error) {
  return error.code == Errc::crashed || error.code == Errc::bad_return;
}

Result<std::string> change_back(const HandlerPlace& place, const HandlerSpec& old) {
  const auto back = place.manager->change_options(place.id, old.options, infinity);
  if (back) {
    return describe(*back);
  }
  if (has_crashed(back.error()) || back.error().code == Errc::not_found) {
    return fail(back.error());
  }
  const auto swapped = place.manager->swap_handler({place.id, old, SwapMode::safe, taken_back, {}}, infinity);
  return swapped ? Result<std::string>(describe(*swapped, back.error())) : fail(swapped.error());
}

Result<std::string> change_back(ServerProcess& server, const ServerSpec& old) {
  const auto back = server.change_options(old.options, infinity);
  if (back) {
    return describe(*back);
  }
  if (has_crashed(back.error()) || back.error().code == Errc::process_ended) {
    return fail(back.error());
  }
  const auto swapped = server.swap(old, {}, infinity);
  return swapped ? Result<std::string>(describe(*swapped, back.error())) : fail(swapped.error());
}

}  // namespace

Result<DoneStep> change_handler_options_step(const StepContext& context, const std::string& target) {
  const auto change = find_change(context, target);
  if (!change) {
    return fail(change.error());
  }
  const auto& [place, order, old] = *change;
  Deployment& deployment = context.parts.deployment;
  auto options = deployment.options_of(OfferKind::handler, order.recipe);
  if (!options) {
    return fail(options.error());
  }
  const auto report = place.manager->change_options(place.id, std::move(*options), infinity);
  if (!report) {
    return fail(report.error());
  }
  const std::optional<Recipe> old_recipe = deployment.recipe_of(target);
  deployment.remember(target, order.recipe);
  return DoneStep{describe(*report),
                  [place = place, &deployment, old = old, old_recipe]() -> Result<std::string> {
                    auto back = change_back(place, old);
                    if (back) {
                      remember(deployment, place.target, old_recipe);
                    }
                    return back;
                  }};
}

Result<DoneStep> change_server_options_step(const StepContext& context, const std::string& name) {
  const auto change = find_server_change(context, name);
  if (!change) {
    return fail(change.error());
  }
  const auto& [server, order, old] = *change;
  Deployment& deployment = context.parts.deployment;
  auto options = deployment.options_of(OfferKind::server, order.recipe);
  if (!options) {
    return fail(options.error());
  }
  const auto report = server->change_options(std::move(*options), infinity);
  if (!report) {
    return fail(report.error());
  }
  const std::optional<Recipe> old_recipe = deployment.recipe_of(name);
  deployment.remember(name, order.recipe);
  return DoneStep{describe(*report),
                  [server = server, name, &deployment, old = old, old_recipe]() -> Result<std::string> {
                    auto back = change_back(*server, old);
                    if (back) {
                      remember(deployment, name, old_recipe);
                    }
                    return back;
                  }};
}

}  // namespace baton
