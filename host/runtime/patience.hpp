// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/clock.hpp"
#include "host/base/mutex.hpp"
#include "host/base/result.hpp"
#include "host/runtime/scheduler.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>

namespace baton {

/// By which somebody else calls off what a thread waits for. Threads: any.
class CallOff {
 public:
  enum class Why : std::uint8_t {
    nothing,
    asker_left,  // who asked has gone: what has been begun is waited for all the same
    host_ends    // nothing is waited for any more
  };

  /// Ends the waits that this concerns, now and later. The stronger of two reasons counts.
  void call_off(Why why);

  [[nodiscard]] Why why() const { return why_.load(std::memory_order_acquire); }

 private:
  friend class WaitedFor;

  Mutex mutex_;
  Signal* waited_for_ BATON_GUARDED_BY(mutex_) = nullptr;
  std::atomic<Why> why_{Why::nothing};
};

/// How long the calling thread waits for processes on somebody's behalf, for as long as this lives: whatever
/// limits those who ask on the way give themselves, or none. It bounds all waits for answers and ends, but
/// not those that callbacks have while this thread runs them. They may nest: the innermost counts.
class Patience {
 public:
  /// A wait that gave itself no limit ends after `answer`, unless the time given is over before.
  struct Limits {
    std::optional<SteadyTime> until;             // the time given, for all together
    bool bounds_what_has_begun = true;           // `until` is also for changes that have been begun
    Duration begin = std::chrono::seconds(30);   // for the process to begin with a change
    Duration answer = std::chrono::minutes(10);  // for all else; a state goes over in parts for 5 min at most
  };

  /// All outlive it; `call_off` may be null.
  Patience(const Clock& clock, CallOff* call_off, std::optional<Limits> limits);

  /// A new one inside of the current one, if there is one: the time that was given does not count, nor does
  /// it that who asked has left. For what must be done all the same.
  static Patience renewed(std::optional<Limits> limits);

  ~Patience();
  Patience(const Patience&) = delete;
  Patience& operator=(const Patience&) = delete;

  /// That of the calling thread; null when it has none, or is in a callback of a process.
  [[nodiscard]] static const Patience* current();

  [[nodiscard]] CallOff* call_off() const { return call_off_; }

  /// What calls off a wait for something that has not begun.
  [[nodiscard]] CallOff::Why enough() const { return enough_; }

  enum class Stage : std::uint8_t { not_begun, begun };

  /// The end of a wait that would end at `own`; nothing: never.
  [[nodiscard]] std::optional<SteadyTime> bounded(std::optional<SteadyTime> own, Stage stage,
                                                  bool is_change) const;

 private:
  explicit Patience(std::optional<Limits> limits);

  const Clock* clock_ = nullptr;
  CallOff* call_off_ = nullptr;
  CallOff::Why enough_ = CallOff::Why::asker_left;
  std::optional<Limits> limits_;
  const Patience* outer_;
};

/// What is waited for, as far as patience is concerned.
struct WaitKind {
  bool is_change = false;
  Patience::Stage stage = Patience::Stage::begun;
};

/// Scheduler::wait with the patience of the calling thread. False: not until the deadline, or called off.
[[nodiscard]] bool wait_patiently(Scheduler& scheduler, Signal& signal, const std::function<bool()>& ready,
                                  std::optional<SteadyTime> deadline, WaitKind kind = {});

/// Why such a wait said false: shutting_down or timed_out.
[[nodiscard]] Error out_of_patience();

}  // namespace baton
