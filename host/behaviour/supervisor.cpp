// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/supervisor.hpp"

#include "host/base/assert.hpp"
#include "host/base/log.hpp"
#include "host/runtime/registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace baton {

Result<std::shared_ptr<Supervisor>> Supervisor::start(Runtime& runtime, std::string name,
                                                      SupervisorOptions options,
                                                      std::vector<ChildSpec> children) {
  auto supervisor = std::make_shared<Supervisor>(runtime, std::move(name), options);
  if (auto added = runtime.registry.add(supervisor); !added) {
    return fail(added.error());
  }
  Supervisor& self = *supervisor;
  const auto started = self.ask_system<void>(infinity, [&self, children = std::move(children)](
                                                           From<void> from) mutable {
    for (ChildSpec& spec : children) {
      const std::string id = spec.id;
      if (auto child = self.add(std::move(spec)); !child) {
        self.stop_all();
        self.end(ExitReason::shutdown());
        from.reply(fail(child.error().code, fmt::format("`{}` did not start: {}", id, child.error().text)));
        return;
      }
    }
    from.reply({});
  });
  if (!started) {
    return fail(started.error());
  }
  return supervisor;
}

Supervisor::Supervisor(Runtime& runtime, std::string name, SupervisorOptions options)
    : SysProcess(runtime, std::move(name), {}), options_(options) {}

Supervisor::~Supervisor() = default;

// ---- Starting and stopping ------------------------------------------------------------------------

Result<ChildInfo> Supervisor::add(ChildSpec spec) {
  if (const Child* known = find(spec.id)) {
    if (known->process) {
      return fail(Errc::already_started,
                  fmt::format("`{0}` is running already: {0}#{1}", spec.id, known->process->instance()));
    }
    return fail(Errc::already_present, fmt::format("`{}` is known but not running; start it again", spec.id));
  }
  auto child = std::make_unique<Child>();
  child->spec = std::move(spec);
  if (auto started = start_process(*child); !started) {
    return fail(started.error());
  }
  children_.push_back(std::move(child));
  return info_of(*children_.back());
}

Result<void> Supervisor::start_process(Child& child) {
  auto started = child.spec.start();
  if (!started) {
    return fail(started.error());
  }
  child.process = std::move(*started);
  adopt(*child.process);
  child.is_restarting = false;
  const std::weak_ptr<Supervisor> weak = std::static_pointer_cast<Supervisor>(shared_from_this());
  // By its number, not its address: the news may come when a successor lies in the same memory.
  child.process->monitor(
      [weak, id = child.spec.id, instance = child.process->instance()](const ExitReason& reason) {
        if (const auto self = weak.lock()) {
          self->post([self = self.get(), id, instance, reason] { self->child_ended(id, instance, reason); });
        }
      });
  return {};
}

Result<void> Supervisor::stop_process(Child& child) {
  const std::shared_ptr<Process> process = std::exchange(child.process, nullptr);
  child.is_restarting = false;
  if (!process) {
    return {};
  }
  auto stopped = process->stop(ExitReason::shutdown(), child.spec.shutdown);
  if (!stopped && stopped.error().code == Errc::timed_out) {
    // A thread cannot be killed: say so and go on without it.
    runtime().log.error("child_not_stopped",
                        {{"supervisor", name()}, {"child", child.spec.id}, {"reason", stopped.error().text}});
    return stopped;
  }
  return {};
}

void Supervisor::stop_all() {
  while (!children_.empty()) {
    (void)stop_process(*children_.back());  // logged
    children_.pop_back();
  }
}

void Supervisor::handle_stop(ExitReason reason) {
  stop_all();
  end(std::move(reason));
}

void Supervisor::handle_messages(std::span<const Message> /*messages*/) {
  BATON_ASSERT(false && "nobody sends messages to a supervisor");
}

// ---- Restarting -----------------------------------------------------------------------------------

void Supervisor::child_ended(const std::string& id, std::uint64_t instance, const ExitReason& reason) {
  Child* child = find(id);
  if (child == nullptr || !child->process || child->process->instance() != instance) {
    return;  // it was stopped by us, or is another one by now
  }
  child->process = nullptr;
  const bool is_expected = child->spec.restart != Restart::permanent && reason.is_quiet();
  if (!is_expected) {
    runtime().log.error("child_terminated",
                        {{"supervisor", name()}, {"child", id}, {"reason", to_string(reason)}});
  }
  if (child->spec.restart == Restart::temporary) {
    (void)forget(id);
  } else if (!is_expected) {
    restart(*child);
  }
}

void Supervisor::restart(Child& child) {
  if (!may_restart()) {
    give_up(child.spec.id);
    return;
  }
  ++child.restarts;
  if (const auto started = start_process(child); started) {
    runtime().log.warning("child_restarted", {{"supervisor", name()},
                                              {"child", child.spec.id},
                                              {"instance", std::to_string(child.process->instance())},
                                              {"restarts", std::to_string(child.restarts)}});
    return;
  } else {
    runtime().log.error("child_start_failed",
                        {{"supervisor", name()}, {"child", child.spec.id}, {"reason", started.error().text}});
  }
  // Tried again behind what waits, so that other requests are served in between; each try counts.
  child.is_restarting = true;
  post([this, id = child.spec.id] {
    Child* again = find(id);
    if (again != nullptr && again->is_restarting) {
      restart(*again);
    }
  });
}

bool Supervisor::may_restart() {
  const SteadyTime now = runtime().clock.steady_now();
  recent_restarts_.push_back(now);
  while (now - recent_restarts_.front() > options_.within) {
    recent_restarts_.pop_front();
  }
  return recent_restarts_.size() <= options_.max_restarts;
}

void Supervisor::give_up(const std::string& id) {
  runtime().log.error("too_many_restarts",
                      {{"supervisor", name()},
                       {"child", id},
                       {"reason", fmt::format("more than {} restarts in {} ms", options_.max_restarts,
                                              options_.within.count())}});
  stop_all();
  end(ExitReason::shutdown());
}

// ---- Requests -------------------------------------------------------------------------------------

Result<ChildInfo> Supervisor::start_child(ChildSpec spec, Duration timeout) {
  return ask<ChildInfo>(timeout, [this, spec = std::move(spec)](From<ChildInfo> from) mutable {
    from.reply(add(std::move(spec)));
  });
}

Result<void> Supervisor::terminate_child(std::string id, Duration timeout) {
  return ask<void>(timeout, [this, id = std::move(id)](From<void> from) { from.reply(terminate(id)); });
}

Result<void> Supervisor::terminate(std::string_view id) {
  Child* child = find(id);
  if (child == nullptr) {
    return fail(no_such_child(id));
  }
  auto stopped = stop_process(*child);
  if (child->spec.restart == Restart::temporary) {
    (void)forget(id);
  }
  return stopped;
}

Result<ChildInfo> Supervisor::restart_child(std::string id, Duration timeout) {
  return ask<ChildInfo>(timeout,
                        [this, id = std::move(id)](From<ChildInfo> from) { from.reply(start_again(id)); });
}

Result<ChildInfo> Supervisor::start_again(std::string_view id) {
  Child* child = find(id);
  if (child == nullptr) {
    return fail(no_such_child(id));
  }
  if (child->process) {
    return fail(Errc::already_started,
                fmt::format("`{0}` is running already: {0}#{1}", id, child->process->instance()));
  }
  if (auto started = start_process(*child); !started) {
    return fail(started.error());
  }
  return info_of(*child);
}

Result<void> Supervisor::delete_child(std::string id, Duration timeout) {
  return ask<void>(timeout, [this, id = std::move(id)](From<void> from) { from.reply(forget(id)); });
}

Result<void> Supervisor::forget(std::string_view id) {
  const Child* child = find(id);
  if (child == nullptr) {
    return fail(no_such_child(id));
  }
  if (child->process) {
    return fail(Errc::already_started, fmt::format("`{}` is running; stop it first", id));
  }
  std::erase_if(children_, [child](const auto& other) { return other.get() == child; });
  return {};
}

Result<std::vector<ChildInfo>> Supervisor::which_children(Duration timeout) {
  return ask<std::vector<ChildInfo>>(timeout, [this](From<std::vector<ChildInfo>> from) {
    std::vector<ChildInfo> infos;
    std::transform(children_.rbegin(), children_.rend(), std::back_inserter(infos),
                   [this](const auto& child) { return info_of(*child); });
    from.reply(std::move(infos));
  });
}

Supervisor::Child* Supervisor::find(std::string_view id) {
  const auto place = std::find_if(children_.begin(), children_.end(),
                                  [id](const auto& child) { return child->spec.id == id; });
  return place == children_.end() ? nullptr : place->get();
}

ChildInfo Supervisor::info_of(const Child& child) const {
  return {child.spec.id, child.process ? child.process->instance() : 0, child.spec.restart, child.restarts};
}

Error Supervisor::no_such_child(std::string_view id) const {
  return {Errc::not_found, fmt::format("`{}` is not a child of `{}`", id, name())};
}

}  // namespace baton
