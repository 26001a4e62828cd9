// SPDX-License-Identifier: Apache-2.0
// Supervisor: what sys asks of it.
#include "host/behaviour/supervisor.hpp"

#include <baton/json.hpp>

#include <fmt/format.h>

#include <utility>

namespace baton {

std::vector<SysInstance> Supervisor::sys_instances() const {
  std::string children;
  for (const ChildInfo& info : infos_newest_first()) {
    children += fmt::format(R"({}{{"id":{},"instance":{},"restart":"{}","restarts":{}}})",
                            children.empty() ? "" : ",", json_string(info.id), info.instance,
                            restart_name(info.restart), info.restarts);
  }
  std::string shown = fmt::format(R"({{"max_restarts":{},"within_ms":{},"children":[{}]}})",
                                  options_.max_restarts, options_.within.count(), children);
  return {{name(), "supervisor", {}, instance(), std::move(shown)}};
}

std::vector<SysState> Supervisor::sys_states() {
  std::vector<SysState> states;
  for (SysInstance& self : sys_instances()) {
    states.push_back({std::move(self), std::optional<State>()});
  }
  return states;
}

Result<void> Supervisor::replace_states(const ReplaceState& /*replace*/) {
  return fail(Errc::not_supported,
              fmt::format("`{}` is a supervisor: start, terminate and delete its children instead", name()));
}

void Supervisor::tell_parent(Process& process) const {
  if (auto* child = dynamic_cast<SysProcess*>(&process)) {
    child->set_parent(name());
  }
}

}  // namespace baton
