// SPDX-License-Identifier: Apache-2.0
// The part of Verbs that only looks.
#include "host/control/verbs.hpp"
#include "host/runtime/registry.hpp"

#include <algorithm>
#include <utility>

namespace baton {
namespace {

// A process that is flooded answers late; looking at the host must not take that long.
constexpr Duration patience_of_one{1000};
constexpr Duration patience_of_all{3000};

Duration left_until(SteadyTime deadline, const Clock& clock) {
  const auto left = std::chrono::duration_cast<Duration>(deadline - clock.steady_now());
  return std::clamp(left, Duration::zero(), patience_of_one);
}

/// Until when all have to have answered, who asks having been given `patience` or less.
SteadyTime deadline_of(Duration patience, const Clock& clock) {
  const SteadyTime deadline = clock.steady_now() + patience;
  const Patience* const given = Patience::current();
  return given == nullptr ? deadline
                          : given->bounded(deadline, Patience::Stage::begun, false).value_or(deadline);
}

}  // namespace

ManagerState Verbs::status_of(EventManager& manager, Duration timeout) const {
  if (auto status = manager.status(timeout)) {
    return {std::move(*status), false, manager.options().mailbox};
  }
  ManagerState busy;
  busy.limits = manager.options().mailbox;
  busy.is_busy = true;
  busy.activity = manager.activity()->now(parts_.runtime.clock, parts_.runtime.atoms);
  busy.manager.name = manager.name();
  busy.manager.instance = manager.instance();
  busy.manager.mailbox = manager.mailbox_counters();
  busy.manager.is_suspended = manager.is_suspended();
  return busy;
}

ServerState Verbs::status_of(ServerProcess& server, Duration timeout) const {
  if (auto status = server.status(timeout)) {
    return {std::move(*status), false, server.options().mailbox};
  }
  ServerState busy;
  busy.limits = server.options().mailbox;
  busy.is_busy = true;
  busy.activity = server.activity()->now(parts_.runtime.clock, parts_.runtime.atoms);
  busy.server.name = server.name();
  busy.server.instance = server.instance();
  busy.server.mailbox = server.mailbox_counters();
  busy.server.is_suspended = server.is_suspended();
  return busy;
}

Result<ManagerState> Verbs::manager_status(std::string_view manager) {
  const auto found = find_manager(manager);
  return found ? Result<ManagerState>(status_of(**found, patience_of_one)) : fail(found.error());
}

Result<ServerState> Verbs::server_status(std::string_view server) {
  const auto found = find_server(server);
  return found ? Result<ServerState>(status_of(**found, patience_of_one)) : fail(found.error());
}

std::vector<SupervisorState> Verbs::supervisors() {
  const SteadyTime deadline = parts_.runtime.clock.steady_now() + patience_of_one;
  std::vector<SupervisorState> states;
  for (const std::shared_ptr<Process>& process : parts_.runtime.registry.all()) {
    auto* const supervisor = dynamic_cast<Supervisor*>(process.get());
    if (supervisor == nullptr) {
      continue;
    }
    auto children = supervisor->which_children(left_until(deadline, parts_.runtime.clock));
    states.push_back({supervisor->name(), supervisor->restarts(),
                      children ? std::move(*children) : std::vector<ChildInfo>(), !children});
  }
  return states;
}

std::vector<std::string> Verbs::stopped_children(SteadyTime deadline) {
  std::vector<std::string> stopped;
  for (const std::shared_ptr<Process>& process : parts_.runtime.registry.all()) {
    auto* const supervisor = dynamic_cast<Supervisor*>(process.get());
    if (supervisor == nullptr) {
      continue;
    }
    const auto children = supervisor->which_children(left_until(deadline, parts_.runtime.clock));
    if (!children) {
      continue;  // it is busy, or has ended
    }
    for (auto child = children->rbegin(); child != children->rend(); ++child) {
      if (child->instance == 0) {
        stopped.push_back(child->id);
      }
    }
  }
  return stopped;
}

HostStatus Verbs::status() {
  const Clock& clock = parts_.runtime.clock;
  HostStatus status;
  status.facts = facts_;
  status.uptime = std::chrono::duration_cast<Duration>(clock.steady_now() - facts_.started);
  const SteadyTime deadline = deadline_of(patience_of_all, clock);
  const auto processes = parts_.runtime.registry.all();
  auto left = static_cast<Duration::rep>(processes.size());
  for (const std::shared_ptr<Process>& process : processes) {
    // When there is little time, one that does not answer must leave some of it to the others.
    const auto share = std::chrono::duration_cast<Duration>(deadline - clock.steady_now()) / left--;
    const bool is_short = deadline < clock.steady_now() + patience_of_one;
    const Duration patience = is_short ? std::max(share, Duration(0)) : left_until(deadline, clock);
    if (auto* manager = dynamic_cast<EventManager*>(process.get())) {
      status.managers.push_back(status_of(*manager, patience));
    } else if (auto* server = dynamic_cast<ServerProcess*>(process.get())) {
      status.servers.push_back(status_of(*server, patience));
    }
  }
  status.stopped = stopped_children(deadline);
  status.libraries = parts_.libraries.records();
  status.refused_files = parts_.catalog.files();
  std::erase_if(status.refused_files, [](const CatalogEntry& entry) { return !entry.refusal; });
  return status;
}

std::vector<CatalogEntry> Verbs::plugins() {
  parts_.catalog.rescan();
  return parts_.catalog.files();
}

}  // namespace baton
