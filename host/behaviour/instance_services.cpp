// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/instance_services.hpp"

#include "host/behaviour/event_manager.hpp"
#include "host/behaviour/server_process.hpp"
#include "host/runtime/atoms.hpp"
#include "host/runtime/registry.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace baton {
namespace {

template <class T>
Result<std::shared_ptr<T>> find_process(const Registry& registry, std::string_view name,
                                        std::string_view kind) {
  if (auto process = std::dynamic_pointer_cast<T>(registry.whereis(name))) {
    return process;
  }
  return fail(Errc::not_found, fmt::format("no {} called `{}` is running", kind, name));
}

}  // namespace

/// Which timers of the instance are waiting: its own number -> the runtime's. A timer that fires takes
/// itself out; whoever takes it out decides whether it arrives.
struct InstanceServices::TimerTable {
  Mutex mutex;
  std::map<std::uint64_t, TimerId> waiting BATON_GUARDED_BY(mutex);
  std::uint64_t last BATON_GUARDED_BY(mutex) = 0;

  bool take(std::uint64_t timer) {
    const Lock lock(mutex);
    return waiting.erase(timer) > 0;
  }
};

InstanceServices::InstanceServices(Runtime& runtime, std::string label, Sinks sinks)
    : runtime_(runtime),
      label_(std::move(label)),
      sinks_(std::move(sinks)),
      timers_(std::make_shared<TimerTable>()) {}

InstanceServices::~InstanceServices() {
  std::map<std::uint64_t, TimerId> waiting;
  {
    const Lock lock(timers_->mutex);
    waiting.swap(timers_->waiting);
  }
  for (const auto& [timer, id] : waiting) {
    (void)runtime_.timers.cancel(id);  // one that is firing finds itself taken out
  }
}

void InstanceServices::log(LogLevel level, std::string_view text) {
  runtime_.log.write(level, "plugin_says", {{"from", label_}, {"text", text}});
}

Atom InstanceServices::intern(std::string_view text) {
  return runtime_.atoms.intern(text);
}

std::string_view InstanceServices::atom_text(Atom atom) const {
  return runtime_.atoms.text(atom);
}

std::int64_t InstanceServices::now_us() const {
  return runtime_.clock.utc_now_us();
}

Result<std::uint64_t> InstanceServices::start_timer(Duration delay, const Message& info) {
  const Lock lock(timers_->mutex);
  if (timers_->waiting.size() >= timers_max) {
    return fail(Errc::overloaded,
                fmt::format("{} has {} timers waiting, which is the limit", label_, timers_max));
  }
  const std::uint64_t timer = ++timers_->last;
  // The task takes the lock only when it runs, on another thread or later.
  timers_->waiting[timer] = runtime_.timers.start(
      delay, [table = timers_, timer, deliver = sinks_.info, message = OwnedMessage(info)]() mutable {
        if (table->take(timer)) {
          deliver(std::move(message));
        }
      });
  return timer;
}

Result<void> InstanceServices::cancel_timer(std::uint64_t timer) {
  TimerId id = 0;
  {
    const Lock lock(timers_->mutex);
    const auto place = timers_->waiting.find(timer);
    if (place == timers_->waiting.end()) {
      return fail(Errc::not_found, fmt::format("timer {} has fired or never was", timer));
    }
    id = place->second;
    timers_->waiting.erase(place);
  }
  (void)runtime_.timers.cancel(id);
  return {};
}

Result<void> InstanceServices::notify(std::string_view manager, const Message& event) {
  const auto process = find_process<EventManager>(runtime_.registry, manager, "event manager");
  if (!process) {
    return fail(process.error());
  }
  const Message canonical = with_atom(event, runtime_.atoms);
  const auto sent = (*process)->notify({&canonical, 1});
  return sent ? Result<void>() : Result<void>(fail(sent.error()));
}

Result<void> InstanceServices::cast(std::string_view server, const Message& request) {
  const auto process = find_process<ServerProcess>(runtime_.registry, server, "server");
  if (!process) {
    return fail(process.error());
  }
  const Message canonical = with_atom(request, runtime_.atoms);
  const auto sent = (*process)->cast({&canonical, 1});
  return sent ? Result<void>() : Result<void>(fail(sent.error()));
}

Result<Reply> InstanceServices::call(std::string_view to, const Message& request, Duration timeout) {
  const Message canonical = with_atom(request, runtime_.atoms);
  if (const auto slash = to.find('/'); slash != std::string_view::npos) {
    const auto manager = find_process<EventManager>(runtime_.registry, to.substr(0, slash), "event manager");
    return manager ? (*manager)->call(std::string(to.substr(slash + 1)), canonical, timeout)
                   : Result<Reply>(fail(manager.error()));
  }
  const auto server = find_process<ServerProcess>(runtime_.registry, to, "server");
  return server ? (*server)->call(canonical, timeout) : Result<Reply>(fail(server.error()));
}

Result<void> InstanceServices::reply(std::uint64_t from, Reply reply) {
  return sinks_.reply(from, std::move(reply));
}

Result<MemoryView> InstanceServices::memory(std::string_view name, std::size_t capacity) {
  return memories_.get(name, capacity);
}

Result<void> InstanceServices::free_memory(std::string_view name) {
  return memories_.free(name);
}

}  // namespace baton
