// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/clock.hpp"
#include "host/base/mutex.hpp"
#include "host/runtime/message.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace baton {

class AtomTable;

/// The callback that a process is in.
struct ActivityNow {
  std::string process;
  std::string subject;   // "log/Fragile"; empty: nobody has told
  std::string callback;  // "handle_events"
  std::string type;      // of the first message; empty: there is none, or its type has no atom
  std::uint64_t seq = 0;
  std::uint64_t count = 0;  // messages that the callback was given
  Duration lasted{};        // since somebody first looked, which Activity::look() is for
};

/// "log/Fragile, handle_events, event \"hang\" seq 1, for 10 min".
[[nodiscard]] std::string to_string(const ActivityNow& now);

/// "40 s", "10 min", "3 h".
[[nodiscard]] std::string readable_span(Duration time);

/// Which callback a process is in, for those who wonder why it does not answer. The process writes it with a
/// few plain stores, and looks at no clock; so a reader may find parts of two callbacks when one has ended in
/// between, but never of one that hangs. Shared with those who outlive the process's name. Threads: any.
class Activity {
 public:
  explicit Activity(std::string process) : process_(std::move(process)) {}

  // The process's own thread, at the beginning and the end of a callback; `callback` is a literal.
  void begin(const char* callback, std::uint32_t subject, const Message* first, std::size_t count) noexcept {
    subject_.store(subject, std::memory_order_relaxed);
    type_.store(first == nullptr ? Atom{BATON_ATOM_NONE} : first->type_atom, std::memory_order_relaxed);
    seq_.store(first == nullptr ? 0 : first->seq, std::memory_order_relaxed);
    count_.store(count, std::memory_order_relaxed);
    number_.store(number_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    callback_.store(callback, std::memory_order_release);
  }

  void end() noexcept { callback_.store(nullptr, std::memory_order_release); }

  /// To be called now and then, always by the same one: notes since when it has been in its callback.
  void look(SteadyTime now);

  /// Nothing: it is in none.
  [[nodiscard]] std::optional<ActivityNow> now(const Clock& clock, const AtomTable& atoms) const;

  /// Of the callback it is in, or was in last.
  [[nodiscard]] std::uint64_t number() const { return number_.load(std::memory_order_relaxed); }

  [[nodiscard]] bool is_in_callback() const { return callback_.load(std::memory_order_acquire) != nullptr; }

 private:
  friend class ActivitySubject;

  const std::string process_;
  std::atomic<const char*> callback_{nullptr};
  std::atomic<std::uint32_t> subject_{0};
  std::atomic<Atom> type_{BATON_ATOM_NONE};
  std::atomic<std::uint64_t> seq_{0};
  std::atomic<std::uint64_t> count_{0};
  std::atomic<std::uint64_t> number_{0};

  // Whoever looks.
  std::atomic<std::uint64_t> seen_number_{0};
  std::atomic<SteadyTime::rep> seen_since_{0};

  mutable Mutex mutex_;
  std::map<std::uint32_t, std::string> subjects_ BATON_GUARDED_BY(mutex_);
  std::uint32_t last_subject_ BATON_GUARDED_BY(mutex_) = 0;
};

/// The name of an instance in its process's Activity; it belongs to the instance, and goes with it.
class ActivitySubject {
 public:
  ActivitySubject() = default;
  ActivitySubject(std::shared_ptr<Activity> activity, std::string name);

  ActivitySubject(ActivitySubject&& other) noexcept
      : activity_(std::move(other.activity_)), number_(std::exchange(other.number_, 0)) {}

  ActivitySubject& operator=(ActivitySubject&& other) noexcept {
    std::swap(activity_, other.activity_);
    std::swap(number_, other.number_);
    return *this;
  }

  ActivitySubject(const ActivitySubject&) = delete;
  ActivitySubject& operator=(const ActivitySubject&) = delete;
  ~ActivitySubject();

  [[nodiscard]] std::uint32_t number() const { return number_; }

  /// Null: it names nothing.
  [[nodiscard]] Activity* activity() const { return activity_.get(); }

 private:
  std::shared_ptr<Activity> activity_;
  std::uint32_t number_ = 0;
};

}  // namespace baton
