// SPDX-License-Identifier: Apache-2.0
// EventManager: replacing one handler by another.
#include "host/base/log.hpp"
#include "host/base/since.hpp"
#include "host/behaviour/event_manager.hpp"
#include "host/behaviour/handler_wall.hpp"
#include "host/behaviour/installed_handler.hpp"
#include "host/behaviour/state_handover.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace baton {
namespace {

/// What a handler that asked to be replaced leaves to the one it asked for: all it has, if that one takes
/// over states at all. Unlike an operator, it knows who comes: the types may have different names.
Result<std::optional<State>> state_for_sibling(Handler& old, const TypeInfo& from, const TypeInfo& to) {
  if (to.state_reads.empty()) {
    return std::optional<State>();
  }
  auto saved = guarded_save(old);
  if (!saved) {
    return saved;
  }
  return accepted_state(std::move(*saved), from, to, {});
}

}  // namespace

Result<SwapReport> EventManager::swap_handler(SwapRequest request, Duration timeout) {
  const SteadyTime asked = runtime().clock.steady_now();
  LateAnswer<SwapReport> if_late = std::move(request.if_late);
  return ask_change<SwapReport>(
      timeout,
      [this, asked, request = std::move(request)](From<SwapReport> from) mutable {
        note_wait(request.record.get(), since(asked, runtime().clock));
        swap_for(std::move(from), {.request = std::move(request), .at_event = last_seq_});
      },
      std::move(if_late));
}

void EventManager::swap_for(From<SwapReport> from, Swap swap) {
  const auto old = replaceable(swap);
  if (old && *old != nullptr && goes_in_parts(**old, swap)) {
    begin_handover(**old, std::move(swap), std::move(from));
  } else {
    from.reply(this->swap(std::move(swap)));
  }
}

Result<EventManager::Installed*> EventManager::replaceable(const Swap& swap) const {
  const std::string& old_id = swap.request.old_id;
  const std::string& new_id = swap.request.replacement.id;
  Installed* const old = find(old_id);
  if (old == nullptr && find_waiting(old_id) == nullptr) {
    return fail(no_such_handler(old_id));
  }
  if (new_id != old_id && (find(new_id) != nullptr || find_waiting(new_id) != nullptr)) {
    return fail(Errc::already_present,
                fmt::format("manager `{}` already has another handler `{}`", name(), new_id));
  }
  if (is_handed_over(old_id)) {
    return fail(Errc::refused, fmt::format("a swap of `{}/{}` is under way", name(), old_id));
  }
  return old;
}

Result<SwapReport> EventManager::swap(Swap swap) {
  const auto old = replaceable(swap);
  if (!old) {
    return fail(old.error());
  }
  const std::string id = swap.request.old_id;
  const bool is_safe = swap.request.mode == SwapMode::safe;
  Installed* const place = *old;
  auto report = place != nullptr ? replace(*place, std::move(swap))
                                 : replace_waiting(*find_waiting(id), std::move(swap));
  if (!report) {
    report_failed_swap(id, is_safe && place != nullptr, report.error().text);
  }
  return report;
}

EventManager::Installed& EventManager::swap_on_request(Installed& old, std::string_view type,
                                                       std::string argument, std::uint64_t at) {
  const std::string id = old.spec.id;
  auto factory = guarded_sibling(*old.spec.factory, type);
  std::string failure;
  if (factory) {
    SwapRequest request{
        id, {id, std::move(*factory), old.spec.options}, SwapMode::safe, std::move(argument), {}};
    const auto report = replace(old, {.request = std::move(request), .is_by_return = true, .at_event = at});
    if (report) {
      return *find(id);
    }
    failure = report.error().text;
  } else {
    failure = factory.error().text;
  }
  if (!is_repeated(old.failed_swap_logged_at)) {
    report_failed_swap(id, true, failure);
  }
  return old;
}

void EventManager::inherit_policy(HandlerSpec& replacement, const Installed& old) {
  if (!replacement.crash_policy) {
    replacement.crash_policy = old.spec.crash_policy;
  }
}

Result<SwapReport> EventManager::replace(Installed& old, Swap swap) {
  const SteadyTime begin = runtime().clock.steady_now();
  const std::string old_id = swap.request.old_id;
  const std::uint64_t at_event = swap.at_event;
  const std::string new_id = swap.request.replacement.id;
  inherit_policy(swap.request.replacement, old);
  auto report = swap.request.mode == SwapMode::safe ? swap_safely(old, std::move(swap))
                                                    : swap_destructively(old, std::move(swap));
  if (!report) {
    return report;
  }
  erase_missing(new_id);
  report->at_message = at_event;
  report->pause = since(begin, runtime().clock);
  report_swap(old_id, new_id, *report);
  return report;
}

Result<StateInSwap> EventManager::state_for(Installed& old, Swap& swap) {
  SwapRequest& request = swap.request;
  const TypeInfo& new_type = request.replacement.factory->type();
  if (!request.replacement.state && !swap.is_by_return) {
    return state_in_swap(*old.handler, old.type(), new_type, std::move(request.extra),
                         {request.record || request.keeps_state, request.left_state_advice});
  }
  std::optional<State> given = std::move(request.replacement.state);
  request.replacement.state.reset();
  auto moved = given ? accepted_state(std::move(given), old.type(), new_type, std::move(request.extra))
                     : state_for_sibling(*old.handler, old.type(), new_type);
  return moved ? Result<StateInSwap>(StateInSwap{std::move(*moved), {}}) : fail(std::move(moved.error()));
}

Result<SwapReport> EventManager::swap_safely(Installed& old, Swap swap) {
  SwapRequest& request = swap.request;
  StepTimer step(request.record.get());
  const TypeInfo& new_type = request.replacement.factory->type();
  auto state = state_for(old, swap);
  if (!state) {
    step.failed("state", state.error().text);
    return fail(state.error());
  }
  SwapReport report = swap_report_of(old.type(), new_type, *state);
  report.memory_bytes = report.state_moved ? old.services->memories().bytes() : 0;
  step.done("state",
            state_text(*state, old.type(), new_type) +
                (report.memory_bytes == 0
                     ? ""
                     : fmt::format("; {} bytes of the host's memory change hands", report.memory_bytes)));
  // What lies in memory of the host is not kept: the successor writes to it.
  const std::optional<State> kept = report.memory_bytes > 0 ? std::nullopt
                                    : state->left           ? state->left
                                                            : state->moved;
  if (request.keeps_state) {
    report.kept_state = kept;
  }
  std::optional<PlannedWatch<HandlerSpec>> watch;
  if (request.watch.window > Duration::zero()) {
    watch.emplace(PlannedWatch<HandlerSpec>{
        request.watch, std::move(request.watch_end), {old.spec, kept, old.times.p99()}});
  }
  auto made = make(std::move(request.replacement), std::move(state->moved), &old.services->memories());
  if (!made) {
    step.failed("create", made.error().text);
    return fail(made.error());
  }
  Installed& successor = **made;
  report.old_instance = old.instance;
  report.new_instance = successor.instance;
  step.done("create", fmt::format("#{} beside #{}", successor.instance, old.instance));
  change_places(old, *made, swap.new_owner.value_or(old.owner_ref()),
                {TerminateReason::Kind::swapped, request.argument}, step, last_state(old));
  if (watch) {
    begin_watch(successor, std::move(*watch));
  }
  if (request.record) {
    request.record->keep_code((*made)->spec.factory);
    made->reset();
    step.done("old", fmt::format("#{} terminated (swapped) and destroyed", report.old_instance));
  }
  return report;
}

void EventManager::change_places(Installed& old, std::unique_ptr<Installed>& made, const OwnerRef& owner,
                                 const TerminateReason& why, StepTimer& step, std::optional<State> last) {
  Installed& successor = *made;
  attach(successor, owner);
  successor.rank = old.rank;
  const auto place =
      std::find_if(handlers_.begin(), handlers_.end(), [&](auto& h) { return h.get() == &old; });
  std::swap(*place, made);  // from here on `made` holds the old one
  step.done("cut over", fmt::format("after event {}; #{} is no longer called", last_seq_, old.instance));
  (void)terminate(old, why);
  if (old.owner) {
    old.owner->tell_swapped(successor.spec.id, successor.instance, successor.owner_ref(), std::move(last));
  }
}

Result<SwapReport> EventManager::swap_destructively(Installed& old, Swap swap) {
  SwapRequest& request = swap.request;
  StepTimer step(request.record.get());
  const TypeInfo& new_type = request.replacement.factory->type();
  // A state that cannot be had or read is no obstacle here: the new one starts without it.
  auto state = state_in_swap(*old.handler, old.type(), new_type, std::move(request.extra),
                             {request.record != nullptr, {}});
  SwapReport report = swap_report_of(old.type(), new_type, state ? *state : StateInSwap());
  step.done("state", state ? state_text(*state, old.type(), new_type) : "dropped: " + state.error().text);
  report.old_instance = old.instance;
  InstanceMemory memories;
  memories.inherit(old.services->memories());
  report.memory_bytes = report.state_moved ? memories.bytes() : 0;
  const auto place =
      std::find_if(handlers_.begin(), handlers_.end(), [&](auto& h) { return h.get() == &old; });
  const auto index = place - handlers_.begin();
  const OwnerRef owner = swap.new_owner.value_or(old.owner_ref());
  auto last = last_state(old);
  (void)terminate(old, {TerminateReason::Kind::swapped, request.argument});
  const std::unique_ptr<OwnerLink> old_bond = std::move(old.owner);
  if (request.record) {
    request.record->keep_code(old.spec.factory);
  }
  const std::uint64_t rank = old.rank;
  handlers_.erase(place);  // destroyed before the new one is made: the two may need the same file
  step.done("old", fmt::format("#{} terminated (swapped) and destroyed", report.old_instance));
  const std::string new_id = request.replacement.id;
  auto made = make(std::move(request.replacement), state ? std::move(state->moved) : std::nullopt, &memories);
  report.new_instance = made ? (*made)->instance : 0;
  if (made) {
    (*made)->rank = rank;
    attach(**made, owner);
    handlers_.insert(handlers_.begin() + index, std::move(*made));
    step.done("create", fmt::format("#{} in its place", report.new_instance));
  } else {
    step.failed("create", made.error().text);
  }
  if (old_bond) {
    old_bond->tell_swapped(new_id, report.new_instance, made ? owner : nullptr, std::move(last));
  }
  return made ? Result<SwapReport>(report) : Result<SwapReport>(fail(made.error()));
}

}  // namespace baton
