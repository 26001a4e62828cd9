// SPDX-License-Identifier: Apache-2.0
#include "host/runtime/patience.hpp"

#include "host/runtime/process.hpp"

#include <algorithm>
#include <utility>

namespace baton {
namespace {

thread_local const Patience* patience_of_this_thread = nullptr;

std::optional<SteadyTime> earlier(std::optional<SteadyTime> left, std::optional<SteadyTime> right) {
  return left && right ? std::min(*left, *right) : left ? left : right;
}

}  // namespace

/// Has whoever calls off wake the thread, for as long as it waits for that.
class WaitedFor {
 public:
  WaitedFor(CallOff& call_off, Signal& signal) : call_off_(call_off) { set(&signal); }

  ~WaitedFor() { set(nullptr); }

  WaitedFor(const WaitedFor&) = delete;
  WaitedFor& operator=(const WaitedFor&) = delete;

 private:
  void set(Signal* signal) {
    const Lock lock(call_off_.mutex_);
    call_off_.waited_for_ = signal;
  }

  CallOff& call_off_;
};

void CallOff::call_off(Why why) {
  const Lock lock(mutex_);
  why_.store(std::max(why_.load(), why), std::memory_order_release);
  if (waited_for_ != nullptr) {
    const Lock signal_lock(waited_for_->mutex);
    waited_for_->changed.notify_all();
  }
}

Patience::Patience(const Clock& clock, CallOff* call_off, std::optional<Limits> limits)
    : clock_(&clock),
      call_off_(call_off),
      limits_(limits),
      outer_(std::exchange(patience_of_this_thread, this)) {}

Patience::Patience(std::optional<Limits> limits)
    : enough_(CallOff::Why::host_ends),
      limits_(limits),
      outer_(std::exchange(patience_of_this_thread, this)) {
  if (outer_ != nullptr) {
    clock_ = outer_->clock_;
    call_off_ = outer_->call_off_;
  }
}

Patience Patience::renewed(std::optional<Limits> limits) {
  return Patience(limits);
}

Patience::~Patience() {
  patience_of_this_thread = outer_;
}

const Patience* Patience::current() {
  return Process::current() == nullptr ? patience_of_this_thread : nullptr;
}

std::optional<SteadyTime> Patience::bounded(std::optional<SteadyTime> own, Stage stage,
                                            bool is_change) const {
  if (!limits_ || clock_ == nullptr) {
    return own;
  }
  const bool may_go_on = is_change && stage == Stage::begun;
  if (!own) {
    own = clock_->steady_now() + (is_change && stage == Stage::not_begun ? limits_->begin : limits_->answer);
  }
  return may_go_on && !limits_->bounds_what_has_begun ? own : earlier(own, limits_->until);
}

bool wait_patiently(Scheduler& scheduler, Signal& signal, const std::function<bool()>& ready,
                    std::optional<SteadyTime> deadline, WaitKind kind) {
  const Patience* const patience = Patience::current();
  if (patience == nullptr) {
    return scheduler.wait(signal, ready, deadline);
  }
  deadline = patience->bounded(deadline, kind.stage, kind.is_change);
  CallOff* const call_off = patience->call_off();
  if (call_off == nullptr) {
    return scheduler.wait(signal, ready, deadline);
  }
  const bool goes_on = kind.is_change && kind.stage == Patience::Stage::begun;
  const CallOff::Why enough = goes_on ? CallOff::Why::host_ends : patience->enough();
  {
    const WaitedFor here(*call_off, signal);
    const auto is_over = [&] {
      return ready() || call_off->why() >= enough;
    };
    (void)scheduler.wait(signal, is_over, deadline);
  }
  const Lock lock(signal.mutex);
  return ready();
}

Error out_of_patience() {
  const Patience* const patience = Patience::current();
  CallOff* const call_off = patience == nullptr ? nullptr : patience->call_off();
  const CallOff::Why why = call_off == nullptr ? CallOff::Why::nothing : call_off->why();
  if (why == CallOff::Why::asker_left) {
    return {Errc::timed_out, "who asked has left"};
  }
  const Errc code = why == CallOff::Why::host_ends ? Errc::shutting_down : Errc::timed_out;
  return {code, std::string(errc_sentence(code))};
}

}  // namespace baton
