// SPDX-License-Identifier: Apache-2.0
// What a supervisor does when a child ends: child ended -> restart policy -> strategy.
#include "host/behaviour/child_reports.hpp"
#include "host/behaviour/supervisor.hpp"
#include "host/runtime/timers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace baton {
namespace {

/// An end that nobody needs to be told about.
bool is_expected(const ChildSpec& spec, const ExitReason& reason) {
  return spec.restart != Restart::permanent && reason.is_quiet();
}

bool is_to_restart(const ChildSpec& spec, const ExitReason& reason) {
  return spec.restart == Restart::permanent || (spec.restart == Restart::transient && !reason.is_quiet());
}

}  // namespace

void Supervisor::child_ended(const std::string& id, std::uint64_t instance, const ExitReason& reason) {
  Child* child = children_.find(id);
  if (child == nullptr || !child->process || child->instance != instance) {
    return;  // it was stopped by us, or is another one by now
  }
  child->process = nullptr;
  if (!reason.is_quiet()) {
    ++child->crashes;
  }
  if (!is_expected(child->spec, reason)) {
    ChildReports(runtime().log, name()).error("child_terminated", *child, to_string(reason));
  }
  if (is_to_restart(child->spec, reason)) {
    if (options_.backoff && runtime().clock.steady_now() - child->started >= options_.backoff->max) {
      child->failures = 0;
    }
    restart(*child);
    return;
  }
  const bool is_significant = child->spec.significant;
  if (is_dynamic() || child->spec.restart == Restart::temporary) {
    drop(*child);
  }
  if (is_significant) {
    significant_child_ended();
  }
}

// ---- Restarting -----------------------------------------------------------------------------------

void Supervisor::restart(Child& child) {
  if (!intensity_.admit(runtime().clock.steady_now(), options_)) {
    give_up(child);
    return;
  }
  ++child.restarts;
  restarts_.store(restarts_.load(std::memory_order_relaxed) + 1,
                  std::memory_order_relaxed);  // its one writer
  stop_group(child);
  if (options_.backoff) {
    const Duration delay = backoff_delays_.next(*options_.backoff, child.failures++);
    try_again(child, delay, &Supervisor::start_group);
  } else {
    start_group(child);
  }
}

std::vector<Child*> Supervisor::group_of(Child& ended) {
  auto first = children_.place_of(ended);
  auto last = std::next(first);
  if (options_.strategy == Strategy::one_for_all) {
    first = children_.in_order().begin();
  }
  if (options_.strategy == Strategy::one_for_all || options_.strategy == Strategy::rest_for_one) {
    last = children_.in_order().end();
  }
  std::vector<Child*> group;
  std::transform(first, last, std::back_inserter(group), [](Child& child) { return &child; });
  return group;
}

void Supervisor::stop_group(Child& ended) {
  const std::vector<Child*> group = group_of(ended);
  std::for_each(group.rbegin(), group.rend(), [&](Child* child) {
    if (child == &ended) {
      return;
    }
    stop_process(*child);
    if (child->spec.restart == Restart::temporary) {
      drop(*child);
    }
  });
}

void Supervisor::start_group(Child& ended) {
  ended.is_restarting = false;
  for (Child* child : group_of(ended)) {
    if (child->process) {
      continue;  // by restart_child, while the group was waiting
    }
    const auto started = start_process(*child);
    if (!started) {
      ChildReports(runtime().log, name()).error("start_error", *child, started.error().text);
      // Behind what waits, so that other requests are served in between; each try counts. What is behind
      // this child stays stopped until then.
      try_again(*child, Duration(0), &Supervisor::restart);
      return;
    }
    if (started->instance != 0) {
      ChildReports(runtime().log, name()).restarted(*child);
    }
  }
}

void Supervisor::try_again(Child& child, Duration delay, void (Supervisor::*again)(Child&)) {
  child.is_restarting = true;
  child.attempt = ++last_attempt_;
  auto retry = [this, id = child.spec.id, attempt = child.attempt, again] {
    Child* waiting = children_.find(id);
    if (waiting != nullptr && waiting->is_restarting && waiting->attempt == attempt) {
      (this->*again)(*waiting);
    }
  };
  if (delay == Duration(0)) {
    post(std::move(retry));
    return;
  }
  const std::weak_ptr<Supervisor> weak = std::static_pointer_cast<Supervisor>(shared_from_this());
  runtime().timers.start(delay, [weak, retry = std::move(retry)]() mutable {
    if (const auto self = weak.lock()) {
      self->post(std::move(retry));
    }
  });
}

// ---- Ending ---------------------------------------------------------------------------------------

void Supervisor::give_up(const Child& child) {
  ChildReports(runtime().log, name())
      .error("too_many_restarts", child,
             fmt::format("reached_max_restart_intensity: more than {} restarts in {} ms",
                         options_.max_restarts, options_.within.count()));
  stop_all();
  end(ExitReason::shutdown());
}

void Supervisor::significant_child_ended() {
  const auto is_left = [](const Child& child) {
    return child.spec.significant && child.state() != ChildState::stopped;
  };
  if (options_.auto_shutdown == AutoShutdown::never ||
      (options_.auto_shutdown == AutoShutdown::all_significant &&
       std::ranges::any_of(children_.in_order(), is_left))) {
    return;
  }
  runtime().log.info("auto_shutdown", {{"supervisor", name()}});
  stop_all();
  end(ExitReason::shutdown());
}

}  // namespace baton
