// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"
#include "host/runtime/scheduler.hpp"

#include <memory>
#include <optional>
#include <utility>

namespace baton {

namespace detail {

template <class T>
struct AnswerState {
  Signal signal;
  std::optional<Result<T>> value BATON_GUARDED_BY(signal.mutex);
  bool abandoned BATON_GUARDED_BY(signal.mutex) = false;
};

}  // namespace detail

/// The callee's end of a question: answers it once. Dropped unanswered, it answers `process_ended`: so
/// no caller waits for a process that is gone. Threads: any, one at a time.
template <class T>
class From {
 public:
  explicit From(std::shared_ptr<detail::AnswerState<T>> state) : state_(std::move(state)) {}

  From(From&&) noexcept = default;
  From& operator=(From&&) = delete;
  From(const From&) = delete;
  From& operator=(const From&) = delete;

  ~From() {
    if (state_) {
      (void)reply(fail(Errc::process_ended, std::string(errc_sentence(Errc::process_ended))));
    }
  }

  /// True: the caller gets the answer. False: it does not wait any more; the answer is dropped.
  bool reply(Result<T> answer) {
    const auto state = std::move(state_);
    const Lock lock(state->signal.mutex);
    if (state->abandoned) {
      return false;
    }
    state->value.emplace(std::move(answer));
    state->signal.changed.notify_all();
    return true;
  }

 private:
  std::shared_ptr<detail::AnswerState<T>> state_;
};

/// The caller's end. Destroyed, it abandons the question: a late answer is dropped.
template <class T>
class Pending {
 public:
  explicit Pending(std::shared_ptr<detail::AnswerState<T>> state) : state_(std::move(state)) {}

  Pending(Pending&&) noexcept = default;
  Pending& operator=(Pending&&) = delete;
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;

  ~Pending() {
    if (state_) {
      const Lock lock(state_->signal.mutex);
      state_->abandoned = true;
    }
  }

  /// Waits for the answer; `timed_out` at the deadline. An answer that is there already wins over a
  /// deadline that has passed. At most one wait succeeds.
  Result<T> wait(Scheduler& scheduler, std::optional<SteadyTime> deadline) {
    detail::AnswerState<T>& state = *state_;
    const auto ready = [&state]() BATON_REQUIRES(state.signal.mutex) {
      return state.value.has_value();
    };
    if (!scheduler.wait(state.signal, ready, deadline)) {
      return fail(Errc::timed_out, std::string(errc_sentence(Errc::timed_out)));
    }
    const Lock lock(state.signal.mutex);
    return std::move(*state.value);
  }

 private:
  std::shared_ptr<detail::AnswerState<T>> state_;
};

template <class T>
[[nodiscard]] std::pair<Pending<T>, From<T>> make_question() {
  auto state = std::make_shared<detail::AnswerState<T>>();
  return {Pending<T>(state), From<T>(state)};
}

}  // namespace baton
