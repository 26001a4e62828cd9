// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/event_manager.hpp"
#include "host/behaviour/missing_handler.hpp"
#include "host/behaviour/recent_times.hpp"
#include "host/behaviour/swap_watch.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// For the event_manager*.cpp only.
namespace baton {

/// How many events of a batch were taken, be it with a failure: the rest is for whoever comes next.
[[nodiscard]] std::size_t events_taken(const EventsOutcome& outcome);

/// A handler in its place. Destroyed from below: the owner's bond goes first, then the handler, then its
/// services.
struct EventManager::Installed {
  HandlerSpec spec;
  std::uint64_t instance = 0;
  std::unique_ptr<InstanceServices> services;
  std::unique_ptr<Handler> handler;
  std::unique_ptr<OwnerLink> owner;  // null: nobody owns it
  std::uint64_t handled = 0;
  std::uint64_t refused = 0;
  SteadyTime refusal_logged_at{};
  std::uint64_t refused_unlogged = 0;
  SteadyTime failed_swap_logged_at{};
  RecentTimes times;
  std::unique_ptr<HandlerWatch> watch;  // null: it is not watched
  std::uint64_t rank = 0;               // its place in the order, also while it is missing
  std::unique_ptr<Recovery> recovery;   // null: it is not restarted

  [[nodiscard]] const TypeInfo& type() const { return spec.factory->type(); }

  [[nodiscard]] OwnerRef owner_ref() const { return owner ? owner->owner() : nullptr; }

  [[nodiscard]] HandlerInfo info() const {
    return {spec.id,
            type().name,
            type().version,
            instance,
            handled,
            refused,
            owner ? owner->owner()->name() : std::string(),
            type().library,
            watch != nullptr,
            recovery ? recovery->restarts : 0,
            recovery ? recovery->missed : 0};
  }

  [[nodiscard]] CrashPolicy crash_policy() const { return spec.crash_policy.value_or(CrashPolicy{}); }
};

/// A new instance for a place, and what is told of it.
struct EventManager::Changed {
  Installed* place;  // null: of one that is waiting to be restarted
  std::unique_ptr<Installed> made;
  SwapReport report;
};

/// A swap of several handlers in three parts. In event_manager_upgrade.cpp.
struct EventManager::Upgrade {
  /// One of them. Its place is found by the id and the instance.
  struct Part {
    std::unique_ptr<Installed> made;  // after the cut it is the old one that is in here
    SwapReport report;
    std::optional<PlannedWatch<HandlerSpec>> watch = {};  // begins when the old one has ended
    bool is_of_waiting = false;  // for a restart: there is no old one, and the new one stays in here
  };

  explicit Upgrade(EventManager& of) : manager(of), stage(of) {}

  Result<PreparedSwaps> prepare(std::vector<SwapRequest> requests);
  Result<Part> prepare_one(SwapRequest request);
  Result<Part> prepare_waiting(const Missing& waiting, SwapRequest request);
  Result<void> cut_over(std::uint64_t ticket);
  /// If anything is prepared. `is_kept`: what has been cut over stays.
  void end(bool is_kept);
  void end_old(Part& part);
  Installed& end_replaced(Part& part);
  Installed& end_waiting(Part& part);
  void take_back(Part& part);
  void exchange(Part& part);
  [[nodiscard]] Installed& place_of(const Part& part) const;

  EventManager& manager;
  SwapInParts stage;
  std::vector<Part> parts;  // none, mostly
};

/// A swap on its way.
struct EventManager::Swap {
  SwapRequest request;
  std::optional<OwnerRef> new_owner = {};  // swap_sup_handler; absent: the new one has the old one's
  bool is_by_return = false;               // the handler itself asked for it
  std::uint64_t at_event = 0;              // the last one that the old one saw
};

template <class Give>
void EventManager::for_each_handler(Give give) {
  std::vector<const Installed*> leaving;
  const auto give_to = [&](Installed& handler) {
    if (const Installed* const gone = give(handler)) {
      leaving.push_back(gone);
    }
  };
  if (order_ == DispatchOrder::oldest_first) {
    std::for_each(handlers_.begin(), handlers_.end(), [&](auto& handler) { give_to(*handler); });
  } else {
    std::for_each(handlers_.rbegin(), handlers_.rend(), [&](auto& handler) { give_to(*handler); });
  }
  for (const Installed* gone : leaving) {
    erase(*gone);
  }
}

}  // namespace baton
