// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/clock.hpp"
#include "host/base/result.hpp"
#include "host/runtime/answer.hpp"
#include "host/runtime/runtime.hpp"
#include "host/runtime/scheduler.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace baton {

/// Waits without end where a Duration is asked for.
inline constexpr Duration infinity = Duration::max();

/// Errors: bad_request for a timeout that is none: negative.
[[nodiscard]] Result<void> check_timeout(Duration timeout);

/// Until when to wait: a time from now, `infinity`, or a point in time (OTP: {abs, T}), which may have
/// passed: what is there already is still taken.
class Deadline {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): a timeout is the usual deadline.
  Deadline(Duration timeout) : timeout_(timeout) {}

  // NOLINTNEXTLINE(google-explicit-constructor)
  Deadline(SteadyTime time) : time_(time) {}

  [[nodiscard]] bool is_valid() const { return timeout_ >= Duration::zero(); }

  /// Nothing: never.
  [[nodiscard]] std::optional<SteadyTime> on(const Clock& clock) const;

 private:
  Duration timeout_{};
  std::optional<SteadyTime> time_;
};

/// What became of a request. OTP: {reply, R} | {error, _} | timeout | no_reply | no_request.
template <class T>
struct Response {
  enum class Kind : std::uint8_t {
    answered,    // `result` is the reply or the error
    timeout,     // not in time
    no_reply,    // check_response: not yet
    no_request,  // there is nothing (any more) that could be answered
    bad_timeout  // the timeout is negative; nothing was done
  };
  Kind kind = Kind::no_request;
  std::optional<Result<T>> result;
  std::string label;  // of the request, in a collection
};

/// A question that has been asked and may be answered. Dropped, it is abandoned: a late answer is
/// dropped too. Answered, it is used up. Made by the send_request functions. Threads: one at a time.
/// OTP: gen_server's and gen_event's request ids.
template <class T>
class Request {
 public:
  Request(Runtime& runtime, Pending<T> pending) : runtime_(&runtime), pending_(std::move(pending)) {}

  Request(Request&&) noexcept = default;
  Request& operator=(Request&&) = delete;
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;
  ~Request() = default;

  /// Neither answered to the asker nor abandoned nor moved into a collection.
  [[nodiscard]] bool is_open() const { return pending_.has_value() && pending_->is_valid(); }

  /// Waits. After `timeout` the request is as good as before.
  [[nodiscard]] Response<T> wait_response(Deadline deadline) {
    if (!is_open()) {
      return {};
    }
    if (!deadline.is_valid()) {
      return {Response<T>::Kind::bad_timeout, std::nullopt, {}};
    }
    if (!pending_->wait_until_answered(runtime_->scheduler, deadline.on(runtime_->clock))) {
      return {Response<T>::Kind::timeout, std::nullopt, {}};
    }
    return take();
  }

  /// Waits. `timeout` abandons the request.
  [[nodiscard]] Response<T> receive_response(Deadline deadline) {
    Response<T> response = wait_response(deadline);
    if (response.kind == Response<T>::Kind::timeout) {
      pending_.reset();
    }
    return response;
  }

  /// Does not wait.
  [[nodiscard]] Response<T> check_response() {
    if (!is_open()) {
      return {};
    }
    if (!pending_->is_answered()) {
      return {Response<T>::Kind::no_reply, std::nullopt, {}};
    }
    return take();
  }

  /// For RequestCollection.
  [[nodiscard]] Pending<T>& pending() { return *pending_; }

 private:
  Response<T> take() {
    Response<T> response{Response<T>::Kind::answered, pending_->take(), {}};
    pending_.reset();
    return response;
  }

  Runtime* runtime_;
  std::optional<Pending<T>> pending_;
};

/// What happens to a request of a collection that has been answered: it goes, or it stays in the count
/// and in labels() but is never answered again. OTP: the Delete argument.
enum class Answered : std::uint8_t { removed, kept };

/// Requests with labels, whose answers are taken in the order in which they arrive. The answers that were
/// there before their request was added count as arriving then. Threads: one at a time.
/// OTP: reqids_new/0, reqids_add/3, reqids_size/1, reqids_to_list/1 and the functions that take them.
template <class T>
class RequestCollection {
 public:
  explicit RequestCollection(Runtime& runtime) : runtime_(runtime) {}

  RequestCollection(const RequestCollection&) = delete;
  RequestCollection& operator=(const RequestCollection&) = delete;
  ~RequestCollection() = default;

  /// Errors: bad_request when it is not open any more: answered, abandoned, or in a collection already.
  Result<void> add(Request<T>&& request, std::string label) {
    if (!request.is_open()) {
      return fail(Errc::bad_request, "it is no open request: it was answered, abandoned or added before");
    }
    const std::uint64_t number = ++last_;
    const auto place = entries_.emplace(number, Entry{std::move(request), std::move(label)}).first;
    ++open_;
    place->second.request.pending().on_answer([arrivals = arrivals_, number] {
      const Lock lock(arrivals->signal.mutex);
      arrivals->numbers.push_back(number);
      arrivals->signal.changed.notify_all();
    });
    return {};
  }

  [[nodiscard]] std::size_t size() const { return entries_.size(); }

  /// In the order of adding.
  [[nodiscard]] std::vector<std::string> labels() const {
    std::vector<std::string> labels;
    for (const auto& [number, entry] : entries_) {
      labels.push_back(entry.label);
    }
    return labels;
  }

  /// Waits for the next answer to any of them. After `timeout` all are as good as before; when none of them
  /// is open, it comes at once if the deadline is infinity. `no_request`: the collection is empty.
  [[nodiscard]] Response<T> wait_response(Deadline deadline, Answered answered = Answered::removed) {
    if (entries_.empty()) {
      return {};
    }
    if (!deadline.is_valid()) {
      return {Response<T>::Kind::bad_timeout, std::nullopt, {}};
    }
    const auto until = deadline.on(runtime_.clock);
    Arrivals& arrivals = *arrivals_;
    const auto has_arrival = [&arrivals]() BATON_REQUIRES(arrivals.signal.mutex) {
      return !arrivals.numbers.empty();
    };
    const bool is_hopeless = open_ == 0 && !until;
    if (is_hopeless || !runtime_.scheduler.wait(arrivals.signal, has_arrival, until)) {
      return {Response<T>::Kind::timeout, std::nullopt, {}};
    }
    return take(answered);
  }

  /// As wait_response, but `timeout` abandons all of them; the collection is empty then.
  [[nodiscard]] Response<T> receive_response(Deadline deadline, Answered answered = Answered::removed) {
    Response<T> response = wait_response(deadline, answered);
    if (response.kind == Response<T>::Kind::timeout) {
      entries_.clear();
      open_ = 0;
      arrivals_ = std::make_shared<Arrivals>();
    }
    return response;
  }

  /// Does not wait: `no_reply` when no answer has come.
  [[nodiscard]] Response<T> check_response(Answered answered = Answered::removed) {
    if (entries_.empty()) {
      return {};
    }
    {
      const Lock lock(arrivals_->signal.mutex);
      if (arrivals_->numbers.empty()) {
        return {Response<T>::Kind::no_reply, std::nullopt, {}};
      }
    }
    return take(answered);
  }

 private:
  struct Entry {
    Request<T> request;
    std::string label;
  };

  /// Shared with the answers on their way; those of abandoned requests do not come.
  struct Arrivals {
    Signal signal;
    std::deque<std::uint64_t> numbers BATON_GUARDED_BY(signal.mutex);
  };

  /// Requires: an arrival.
  Response<T> take(Answered answered) {
    std::uint64_t number = 0;
    {
      const Lock lock(arrivals_->signal.mutex);
      number = arrivals_->numbers.front();
      arrivals_->numbers.pop_front();
    }
    const auto place = entries_.find(number);
    Response<T> response = place->second.request.check_response();
    response.label = place->second.label;
    --open_;
    if (answered == Answered::removed) {
      entries_.erase(place);
    }
    return response;
  }

  Runtime& runtime_;
  std::map<std::uint64_t, Entry> entries_;  // by the order of adding
  std::uint64_t last_ = 0;
  std::size_t open_ = 0;  // neither answered nor abandoned
  std::shared_ptr<Arrivals> arrivals_ = std::make_shared<Arrivals>();
};

}  // namespace baton
