// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/clock.hpp"
#include "host/base/log.hpp"
#include "host/base/mutex.hpp"
#include "host/runtime/activity.hpp"
#include "host/runtime/atoms.hpp"
#include "host/runtime/registry.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace baton {

/// The callbacks that processes are in now and have been in since somebody looked first, a second ago or
/// more, longest first.
[[nodiscard]] std::vector<ActivityNow> long_activities(const Registry& registry, const Clock& clock,
                                                       const AtomTable& atoms);

/// Finds callbacks that do not return: looks at all processes once a second, which costs them nothing. Log
/// records, after 5 s and again after 1 min, 10 min, 1 h and each hour: callback_runs_long;
/// callback_returned afterwards. Once the host ends: still_running, also of processes that were given up,
/// for their threads keep the host.
/// Threads: one of its own, for which start() asks, and any.
class BusyWatch {
 public:
  /// All outlive it.
  BusyWatch(const Registry& registry, const Clock& clock, const AtomTable& atoms, Log& log)
      : registry_(registry), clock_(clock), atoms_(atoms), log_(log) {}

  ~BusyWatch();
  BusyWatch(const BusyWatch&) = delete;
  BusyWatch& operator=(const BusyWatch&) = delete;

  void start();

  /// Looks once. For the own thread, and for tests.
  void look();

  /// From now on what does not return keeps the host from ending.
  void host_ends();

 private:
  /// A callback that was under way when it was looked at.
  struct Seen {
    std::shared_ptr<Activity> activity;
    std::uint64_t number = 0;  // of the callback
    SteadyTime since;
    std::size_t warnings = 0;  // written of it
    std::string text = {};     // of the last one
  };

  void run();
  void look_at(const std::shared_ptr<Activity>& activity, SteadyTime now) BATON_REQUIRES(mutex_);
  void judge(Seen& seen, SteadyTime now) BATON_REQUIRES(mutex_);

  const Registry& registry_;
  const Clock& clock_;
  const AtomTable& atoms_;
  Log& log_;

  Mutex mutex_;
  Condition ended_;
  bool is_ended_ BATON_GUARDED_BY(mutex_) = false;
  std::optional<SteadyTime> host_ends_since_ BATON_GUARDED_BY(mutex_);
  std::vector<Seen> seen_ BATON_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace baton
