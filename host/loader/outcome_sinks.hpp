// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"
#include "host/behaviour/instance.hpp"
#include "host/runtime/message.hpp"

#include <baton/abi.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace baton {

/// A sink of the host that a plugin writes into. Keeps its memory from one callback to the next.
class Sink {
 public:
  static constexpr std::size_t size_max = 64ULL * 1024 * 1024;

  Sink();
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  void reset();

  [[nodiscard]] baton_sink* get() { return &sink_; }

  [[nodiscard]] std::string_view text() const { return data_; }

  /// Whether write was called at all, be it with nothing.
  [[nodiscard]] bool is_written() const { return is_written_; }

  /// Whether something did not fit: what is here is not all.
  [[nodiscard]] bool is_cut() const { return is_cut_; }

  /// What was written; the sink is empty afterwards.
  [[nodiscard]] Reply take();

 private:
  static baton_status write(void* context, const void* data, std::size_t size) noexcept;
  static void set_content_type(void* context, baton_atom content_type) noexcept;

  std::string data_;
  Atom content_type_ = BATON_TEXT_PLAIN;
  bool is_written_ = false;
  bool is_cut_ = false;
  baton_sink sink_;
};

/// The outcome of one callback after the other of one instance. Nothing is allocated as long as the
/// plugin writes nothing. Threads: those of the instance.
class CallbackOutcome {
 public:
  CallbackOutcome();

  /// Zeroed, for the next callback.
  [[nodiscard]] baton_outcome* fresh();

  [[nodiscard]] std::size_t handled() const { return outcome_.handled; }

  [[nodiscard]] std::size_t refused() const { return outcome_.refused; }

  [[nodiscard]] Sink& reply() { return reply_; }

  /// The ordinary case, told at a glance: nothing is to follow the callback.
  [[nodiscard]] bool is_then_nothing() const { return outcome_.then == BATON_THEN_NOTHING; }

  /// What is to follow the callback. Errors: bad_return, with a text for bad_return(): an unknown number, a
  /// continue without a name, or with one that is too long.
  [[nodiscard]] Result<Then> then();

  /// BATON_SWAP: the name of the type.
  [[nodiscard]] Sink& then_what() { return then_what_; }

  /// What the plugin wrote as reason, cut to a length for logs.
  [[nodiscard]] std::string reason() const;

  /// The reason of a failure: what the plugin wrote, or else what its status means.
  [[nodiscard]] std::string reason(std::string_view callback, baton_status status) const;

  /// Whether `status` is none that a callback may fail with: a bad return, not a failure.
  [[nodiscard]] static bool is_bad_return(baton_status status);

  /// The reason of BATON_REFUSED, which is no failure: what the plugin wrote, or that it wrote nothing.
  [[nodiscard]] std::string refusal_reason(std::string_view callback) const;

  /// The reason when it broke its contract: `what` and, if there is one, the plugin's reason.
  [[nodiscard]] std::string bad_return(std::string_view what) const;

 private:
  Sink reply_;
  Sink reason_;
  Sink then_what_;
  baton_outcome outcome_;
};

/// How many of `count` messages were handled when a callback breaks its contract: what it says, if that
/// can be, but never all, since one is to blame.
[[nodiscard]] inline std::size_t credible_handled(std::size_t handled, std::size_t count) {
  return handled > count ? 0 : std::min(handled, count - 1);
}

}  // namespace baton
