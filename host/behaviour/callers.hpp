// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/mutex.hpp"
#include "host/base/result.hpp"
#include "host/runtime/answer.hpp"
#include "host/runtime/message.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace baton {

/// Callers of a server that wait for a reply. Each has a number, by which the server answers: handle_call is
/// given it.
///
/// Most calls are answered before their callback returns, and then a caller who visits the process
/// (Process::Visit) needs neither an AnswerState nor a lock. There is one visitor at most. Invariants:
/// - `open_visit_` is the visitor's number until somebody takes it out; whoever does so answers, nobody else.
/// - Who is not the process takes it, and writes the answer, under `mutex_`. The process answers without it,
///   and knows that it did: so it need not look who else is writing.
/// - A caller is a visitor or in `waiting_`; it changes from one to the other under `mutex_`.
///
/// Threads: the process's, except reply().
class Callers {
 public:
  /// A caller in a visit, where its answer comes. Must stay where it is until leave().
  struct Visitor {
    std::uint64_t number = 0;
    bool is_answered_here = false;  // by the process itself
    std::optional<Result<Reply>> answer;
  };

  std::uint64_t add(From<Reply> from);
  std::uint64_t add(Visitor& visitor);

  /// The visitor's call has been given to the server. Nothing: its answer is there. Else it waits for it like
  /// all others, and not in the process.
  [[nodiscard]] std::optional<Pending<Reply>> leave(Visitor& visitor);

  /// Any thread. Errors: not_found: there is no such caller, or it does not wait any more.
  Result<void> reply(std::uint64_t number, Result<Reply> answer);

  /// As reply, for the server's own answer at the end of a callback.
  void answer(std::uint64_t number, Result<Reply> answer);

  /// All of these learn why they get no reply.
  void drop_all(const Error& why);
  void drop(const std::vector<std::uint64_t>& numbers, const Error& why);

  /// Those that came behind the caller of that number and still wait.
  [[nodiscard]] std::vector<std::uint64_t> waiting_since(std::uint64_t number) const;

  /// The number of the last caller; 0: there was none.
  [[nodiscard]] std::uint64_t last() const { return last_; }

 private:
  /// True: the visitor of that number has no answer yet, and it is the taker's to give.
  [[nodiscard]] bool take_visitor(std::uint64_t number);

  std::uint64_t last_ = 0;
  Visitor* visitor_ = nullptr;
  std::atomic<std::uint64_t> open_visit_{0};  // 0: none, or it is answered

  mutable Mutex mutex_;
  std::map<std::uint64_t, From<Reply>> waiting_ BATON_GUARDED_BY(mutex_);
};

}  // namespace baton
