// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/supervisor.hpp"

#include "host/base/assert.hpp"
#include "host/behaviour/child_reports.hpp"
#include "host/runtime/registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace baton {
namespace {

/// What is given to a supervisor to run is checked at this wall: it must outlive a start that throws.
Result<StartedChild> guarded_start(const Child& child) {
  try {
    auto started = child.spec.start_dynamic ? child.spec.start_dynamic({child.spec.id, child.argument})
                                            : child.spec.start();
    if (started && !started->process) {
      return fail(Errc::bad_return, fmt::format("the start of `{}` returned no process", child.spec.id));
    }
    return started;
  } catch (const std::exception& exception) {
    return fail(Errc::init_failed,
                fmt::format("the start of `{}` threw: {}", child.spec.id, exception.what()));
  } catch (...) {
    return fail(Errc::init_failed, fmt::format("the start of `{}` threw", child.spec.id));
  }
}

ChildInfo info_of(const Child& child) {
  return {child.spec.id,
          child.process ? child.instance : 0,
          child.spec.restart,
          child.restarts,
          child.state(),
          child.spec.type,
          {},
          child.crashes};
}

Error no_such_child(std::string_view id, const std::string& supervisor) {
  return {Errc::not_found, fmt::format("`{}` is not a child of `{}`", id, supervisor)};
}

/// Why a child is not in the state to be started again or forgotten, if so.
Result<void> check_stopped(const Child& child) {
  switch (child.state()) {
    case ChildState::running:
      return fail(Errc::already_started,
                  fmt::format("`{0}` is running already: {0}#{1}", child.spec.id, child.instance));
    case ChildState::restarting:
      return fail(Errc::restarting,
                  fmt::format("`{}` is waiting to be started again; terminate it first", child.spec.id));
    case ChildState::stopped:
      break;
  }
  return {};
}

}  // namespace

// ---- Starting -------------------------------------------------------------------------------------

Result<std::shared_ptr<Supervisor>> Supervisor::start(Runtime& runtime, std::string name,
                                                      SupervisorOptions options,
                                                      std::vector<ChildSpec> children) {
  if (auto checked = check_supervisor(options, children); !checked) {
    return fail(checked.error());
  }
  auto supervisor = std::make_shared<Supervisor>(runtime, std::move(name), options);
  Supervisor& self = *supervisor;
  auto [pending, answer] = make_question<void>();
  // Held before the name is known: who comes with the name finds the children in their order.
  self.hold([&self, specs = std::move(children), from = std::move(answer)]() mutable {
    from.reply(self.start_children(std::move(specs)));
  });
  if (auto added = runtime.registry.add(supervisor); !added) {
    return fail(added.error());
  }
  self.start_held();
  if (const auto started = pending.wait(runtime.scheduler, std::nullopt); !started) {
    return fail(started.error());
  }
  return supervisor;
}

Supervisor::Supervisor(Runtime& runtime, std::string name, const SupervisorOptions& options)
    : SysProcess(runtime, std::move(name), {}), options_(options), backoff_delays_(options.backoff) {}

Supervisor::~Supervisor() = default;

void Supervisor::handle_messages(std::span<const Message> /*messages*/) {
  BATON_ASSERT(false && "nobody sends messages to a supervisor");
}

Result<void> Supervisor::start_children(std::vector<ChildSpec> specs) {
  if (is_dynamic()) {
    dynamic_spec_ = std::move(specs.front());
    return {};
  }
  for (ChildSpec& spec : specs) {
    Child& child = children_.add({std::move(spec)});
    if (auto started = start_process(child); !started) {
      ChildReports(runtime().log, name()).error("start_error", child, started.error().text);
      Error failed{started.error().code,
                   fmt::format("`{}` did not start: {}", child.spec.id, started.error().text)};
      stop_all();
      end(ExitReason::shutdown());  // the name is free before the starter knows
      return fail(std::move(failed));
    }
  }
  return {};
}

Result<ChildInfo> Supervisor::start_process(Child& child) {
  auto started = guarded_start(child);
  if (!started && started.error().code != Errc::ignored) {
    return fail(started.error());
  }
  child.is_restarting = false;
  if (!started) {
    ChildInfo ignored = info_of(child);
    if (is_dynamic() || child.spec.restart == Restart::temporary) {
      drop(child);
    }
    return ignored;
  }
  child.process = std::move(started->process);
  child.instance = child.process->instance();
  child.started = runtime().clock.steady_now();
  if (child.spec.restart == Restart::temporary) {  // never started again: what it holds may go
    child.spec.start = nullptr;
    child.spec.start_dynamic = nullptr;
    child.argument = {};
  }
  if (!started->was_running) {
    ChildReports(runtime().log, name()).progress(child);
  }
  watch(child);
  tell_parent(*child.process);
  ChildInfo info = info_of(child);
  info.info = std::move(started->info);
  return info;
}

void Supervisor::watch(const Child& child) {
  const std::weak_ptr<Supervisor> weak = std::static_pointer_cast<Supervisor>(shared_from_this());
  // By its number, not its address: the news may come when a successor lies in the same memory.
  child.process->monitor([weak, id = child.spec.id, instance = child.instance](const ExitReason& reason) {
    if (const auto self = weak.lock()) {
      self->post([self = self.get(), id, instance, reason] { self->child_ended(id, instance, reason); });
    }
  });
}

// ---- Requests -------------------------------------------------------------------------------------

Result<ChildInfo> Supervisor::start_child(ChildSpec spec, Duration timeout) {
  return ask_change<ChildInfo>(timeout, [this, spec = std::move(spec)](From<ChildInfo> from) mutable {
    from.reply(add(std::move(spec)));
  });
}

Result<ChildInfo> Supervisor::start_child(std::string argument, Duration timeout) {
  return ask_change<ChildInfo>(timeout, [this, argument = std::move(argument)](From<ChildInfo> from) mutable {
    from.reply(add_dynamic(std::move(argument)));
  });
}

Result<ChildInfo> Supervisor::add(ChildSpec spec) {
  if (is_dynamic()) {
    return fail(Errc::not_supported,
                fmt::format("`{}` is simple_one_for_one: it starts children from one specification", name()));
  }
  if (auto checked = check_childspecs({&spec, 1}, options_.auto_shutdown); !checked) {
    return fail(checked.error());
  }
  if (const Child* known = children_.find(spec.id)) {
    if (known->process) {
      return fail(check_stopped(*known).error());
    }
    return fail(Errc::already_present, fmt::format("`{}` is known but not running; start it again", spec.id));
  }
  Child& child = children_.add({std::move(spec)});
  auto started = start_process(child);
  if (!started) {
    drop(child);
  }
  return started;
}

Result<ChildInfo> Supervisor::add_dynamic(std::string argument) {
  if (!is_dynamic()) {
    return fail(Errc::not_supported,
                fmt::format("`{}` is not simple_one_for_one: it needs a specification of "
                            "the child",
                            name()));
  }
  Child child{*dynamic_spec_};
  child.spec.id = fmt::format("{}:{}", dynamic_spec_->id, ++last_dynamic_child_);
  child.argument = std::move(argument);
  Child& added = children_.add(std::move(child));
  auto started = start_process(added);
  if (!started) {
    drop(added);
  }
  return started;
}

Result<void> Supervisor::terminate_child(std::string id, Duration timeout) {
  return ask_change<void>(timeout,
                          [this, id = std::move(id)](From<void> from) { from.reply(terminate(id)); });
}

Result<void> Supervisor::terminate(std::string_view id) {
  Child* child = children_.find(id);
  if (child == nullptr) {
    return fail(no_such_child(id, name()));
  }
  stop_process(*child);
  if (is_dynamic() || child->spec.restart == Restart::temporary) {
    drop(*child);
  }
  return {};
}

Result<ChildInfo> Supervisor::restart_child(std::string id, Duration timeout) {
  return ask_change<ChildInfo>(
      timeout, [this, id = std::move(id)](From<ChildInfo> from) { from.reply(start_again(id)); });
}

Result<ChildInfo> Supervisor::start_again(std::string_view id) {
  if (is_dynamic()) {
    return fail(Errc::not_supported, fmt::format("`{}` is simple_one_for_one: start a new child", name()));
  }
  Child* child = children_.find(id);
  if (child == nullptr) {
    return fail(no_such_child(id, name()));
  }
  if (auto stopped = check_stopped(*child); !stopped) {
    return fail(stopped.error());
  }
  return start_process(*child);
}

Result<void> Supervisor::delete_child(std::string id, Duration timeout) {
  return ask_change<void>(timeout, [this, id = std::move(id)](From<void> from) { from.reply(forget(id)); });
}

Result<void> Supervisor::forget(std::string_view id) {
  if (is_dynamic()) {
    return fail(Errc::not_supported,
                fmt::format("`{}` is simple_one_for_one: its children are forgotten when they end", name()));
  }
  Child* child = children_.find(id);
  if (child == nullptr) {
    return fail(no_such_child(id, name()));
  }
  if (auto stopped = check_stopped(*child); !stopped) {
    return stopped;
  }
  drop(*child);
  return {};
}

Result<std::vector<ChildInfo>> Supervisor::which_children(Duration timeout) {
  return ask<std::vector<ChildInfo>>(
      timeout, [this](From<std::vector<ChildInfo>> from) { from.reply(infos_newest_first()); });
}

std::vector<ChildInfo> Supervisor::infos_newest_first() const {
  std::vector<ChildInfo> infos;
  infos.reserve(children_.size());
  const auto& list = children_.in_order();
  std::transform(list.rbegin(), list.rend(), std::back_inserter(infos), info_of);
  return infos;
}

Result<ChildCounts> Supervisor::count_children(Duration timeout) {
  return ask<ChildCounts>(timeout, [this](From<ChildCounts> from) { from.reply(counts()); });
}

ChildCounts Supervisor::counts() {
  ChildCounts counts;
  counts.specs = is_dynamic() ? 1 : children_.size();
  for (const Child& child : children_.in_order()) {
    ++(child.spec.type == ChildType::worker ? counts.workers : counts.supervisors);
    counts.active += child.process ? 1U : 0U;
  }
  return counts;
}

Result<ChildSpec> Supervisor::get_childspec(std::string id, Duration timeout) {
  return ask<ChildSpec>(timeout,
                        [this, id = std::move(id)](From<ChildSpec> from) { from.reply(spec_of(id)); });
}

Result<ChildSpec> Supervisor::spec_of(std::string_view id) {
  const Child* child = children_.find(id);
  if (child == nullptr && !(is_dynamic() && dynamic_spec_->id == id)) {
    return fail(no_such_child(id, name()));
  }
  ChildSpec spec = child == nullptr || is_dynamic() ? *dynamic_spec_ : child->spec;
  spec.shutdown = shutdown_of(spec);
  return spec;
}

// ---- Change ---------------------------------------------------------------------------------------

Result<void> Supervisor::change(SupervisorOptions options, std::vector<ChildSpec> specs, Duration timeout) {
  return ask_change<void>(timeout, [this, options, specs = std::move(specs)](From<void> from) mutable {
    from.reply(apply(options, std::move(specs)));
  });
}

namespace {

/// What a running temporary child could be started with is not kept.
void adopt(Child& child, ChildSpec spec) {
  child.spec = std::move(spec);
  if (child.process && child.spec.restart == Restart::temporary) {
    child.spec.start = nullptr;
    child.spec.start_dynamic = nullptr;
  }
}

}  // namespace

Result<void> Supervisor::apply(const SupervisorOptions& options, std::vector<ChildSpec> specs) {
  if (auto checked = check_supervisor(options, specs); !checked) {
    return checked;
  }
  if (is_dynamic() != (options.strategy == Strategy::simple_one_for_one)) {
    return fail(Errc::bad_options,
                "invalid_strategy: a running supervisor cannot become simple_one_for_one, or cease to be");
  }
  options_ = options;
  if (is_dynamic()) {
    dynamic_spec_ = std::move(specs.front());
    for (Child& child : children_.in_order()) {
      ChildSpec spec = *dynamic_spec_;
      spec.id = child.spec.id;
      adopt(child, std::move(spec));
    }
    return {};
  }
  std::size_t left_out = children_.size();  // those that stay in front
  for (ChildSpec& spec : specs) {
    if (Child* known = children_.find(spec.id)) {
      adopt(*known, std::move(spec));
      children_.move_to_end(*known);
      --left_out;
    } else {
      children_.add({std::move(spec)});
    }
  }
  for (; left_out > 0; --left_out) {
    children_.move_to_end(children_.in_order().front());
  }
  return {};
}

}  // namespace baton
