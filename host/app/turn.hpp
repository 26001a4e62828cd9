// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"
#include "host/runtime/patience.hpp"
#include "host/runtime/scheduler.hpp"

#include <optional>
#include <string>
#include <utility>

namespace baton {

/// For what only one thread does at a time, and may take long: who comes later waits as patiently as for a
/// process. Threads: any.
class Turn {
 public:
  Turn() = default;
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() = default;

  /// For as long as this lives, it is the turn of whoever has it.
  class [[nodiscard]] Guard {
   public:
    explicit Guard(Turn& turn) : turn_(&turn) {}

    Guard(Guard&& other) noexcept : turn_(std::exchange(other.turn_, nullptr)) {}

    Guard& operator=(Guard&&) = delete;
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

    ~Guard() {
      if (turn_ != nullptr) {
        turn_->give_back();
      }
    }

   private:
    Turn* turn_;
  };

  /// Waits. Errors: timed_out and shutting_down; the text says that `what` is under way.
  Result<Guard> take(Scheduler& scheduler, const std::string& what) {
    const auto is_free = [this]() BATON_REQUIRES(signal_.mutex) {
      return !is_taken_;
    };
    for (;;) {
      if (!wait_patiently(scheduler, signal_, is_free, std::nullopt, {true, Patience::Stage::not_begun})) {
        Error error = out_of_patience();
        error.text += "; " + what + " is under way: nothing was done";
        return fail(std::move(error));
      }
      const Lock lock(signal_.mutex);
      if (!is_taken_) {
        is_taken_ = true;
        return Guard(*this);
      }
    }
  }

 private:
  void give_back() {
    const Lock lock(signal_.mutex);
    is_taken_ = false;
    signal_.changed.notify_all();
  }

  Signal signal_;
  bool is_taken_ BATON_GUARDED_BY(signal_.mutex) = false;
};

}  // namespace baton
