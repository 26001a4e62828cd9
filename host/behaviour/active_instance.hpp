// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/runtime/activity.hpp"

#include <cstddef>
#include <span>
#include <utility>

namespace baton {

/// What Handler and Server have in common: the name under which the process tells which of its callbacks it
/// is in. An instance that has none, as those of canaries, is not told of.
class ActiveInstance {
 public:
  /// Its process, when it has been made.
  void set_subject(ActivitySubject subject) { subject_ = std::move(subject); }

  [[nodiscard]] const ActivitySubject& subject() const { return subject_; }

 private:
  ActivitySubject subject_;
};

/// The process is in that callback of the instance for as long as this lives. `callback` is a literal.
class ActiveCall {
 public:
  ActiveCall(const char* callback, const ActiveInstance& instance, const Message& message) noexcept
      : ActiveCall(callback, instance.subject(), &message, 1) {}

  ActiveCall(const char* callback, const ActiveInstance& instance,
             std::span<const Message> messages = {}) noexcept
      : ActiveCall(callback, instance.subject(), messages.empty() ? nullptr : messages.data(),
                   messages.size()) {}

  ActiveCall(const char* callback, const ActivitySubject& subject) noexcept
      : ActiveCall(callback, subject, nullptr, 0) {}

  ~ActiveCall() {
    if (activity_ != nullptr) {
      activity_->end();
    }
  }

  ActiveCall(const ActiveCall&) = delete;
  ActiveCall& operator=(const ActiveCall&) = delete;

 private:
  ActiveCall(const char* callback, const ActivitySubject& subject, const Message* first,
             std::size_t count) noexcept
      : activity_(subject.activity()) {
    if (activity_ != nullptr) {
      activity_->begin(callback, subject.number(), first, count);
    }
  }

  Activity* const activity_;
};

}  // namespace baton
