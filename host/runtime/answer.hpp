// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"
#include "host/runtime/patience.hpp"
#include "host/runtime/scheduler.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace baton {

/// Gets an answer for which nobody waits any more, on the thread that gives it: it must only make a note.
template <class T>
using LateAnswer = std::function<void(const Result<T>&)>;

namespace detail {

template <class T>
struct AnswerState {
  Signal signal;
  std::optional<Result<T>> value BATON_GUARDED_BY(signal.mutex);
  bool abandoned BATON_GUARDED_BY(signal.mutex) = false;
  std::function<void()> on_answer BATON_GUARDED_BY(signal.mutex);  // run once, unlocked
  LateAnswer<T> if_late BATON_GUARDED_BY(signal.mutex);            // once it is abandoned; likewise
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
    std::function<void()> announce;
    {
      Lock lock(state->signal.mutex);
      if (state->abandoned) {
        const LateAnswer<T> if_late = std::move(state->if_late);
        lock.unlock();
        if (if_late) {
          if_late(answer);
        }
        return false;
      }
      state->value.emplace(std::move(answer));
      announce.swap(state->on_answer);
      state->signal.announce();
    }
    if (announce) {
      announce();
    }
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
  /// deadline that has passed. At most one wait succeeds. Errors also: shutting_down, see CallOff.
  Result<T> wait(Scheduler& scheduler, std::optional<SteadyTime> deadline) {
    if (!wait_until_answered(scheduler, deadline)) {
      return fail(out_of_patience());
    }
    return take();
  }

  /// As wait, but leaves the answer for take(). False: not until the deadline, or called off.
  [[nodiscard]] bool wait_until_answered(Scheduler& scheduler, std::optional<SteadyTime> deadline,
                                         WaitKind kind = {}) {
    detail::AnswerState<T>& state = *state_;
    const auto ready = [&state]() BATON_REQUIRES(state.signal.mutex) {
      return state.value.has_value();
    };
    return wait_patiently(scheduler, state.signal, ready, deadline, kind);
  }

  /// Abandons the question, of which `if_late` hears the answer. Without effect, and false, when the answer
  /// is there.
  [[nodiscard]] bool leave_to(LateAnswer<T> if_late) {
    const Lock lock(state_->signal.mutex);
    if (state_->value) {
      return false;
    }
    state_->abandoned = true;
    state_->if_late = std::move(if_late);
    return true;
  }

  /// The answer, which must be there; once.
  [[nodiscard]] Result<T> take() {
    detail::AnswerState<T>& state = *state_;
    const Lock lock(state.signal.mutex);
    return std::move(*state.value);
  }

  /// Whether it is still the end of a question: false once it has been moved from.
  [[nodiscard]] bool is_valid() const { return state_ != nullptr; }

  /// Has the answer come? Does not wait.
  [[nodiscard]] bool is_answered() const {
    const Lock lock(state_->signal.mutex);
    return state_->value.has_value();
  }

  /// Runs `announce` once when the answer has come, on the thread that gives it: it must only make a note.
  /// At once when it is there already.
  void on_answer(const std::function<void()>& announce) {
    {
      const Lock lock(state_->signal.mutex);
      if (!state_->value) {
        state_->on_answer = announce;
        return;
      }
    }
    announce();
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
