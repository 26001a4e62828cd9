// SPDX-License-Identifier: Apache-2.0
// EventManager: its part in a swap that several processes do together or not at all.
#include "host/base/log.hpp"
#include "host/behaviour/event_manager.hpp"
#include "host/behaviour/installed_handler.hpp"
#include "host/behaviour/state_handover.hpp"

#include <fmt/format.h>

#include <utility>

namespace baton {

Result<std::vector<SwapReport>> EventManager::prepare_swaps(std::vector<SwapRequest> requests,
                                                            Duration timeout) {
  using Reports = std::vector<SwapReport>;
  return ask_system<Reports>(timeout, [this, requests = std::move(requests)](From<Reports> from) mutable {
    from.reply(is_suspended() ? prepare(std::move(requests)) : Result<Reports>(fail(not_suspended())));
  });
}

Result<std::vector<SwapReport>> EventManager::prepare(std::vector<SwapRequest> requests) {
  drop_prepared(false);
  prepared_ = std::make_unique<PreparedSwaps>();
  prepared_->last_seq = last_seq_;
  std::vector<SwapReport> reports;
  for (SwapRequest& request : requests) {
    const std::string id = request.old_id;
    auto changed = prepare_one(std::move(request));
    if (!changed) {
      drop_prepared(false);
      return fail(changed.error().code, fmt::format("{}/{}: {}", name(), id, changed.error().text));
    }
    reports.push_back(changed->report);
    prepared_->all.push_back(std::move(*changed));
  }
  return reports;
}

Result<EventManager::Changed> EventManager::prepare_one(SwapRequest request) {
  Installed* const old = find(request.old_id);
  if (old == nullptr) {
    return fail(no_such_handler(request.old_id));
  }
  if (is_handed_over(request.old_id)) {
    return fail(Errc::refused, fmt::format("a swap of `{}/{}` is under way", name(), request.old_id));
  }
  const TypeInfo& to = request.replacement.factory->type();
  auto state = state_for_swap(*old->handler, old->type(), to, std::move(request.extra));
  if (!state) {
    return fail(std::move(state.error()));
  }
  inherit_policy(request.replacement, *old);
  SwapReport report = swap_report_of(old->type(), to, *state);
  report.memory_bytes = report.state_moved ? old->services->memories().bytes() : 0;
  std::optional<PlannedWatch<HandlerSpec>> watch;
  if (request.watch.window > Duration::zero()) {
    watch.emplace(PlannedWatch<HandlerSpec>{
        request.watch,
        std::move(request.watch_end),
        {old->spec, report.memory_bytes == 0 ? *state : std::nullopt, old->times.p99()}});
  }
  auto made = make(std::move(request.replacement), std::move(*state), &old->services->memories());
  if (!made) {
    return fail(std::move(made.error()));
  }
  report.old_instance = old->instance;
  report.new_instance = (*made)->instance;
  report.at_message = last_seq_;
  return Changed{old, std::move(*made), std::move(report), std::move(watch)};
}

Result<void> EventManager::cut_over(Duration timeout) {
  return ask_system<void>(timeout, [this](From<void> from) {
    if (!is_suspended() || !prepared_) {
      from.reply(fail(not_suspended()));
      return;
    }
    if (prepared_->last_seq != last_seq_) {
      from.reply(
          fail(Errc::refused, fmt::format("`{}` was resumed meanwhile: the states that were taken over "
                                          "are old",
                                          name())));
      return;
    }
    for (Changed& changed : prepared_->all) {
      exchange_instances(*changed.place, *changed.made);
    }
    prepared_->is_cut = true;
    from.reply({});
  });
}

Result<void> EventManager::finish_swaps(bool is_kept, Duration timeout) {
  return ask_system<void>(timeout, [this, is_kept](From<void> from) {
    drop_prepared(is_kept);
    from.reply({});
  });
}

void EventManager::drop_prepared(bool is_kept) {
  if (!prepared_) {
    return;
  }
  const std::unique_ptr<PreparedSwaps> prepared = std::move(prepared_);
  const bool is_done = is_kept && prepared->is_cut;
  for (Changed& changed : prepared->all) {
    if (!is_done) {
      if (prepared->is_cut) {
        exchange_instances(*changed.place, *changed.made);
      }
      (void)terminate(*changed.made, {TerminateReason::Kind::stop, "the swap was taken back"});
      continue;
    }
    if (changed.place->recovery) {
      changed.place->recovery->forget_saved();
    }
    changed.place->watch = nullptr;                                        // it was another instance's
    attach(*changed.place, changed.place->owner_ref());                    // its bond names the instance
    (void)terminate(*changed.made, {TerminateReason::Kind::swapped, {}});  // the old one
    totals_.count_swap(changed.place->spec.id, std::nullopt);
    runtime().log.info("handler_swapped", {{"manager", name()},
                                           {"id", changed.place->spec.id},
                                           {"from", changed.report.old_version},
                                           {"to", changed.report.new_version},
                                           {"at_event", std::to_string(last_seq_)}});
    if (changed.watch) {
      begin_watch(*changed.place, std::move(*changed.watch));
    }
  }
}

void EventManager::exchange_instances(Installed& left, Installed& right) {
  std::swap(left.spec, right.spec);
  std::swap(left.instance, right.instance);
  std::swap(left.services, right.services);
  std::swap(left.handler, right.handler);
  std::swap(left.times, right.times);
}

Error EventManager::not_suspended() const {
  return {Errc::refused, fmt::format("`{}` is not suspended, or nothing is prepared in it", name())};
}

}  // namespace baton
