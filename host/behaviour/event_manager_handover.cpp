// SPDX-License-Identifier: Apache-2.0
// EventManager: a swap whose state goes over in parts, while the old handler goes on.
//
// It is a game of two. In the manager's process, between two batches of events, the old handler saves some
// parts; the worker's process has the successor load them, and meanwhile the manager handles events, whose
// changes the old handler remembers. Then it is the manager's turn again. When a short turn leaves nothing to
// save, its parts are the rest: the manager has them loaded at once, and makes the cut. (After a long one it
// tries again: less has changed by then.) So no turn is longer than its budget and one part more, and the cut
// as long again for loading. Only one of the two has the parts and the successor at a time: `is_loaded` says
// which.
#include "host/base/log.hpp"
#include "host/base/since.hpp"
#include "host/behaviour/event_manager.hpp"
#include "host/behaviour/handler_wall.hpp"
#include "host/behaviour/installed_handler.hpp"
#include "host/behaviour/state_handover.hpp"
#include "host/runtime/task_process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <utility>

namespace baton {
namespace {

using std::chrono::microseconds;

constexpr microseconds first_budget{1000};
constexpr microseconds budget_step{250};
constexpr microseconds last_budget{5000};
constexpr int long_ends_max = 20;  // then the cut is made in a long turn, if it has to be
constexpr std::size_t first_parts_max = 64;
constexpr std::size_t last_parts_max = std::size_t{1} << 20U;
constexpr std::size_t turn_bytes_max = std::size_t{8} * 1024 * 1024;
constexpr std::chrono::minutes handover_limit{5};

Result<void> load_all(Handler& successor, const std::vector<StatePart>& parts) {
  for (const StatePart& part : parts) {
    if (auto loaded = guarded_load_part(successor, part); !loaded) {
      return loaded;
    }
  }
  return {};
}

}  // namespace

/// A swap that has been begun. The manager's, but for what the worker has while it loads.
struct EventManager::Handover {
  Handover(Swap begun, From<SwapReport> asked) : swap(std::move(begun)), from(std::move(asked)) {}

  Swap swap;  // without the replacement, of which the successor has been made
  StepTimer step{swap.request.record.get()};
  std::string new_id;
  From<SwapReport> from;
  std::shared_ptr<TaskProcess> worker;
  SwapReport report;
  SteadyTime began_at{};
  microseconds budget = first_budget;
  std::size_t parts_max = first_parts_max;  // of a turn
  microseconds took{};                      // the last turn's saving
  std::uint64_t left = 0;                   // bytes to be saved, as of the last part
  int long_ends = 0;                        // turns that left nothing and were long
  std::vector<OwnedMessage> infos;          // for the successor
  bool is_concluded = false;

  std::unique_ptr<Installed> successor;
  std::vector<StatePart> parts;  // of this turn
  Result<void> loaded;           // how the last ones were
  std::atomic<bool> is_loaded{true};
};

bool EventManager::goes_in_parts(const Installed& old, const Swap& swap) {
  const HandlerFactory& to = *swap.request.replacement.factory;
  const std::uint32_t writes = old.type().state_writes;
  const bool can = swap.request.mode == SwapMode::safe && old.type().name == to.type().name &&
                   old.handler->gives_parts() && to.takes_parts() && reads_state(to.type(), writes);
  // What lies in memory of the host and needs no conversion is handed over as it is.
  const bool is_in_memory = old.services->memories().bytes() > 0 && to.type().state_writes == writes;
  return can && !is_in_memory;
}

bool EventManager::is_time_for_cut(Handover& handover) {
  if (handover.left > 0) {
    return false;
  }
  return handover.took <= first_budget || ++handover.long_ends > long_ends_max;
}

void EventManager::begin_handover(Installed& old, Swap swap, From<SwapReport> from) {
  const SteadyTime begin = runtime().clock.steady_now();
  const std::string id = old.spec.id;
  StepTimer step(swap.request.record.get());
  inherit_policy(swap.request.replacement, old);
  const auto refuse = [&](std::string_view at, const Error& error) {
    step.failed(at, error.text);
    report_failed_swap(id, true, error.text);
    from.reply(fail(error));
  };
  const auto version = guarded_begin_parts(*old.handler);
  if (!version) {
    return refuse("state", version.error());
  }
  State state{*version, {}, std::move(swap.request.extra), true};
  SwapReport report = swap_report_of(old.type(), swap.request.replacement.factory->type(), state);
  auto made = make(std::move(swap.request.replacement), std::move(state));
  if (!made) {
    guarded_end_parts(*old.handler);
    return refuse("create", made.error());
  }
  report.old_instance = old.instance;
  report.new_instance = (*made)->instance;
  step.done("create", fmt::format("#{} beside #{}", report.new_instance, old.instance));
  const auto handover = std::make_shared<Handover>(std::move(swap), std::move(from));
  handover->new_id = (*made)->spec.id;
  handover->successor = std::move(*made);
  handover->report = std::move(report);
  handover->began_at = begin;
  handover->worker = std::make_shared<TaskProcess>(runtime(), fmt::format("{}/{} handover", name(), id),
                                                   options().own_thread);
  ++handover_workers_;
  handover->worker->monitor(
      [weak = std::weak_ptr(std::static_pointer_cast<EventManager>(shared_from_this()))](const ExitReason&) {
        if (const auto manager = weak.lock()) {
          manager->post_system([manager = manager.get()] { manager->handover_worker_ended(); });
        }
      });
  handovers_.push_back(handover);
  advance(handover, begin);
}

void EventManager::advance_handovers() {
  const auto all = handovers_;  // who is done takes itself out
  for (const auto& handover : all) {
    advance(handover, runtime().clock.steady_now());
  }
}

void EventManager::advance(const std::shared_ptr<Handover>& handover, SteadyTime turn_began) {
  if (handover->is_concluded || !handover->is_loaded.load(std::memory_order_acquire)) {
    return;
  }
  Handover& game = *handover;
  Installed* const old = find(game.swap.request.old_id);
  if (old == nullptr || old->instance != game.report.old_instance) {
    return give_up(game, {Errc::not_found, fmt::format("the handler `{}/{}` has left meanwhile", name(),
                                                       game.swap.request.old_id)});
  }
  auto step = std::exchange(game.loaded, {});
  if (step && turn_began - game.began_at > handover_limit) {
    step = fail(Errc::timed_out,
                fmt::format("the state changes faster than it goes over: about {} bytes are left after {} s",
                            game.left, std::chrono::seconds(handover_limit).count()));
  }
  if (step) {
    step = take_parts(game, *old);
  }
  if (step && !is_time_for_cut(game)) {
    note_pause(game, turn_began);
    return load_elsewhere(handover);
  }
  if (step) {
    step = make_cut(game, *old, turn_began);
  }
  if (!step) {
    give_up(game, std::move(step.error()));
  }
}

Result<void> EventManager::take_parts(Handover& handover, Installed& old) {
  const SteadyTime begin = runtime().clock.steady_now();
  const std::uint64_t left_before = handover.left;
  handover.parts.clear();
  std::size_t bytes = 0;
  do {
    auto part = guarded_save_part(*old.handler);
    if (!part) {
      return fail(std::move(part.error()));
    }
    handover.left = part->left;
    bytes += part->data.size();
    handover.parts.push_back(std::move(*part));
  } while (handover.left > 0 && since(begin, runtime().clock) < handover.budget &&
           handover.parts.size() < handover.parts_max && bytes < turn_bytes_max);
  handover.took = since(begin, runtime().clock);
  handover.report.state_bytes += bytes;
  handover.report.state_parts += handover.parts.size();
  // Events change as much as a turn takes, it seems: then turns must take more. Small parts are bounded by
  // the time alone in the end: else a few hundred that all change between two turns would never go over.
  if (left_before > 0 && handover.left >= left_before) {
    handover.budget = std::min(handover.budget + budget_step, last_budget);
    handover.parts_max = std::min(handover.parts_max * 2, last_parts_max);
  }
  return {};
}

void EventManager::load_elsewhere(const std::shared_ptr<Handover>& handover) {
  handover->is_loaded.store(false, std::memory_order_relaxed);
  const std::weak_ptr weak = std::static_pointer_cast<EventManager>(shared_from_this());
  (void)handover->worker->post([handover, weak] {
    handover->loaded = load_all(*handover->successor->handler, handover->parts);
    handover->is_loaded.store(true, std::memory_order_release);
    if (const auto manager = weak.lock()) {  // which may be idle; else it sees to it after its next batch
      manager->post([manager = manager.get(), handover] {
        manager->advance(handover, manager->runtime().clock.steady_now());
      });
    }
  });
}

Result<void> EventManager::make_cut(Handover& handover, Installed& old, SteadyTime turn_began) {
  SwapRequest& request = handover.swap.request;
  if (handover.new_id != request.old_id && find(handover.new_id) != nullptr) {
    return fail(Errc::already_present,
                fmt::format("manager `{}` has got another handler `{}`", name(), handover.new_id));
  }
  Handler& successor = *handover.successor->handler;
  auto loaded = load_all(successor, handover.parts);
  if (loaded) {
    loaded = guarded_load_part(successor, {handover.report.old_state_version, {}, true, 0});
  }
  if (!loaded) {
    return loaded;
  }
  guarded_end_parts(*old.handler);
  const std::string old_id = request.old_id;
  StepTimer& step = handover.step;
  step.done("state", fmt::format("version {}, {} bytes in {} parts, while events were handled",
                                 handover.report.old_state_version, handover.report.state_bytes,
                                 handover.report.state_parts));
  PlannedWatch<HandlerSpec> watch{
      request.watch, std::move(request.watch_end), {old.spec, std::nullopt, old.times.p99()}};
  Installed& in_place = *handover.successor;
  std::unique_ptr<Installed> left = std::move(handover.successor);
  // No last state for an owner: that would be all of it once more, in this turn.
  change_places(old, left, handover.swap.new_owner.value_or(old.owner_ref()),
                {TerminateReason::Kind::swapped, request.argument}, step, std::nullopt);
  left->owner = nullptr;  // its bond is the manager's affair
  erase_missing(handover.new_id);
  if (request.watch.window > Duration::zero()) {
    begin_watch(in_place, std::move(watch));
  }
  handover.report.at_message = last_seq_;
  note_pause(handover, turn_began);
  report_swap(old_id, handover.new_id, handover.report);
  for (const OwnedMessage& info : handover.infos) {
    post([this, id = handover.new_id, instance = handover.report.new_instance, info] {
      handle_info(id, instance, info.view());
    });
  }
  conclude_handover(handover, handover.report, std::move(left));
  return {};
}

void EventManager::give_up(Handover& handover, Error error) {
  Installed* const old = find(handover.swap.request.old_id);
  if (old != nullptr && old->instance == handover.report.old_instance) {
    guarded_end_parts(*old->handler);
  }
  handover.step.failed("state", error.text);
  report_failed_swap(handover.swap.request.old_id, true, error.text);
  conclude_handover(handover, fail(std::move(error)), nullptr);
}

void EventManager::give_up_all_handovers(const Error& error) {
  while (!handovers_.empty()) {
    const auto handover = handovers_.back();
    give_up(*handover, error);
  }
}

void EventManager::conclude_handover(Handover& handover, Result<SwapReport> answer,
                                     std::unique_ptr<Installed> left_over) {
  const auto place = std::find_if(handovers_.begin(), handovers_.end(),
                                  [&](const auto& other) { return other.get() == &handover; });
  handover.is_concluded = true;
  // Behind what the worker may be loading: a large state takes its time to go, too.
  (void)handover.worker->post(
      [kept = *place, left = std::move(left_over), answer = std::move(answer)]() mutable {
        SwapRecord* const record = kept->swap.request.record.get();
        if (record != nullptr && left != nullptr) {
          record->keep_code(left->spec.factory);
        }
        if (left != nullptr) {
          left = nullptr;
          kept->step.done("old",
                          fmt::format("#{} terminated (swapped) and destroyed", kept->report.old_instance));
        }
        kept->successor = nullptr;
        kept->parts.clear();
        kept->from.reply(std::move(answer));
      });
  (void)handover.worker->exit(ExitReason::normal());
  handovers_.erase(place);
}

void EventManager::note_pause(Handover& handover, SteadyTime turn_began) const {
  handover.report.pause = std::max(handover.report.pause, since(turn_began, runtime().clock));
}

bool EventManager::is_handed_over(std::string_view id) const {
  return std::any_of(handovers_.begin(), handovers_.end(),
                     [id](const auto& handover) { return handover->swap.request.old_id == id; });
}

bool EventManager::keep_info(std::uint64_t instance, const Message& info) {
  for (const auto& handover : handovers_) {
    if (handover->report.new_instance == instance) {
      handover->infos.emplace_back(info);
      return true;
    }
  }
  return false;
}

void EventManager::handover_worker_ended() {
  --handover_workers_;
  if (ending_ && handover_workers_ == 0) {
    handle_stop(*ending_);
  }
}

}  // namespace baton
