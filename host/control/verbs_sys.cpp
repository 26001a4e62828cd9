// SPDX-License-Identifier: Apache-2.0
// The part of Verbs that is about sys and what it does to the others.
#include "host/base/suggest.hpp"
#include "host/control/verbs.hpp"
#include "host/runtime/registry.hpp"

#include <fmt/format.h>

#include <utility>

namespace baton {

Result<std::shared_ptr<SysProcess>> Verbs::sys_process(std::string_view name) const {
  if (auto process = std::dynamic_pointer_cast<SysProcess>(parts_.runtime.registry.whereis(name))) {
    return process;
  }
  return fail(Errc::not_found,
              fmt::format("nothing that runs is called `{}`{}", name, did_you_mean(name, sys_names())));
}

std::vector<std::string> Verbs::sys_names() const {
  std::vector<std::string> names;
  for (const std::shared_ptr<Process>& process : parts_.runtime.registry.all()) {
    if (dynamic_cast<const SysProcess*>(process.get()) != nullptr) {
      names.push_back(process->name());
    }
  }
  return names;
}

Result<void> Verbs::sys_change(const Caller& caller, std::string_view what, std::string_view name,
                               const std::function<Result<void>(Sys)>& change) {
  const auto process = sys_process(name);
  auto changed = process ? change((*process)->sys()) : Result<void>(fail(process.error()));
  log_change(caller, fmt::format("sys {}", what), name, changed ? nullptr : &changed.error());
  return changed;
}

Result<std::shared_ptr<EventManager>> Verbs::find_running_manager(std::string_view name) const {
  auto found = find_manager(name);
  if (found) {
    if (auto running = check_running(**found); !running) {
      return fail(std::move(running.error()));
    }
  }
  return found;
}

Result<void> Verbs::check_running(const Process& process) {
  // The connection of who asks would be held until somebody resumes the process; and to resume it, a
  // connection is needed too.
  if (process.is_suspended()) {
    return fail(Errc::refused,
                fmt::format("`{0}` is suspended: resume it first, with sys resume {0}", process.name()));
  }
  return {};
}

}  // namespace baton
