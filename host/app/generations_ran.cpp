// SPDX-License-Identifier: Apache-2.0
// Generations: what ran before an apply, when that is not what was applied last.
#include "host/app/generations.hpp"
#include "host/app/ran_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace baton {

std::optional<Generations::Ran> Generations::ran_before(const Generation& now, HostShape running) {
  Plan since = make_plan(now.shape, now.shape, running);
  if (since.is_empty()) {
    return std::nullopt;
  }
  const std::set<std::string> missed = missed_targets(parts_.runtime, parts_.deployment);
  std::erase_if(since.steps, [&missed](const PlanStep& step) { return missed.contains(step.target); });
  if (since.is_empty()) {
    return std::nullopt;  // what has crashed was not changed
  }
  kept_.keep(running, parts_.deployment);
  Ran ran{{now.number + 1, ran_config({now.config, now.shape, running}, missed, parts_.deployment), {}},
          counted(since),
          {}};
  // A way back that fails for one file would be none for all others.
  const auto is_gone = [&](const std::string& target, OfferKind kind, const InstanceShape& made_of) {
    if (kept_.find(kind, made_of.type, made_of.version)) {
      return false;
    }
    ran.not_kept.push_back(target);
    return true;
  };
  for (const ManagerShape& manager : running.managers) {
    const auto config =
        std::ranges::find(ran.generation.config.managers, manager.process.name, &ManagerConfig::name);
    for (const HandlerShape& handler : manager.handlers) {
      if (is_gone(handler_target(manager.process.name, handler.id), OfferKind::handler, handler.made_of)) {
        std::erase_if(config->handlers, [&](const HandlerConfig& one) { return one.id == handler.id; });
      }
    }
  }
  for (const ServerShape& server : running.servers) {
    if (is_gone(server.process.name, OfferKind::server, server.made_of)) {
      std::erase_if(ran.generation.config.servers,
                    [&](const ServerConfig& one) { return one.name == server.process.name; });
    }
  }
  ran.generation.shape = std::move(running);
  return ran;
}

}  // namespace baton
