// SPDX-License-Identifier: Apache-2.0
#include "host/runtime/registry.hpp"

#include "host/runtime/process.hpp"

#include <algorithm>
#include <utility>

namespace baton {

Result<void> Registry::add(const std::shared_ptr<Process>& process) {
  const Lock lock(mutex_);
  const auto [place, is_new] = processes_.try_emplace(process->name(), process);
  if (!is_new) {
    return fail(Errc::already_started, "`" + process->name() + "` is running already: " + process->name() +
                                           "#" + std::to_string(place->second->instance()));
  }
  return {};
}

void Registry::remove(const Process& process) {
  std::shared_ptr<Process> last;  // released unlocked: its destructor may do much
  const Lock lock(mutex_);
  const auto place = processes_.find(process.name());
  if (place != processes_.end() && place->second.get() == &process) {
    last = std::move(place->second);
    processes_.erase(place);
  }
}

std::shared_ptr<Process> Registry::whereis(std::string_view name) const {
  const Lock lock(mutex_);
  const auto place = processes_.find(name);
  return place == processes_.end() ? nullptr : place->second;
}

std::vector<std::shared_ptr<Process>> Registry::all() const {
  std::vector<std::shared_ptr<Process>> all;
  {
    const Lock lock(mutex_);
    all.reserve(processes_.size());
    for (const auto& [name, process] : processes_) {
      all.push_back(process);
    }
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a->name() < b->name(); });
  return all;
}

std::uint64_t Registry::next_instance(std::string_view name) {
  const Lock lock(mutex_);
  if (const auto place = instances_.find(name); place != instances_.end()) {
    return ++place->second;
  }
  return instances_.emplace(name, 1).first->second;
}

void Registry::forget_instances(std::string_view name) {
  const Lock lock(mutex_);
  const auto place = instances_.find(name);
  if (place != instances_.end()) {
    instances_.erase(place);
  }
}

}  // namespace baton
