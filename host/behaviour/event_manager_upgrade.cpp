// SPDX-License-Identifier: Apache-2.0
// EventManager: its part in a swap that several processes do together or not at all. swap_in_parts.hpp has
// the rules, and says why a place that has been found is still there later.
#include "host/base/assert.hpp"
#include "host/base/log.hpp"
#include "host/behaviour/event_manager.hpp"
#include "host/behaviour/installed_handler.hpp"
#include "host/behaviour/state_handover.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace baton {

Result<PreparedSwaps> EventManager::prepare_swaps(std::vector<SwapRequest> requests, Duration timeout) {
  return ask_system<PreparedSwaps>(timeout,
                                   [this, requests = std::move(requests)](From<PreparedSwaps> from) mutable {
                                     from.reply(upgrade_->prepare(std::move(requests)));
                                   });
}

Result<void> EventManager::cut_over(std::uint64_t ticket, Duration timeout) {
  return ask_system<void>(timeout,
                          [this, ticket](From<void> from) { from.reply(upgrade_->cut_over(ticket)); });
}

Result<void> EventManager::finish_swaps(std::uint64_t ticket, bool is_kept, Duration timeout) {
  return ask_system<void>(timeout, [this, ticket, is_kept](From<void> from) {
    if (upgrade_->stage.is_under_way(ticket)) {
      upgrade_->end(is_kept);
    }
    from.reply(upgrade_->stage.ended_so(ticket, is_kept));
  });
}

void EventManager::before_resume() {
  upgrade_->end(true);
}

// ---- The parts ------------------------------------------------------------------------------------

Result<PreparedSwaps> EventManager::Upgrade::prepare(std::vector<SwapRequest> requests) {
  if (auto can = stage.check_can_begin(); !can) {
    return fail(std::move(can.error()));
  }
  PreparedSwaps prepared;
  for (SwapRequest& request : requests) {
    const std::string id = request.old_id;
    auto part = prepare_one(std::move(request));
    if (!part) {
      end(false);
      return fail(part.error().code, fmt::format("{}/{}: {}", manager.name(), id, part.error().text));
    }
    prepared.reports.push_back(part->report);
    parts.push_back(std::move(*part));
  }
  prepared.ticket = stage.begin();
  return prepared;
}

Result<EventManager::Upgrade::Part> EventManager::Upgrade::prepare_one(SwapRequest request) {
  const std::string& id = request.old_id;
  const bool is_named_twice =
      std::any_of(parts.begin(), parts.end(), [&id](const Part& other) { return other.made->spec.id == id; });
  if (is_named_twice || request.replacement.id != id) {
    return fail(Errc::bad_request, "a handler can be swapped once, and keeps its id");
  }
  Installed* const old = manager.find(id);
  if (old == nullptr) {
    const Missing* const waiting = manager.find_waiting(id);
    return waiting == nullptr ? fail(manager.no_such_handler(id))
                              : prepare_waiting(*waiting, std::move(request));
  }
  if (manager.is_handed_over(id)) {
    return fail(Errc::refused, fmt::format("a swap of `{}/{}` is under way", manager.name(), id));
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
  auto made = manager.make(std::move(request.replacement), std::move(*state), &old->services->memories());
  if (!made) {
    return fail(std::move(made.error()));
  }
  report.old_instance = old->instance;
  report.new_instance = (*made)->instance;
  report.at_message = manager.last_seq_;
  return Part{std::move(*made), std::move(report), std::move(watch)};
}

Result<EventManager::Upgrade::Part> EventManager::Upgrade::prepare_waiting(const Missing& waiting,
                                                                           SwapRequest request) {
  auto changed = manager.make_for_waiting(waiting, std::move(request));
  if (!changed) {
    return fail(std::move(changed.error()));
  }
  changed->report.at_message = manager.last_seq_;
  Part part{std::move(changed->made), std::move(changed->report)};
  part.is_of_waiting = true;
  return part;
}

Result<void> EventManager::Upgrade::cut_over(std::uint64_t ticket) {
  auto can = stage.check_can_cut(ticket);
  if (can) {
    std::for_each(parts.begin(), parts.end(), [this](Part& part) { exchange(part); });
    stage.cut_over();
  }
  return can;
}

void EventManager::Upgrade::end(bool is_kept) {
  const bool stays = is_kept && stage.is_cut();
  for (Part& part : parts) {
    if (stays) {
      end_old(part);
    } else {
      take_back(part);
    }
  }
  parts.clear();
  stage.end(stays);
}

void EventManager::Upgrade::end_old(Part& part) {
  Installed& place = part.is_of_waiting ? end_waiting(part) : end_replaced(part);
  manager.totals_.count_swap(place.spec.id, std::nullopt);
  manager.runtime().log.info("handler_swapped", {{"manager", manager.name()},
                                                 {"id", place.spec.id},
                                                 {"from", part.report.old_version},
                                                 {"to", part.report.new_version},
                                                 {"at_event", std::to_string(manager.last_seq_)}});
  if (part.watch) {
    manager.begin_watch(place, std::move(*part.watch));
  }
}

EventManager::Installed& EventManager::Upgrade::end_replaced(Part& part) {
  Installed& place = place_of(part);
  place.watch = nullptr;                                                      // it was another instance's
  manager.attach(place, place.owner_ref());                                   // its bond names the instance
  (void)manager.terminate(*part.made, {TerminateReason::Kind::swapped, {}});  // the old one
  return place;
}

EventManager::Installed& EventManager::Upgrade::end_waiting(Part& part) {
  Missing* const waiting = manager.find_waiting(part.made->spec.id);
  BATON_ASSERT(waiting != nullptr);
  return manager.end_waiting(*waiting, std::move(part.made), waiting->owner);
}

void EventManager::Upgrade::take_back(Part& part) {
  if (stage.is_cut()) {
    exchange(part);
  }
  (void)manager.terminate(*part.made, {TerminateReason::Kind::stop, "the swap was taken back"});
}

void EventManager::Upgrade::exchange(Part& part) {
  if (part.is_of_waiting) {
    return;  // nobody is in the place, and no event comes before the end
  }
  Installed& place = place_of(part);
  exchange_instances(place, *part.made);
  std::swap(place.recovery, part.made->recovery);  // goes with the policy, which may be another one
}

EventManager::Installed& EventManager::Upgrade::place_of(const Part& part) const {
  Installed* const place = manager.find(part.made->spec.id);
  const SwapReport& report = part.report;
  BATON_ASSERT(place != nullptr &&
               place->instance == (stage.is_cut() ? report.new_instance : report.old_instance));
  return *place;
}

void EventManager::exchange_instances(Installed& left, Installed& right) {
  std::swap(left.spec, right.spec);
  std::swap(left.instance, right.instance);
  std::swap(left.services, right.services);
  std::swap(left.handler, right.handler);
  std::swap(left.times, right.times);
}

}  // namespace baton
