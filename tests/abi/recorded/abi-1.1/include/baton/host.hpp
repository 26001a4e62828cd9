// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/abi.h>
#include <baton/detail/views.hpp>
#include <baton/message.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace baton::inline v1 {

/// Answers of the host.
enum class Status : baton_status {
  ok = BATON_OK,
  error = BATON_ERROR,
  no_memory = BATON_NO_MEMORY,
  unsupported = BATON_UNSUPPORTED,  // this host is older than the function
  not_found = BATON_NOT_FOUND,
  timed_out = BATON_TIMED_OUT,
  full = BATON_FULL,  // the mailbox is full and its policy refuses
  calling_self = BATON_CALLING_SELF,
  ended = BATON_ENDED,  // the process ended before it answered
  invalid = BATON_INVALID,
};

[[nodiscard]] constexpr std::string_view to_text(Status status) noexcept {
  switch (status) {
    case Status::ok:
      return "ok";
    case Status::error:
      return "error";
    case Status::no_memory:
      return "no_memory";
    case Status::unsupported:
      return "unsupported";
    case Status::not_found:
      return "not_found";
    case Status::timed_out:
      return "timed_out";
    case Status::full:
      return "full";
    case Status::calling_self:
      return "calling_self";
    case Status::ended:
      return "ended";
    case Status::invalid:
      return "invalid";
  }
  return "unknown";
}

/// A message of this instance to somebody else. Views; copied before the function that takes it returns.
struct Outgoing {
  std::string_view type;
  std::string_view data = {};
  Atom content_type = Atom::text_plain;
  // Attributes of CloudEvents 1.0; empty ones are absent.
  std::string_view id = {};
  std::string_view source = {};
  std::string_view traceparent = {};
};

/// What a call came back with.
struct CallResult {
  Status status = Status::ok;
  std::string data;  // with `ok` the reply, else a text that says what happened
  Atom content_type = Atom::text_plain;

  explicit operator bool() const noexcept { return status == Status::ok; }
};

/// The caller of a server, for an answer that is given later. OTP: From.
struct From {
  std::uint64_t number = 0;
};

using TimerId = std::uint64_t;

/// Memory of the host; see HostArray (memory.hpp), which is what one uses.
struct Memory {
  Status status = Status::ok;
  void* data = nullptr;
  std::size_t capacity = 0;   // bytes
  bool is_inherited = false;  // an older instance had it made; it is as that one left it
};

/// The services of the host for one instance. A small value: keep a copy.
///
/// Threads: any, concurrently, unless a function says otherwise. Lifetime: until the instance's destructor
/// has returned; join threads of one's own in it.
class Host {
 public:
  explicit Host(const baton_host& raw) noexcept : raw_(&raw) {}

  /// Write a line to the host's log, named after the instance. May wait for the log's file.
  void debug(std::string_view text) const noexcept { log(BATON_LOG_DEBUG, text); }

  void info(std::string_view text) const noexcept { log(BATON_LOG_INFO, text); }

  void warning(std::string_view text) const noexcept { log(BATON_LOG_WARNING, text); }

  void error(std::string_view text) const noexcept { log(BATON_LOG_ERROR, text); }

  /// The number of a text of 1 to 255 bytes, the same each time; Atom::none when the host's table is full.
  /// Takes a lock: in the constructor, not per event.
  [[nodiscard]] Atom intern(std::string_view text) const noexcept {
    return static_cast<Atom>(raw_->intern(raw_->context, detail::str(text)));
  }

  /// Empty for Atom::none. Valid until the host ends.
  [[nodiscard]] std::string_view text_of(Atom atom) const noexcept {
    return detail::view(raw_->atom_text(raw_->context, static_cast<baton_atom>(atom)));
  }

  /// Microseconds since 1970 (UTC). Read no other clock: in tests this one is set by hand.
  [[nodiscard]] std::int64_t now_us() const noexcept { return raw_->now_us(raw_->context); }

  /// After `delay`, `info` reaches handle_info of this instance. Nothing when 1,024 timers are pending.
  /// OTP: erlang:send_after/3.
  std::optional<TimerId> start_timer(std::chrono::milliseconds delay, const Outgoing& info) const {
    TimerId timer = 0;
    const auto delay_ms = static_cast<std::uint64_t>(delay.count() < 0 ? 0 : delay.count());
    const baton_status status = with_message(info, [&](const baton_message& message) {
      return raw_->start_timer(raw_->context, delay_ms, &message, &timer);
    });
    return status == BATON_OK ? std::optional(timer) : std::nullopt;
  }

  /// From a callback this is exact: after it the info does not arrive. False when it has fired already.
  bool cancel_timer(TimerId timer) const noexcept {  // NOLINT(modernize-use-nodiscard): often of no interest
    return raw_->cancel_timer(raw_->context, timer) == BATON_OK;
  }

  /// Sends an event to manager `to`. `ok` when accepted, else `not_found` or `full`. May wait up to the
  /// manager's block_timeout when its policy is `block`; never for one's own. OTP: gen_event:notify/2.
  [[nodiscard]] Status notify(std::string_view to, const Outgoing& event) const {
    return static_cast<Status>(with_message(event, [&](const baton_message& message) {
      return raw_->notify(raw_->context, detail::str(to), &message);
    }));
  }

  /// Sends a cast to server `to`; as notify. OTP: gen_server:cast/2.
  [[nodiscard]] Status cast(std::string_view to, const Outgoing& request) const {
    return static_cast<Status>(with_message(request, [&](const baton_message& message) {
      return raw_->cast(raw_->context, detail::str(to), &message);
    }));
  }

  /// Calls server `to`, or handler "manager/id". Waits at most `timeout`; `calling_self` at once when the
  /// callee is the process that runs the caller. OTP: gen_server:call/3.
  [[nodiscard]] CallResult call(std::string_view to, const Outgoing& request,
                                std::chrono::milliseconds timeout = std::chrono::seconds(5)) const {
    CallResult result;
    baton_sink sink{sizeof(baton_sink), &result, append_to_result, set_result_content_type};
    const auto timeout_ms = static_cast<std::uint64_t>(timeout.count() < 0 ? 0 : timeout.count());
    result.status = static_cast<Status>(with_message(request, [&](const baton_message& message) {
      return raw_->call(raw_->context, detail::str(to), &message, timeout_ms, &sink);
    }));
    return result;
  }

  /// Servers: answers the call that handle_call left with Next::no_reply. `not_found` when it was answered
  /// before or nobody waits any more. OTP: gen_server:reply/2.
  Status reply(From from, std::string_view data,  // NOLINT(modernize-use-nodiscard): often of no interest
               Atom content_type = Atom::text_plain) const {
    return static_cast<Status>(with_message(
        {.type = {}, .data = data, .content_type = content_type},
        [&](const baton_message& message) { return raw_->reply(raw_->context, from.number, &message); }));
  }

  /// The memory of that name, made on first use, zero: an instance that is created from this one's state
  /// finds it where it is. `unsupported`: the host is older than ABI 1.1. See baton_host.memory.
  [[nodiscard]] Memory memory(std::string_view name, std::size_t capacity) const noexcept {
    if (!detail::has(*raw_, &baton_host::memory)) {
      return {Status::unsupported};
    }
    baton_memory memory{sizeof(baton_memory), 0, nullptr, 0};
    const baton_status status = raw_->memory(raw_->context, detail::str(name), capacity, &memory);
    return {static_cast<Status>(status), memory.data, memory.capacity, memory.is_inherited != 0};
  }

  /// Gives it back. False: there is none of that name.
  bool free_memory(
      std::string_view name) const noexcept {  // NOLINT(modernize-use-nodiscard): often of no use
    return detail::has(*raw_, &baton_host::free_memory) &&
           raw_->free_memory(raw_->context, detail::str(name)) == BATON_OK;
  }

  /// The table of an extension of the host, as its documentation describes it; nullptr when it has none.
  [[nodiscard]] const void* extension(const char* id) const noexcept {
    return raw_->extension(raw_->context, id);
  }

  /// For what this layer does not cover.
  [[nodiscard]] const baton_host& raw() const noexcept { return *raw_; }

 private:
  void log(std::int32_t level, std::string_view text) const noexcept {
    raw_->log(raw_->context, level, detail::str(text));
  }

  template <class Function>
  static baton_status with_message(const Outgoing& outgoing, Function&& use) {
    const baton_attributes attributes{sizeof(baton_attributes), detail::str(outgoing.id),
                                      detail::str(outgoing.source), detail::str(outgoing.traceparent)};
    const bool has_attributes =
        !outgoing.id.empty() || !outgoing.source.empty() || !outgoing.traceparent.empty();
    const baton_message message{.type = detail::str(outgoing.type),
                                .data = detail::bytes(outgoing.data),
                                .type_atom = BATON_ATOM_NONE,  // the host interns what it lets in
                                .content_type = static_cast<baton_atom>(outgoing.content_type),
                                .seq = 0,
                                .time_us = 0,
                                .attributes = has_attributes ? &attributes : nullptr};
    return use(message);
  }

  static baton_status append_to_result(void* context, const void* data, std::size_t size) noexcept {
    try {
      static_cast<CallResult*>(context)->data.append(static_cast<const char*>(data), size);
      return BATON_OK;
    } catch (...) {
      return BATON_NO_MEMORY;
    }
  }

  static void set_result_content_type(void* context, baton_atom content_type) noexcept {
    static_cast<CallResult*>(context)->content_type = static_cast<Atom>(content_type);
  }

  const baton_host* raw_;
};

}  // namespace baton::inline v1
