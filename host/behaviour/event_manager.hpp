// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/event_manager_types.hpp"
#include "host/behaviour/instance_services.hpp"
#include "host/behaviour/notify_failures.hpp"
#include "host/runtime/process.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace baton {

/// An event manager: a process with an ordered list of handlers, all of which get every event.
/// OTP: gen_event. docs/semantics.md has the differences.
///
/// A handler that crashes (throws, fails, returns what its contract does not allow) is terminated with
/// `error`, removed and reported once; the others still get the event, and the manager lives on.
///
/// Threads: every public function by any. Those that wait are refused with `calling_self` inside a
/// callback of this manager. Unless it says otherwise, each waits for what was sent before it, and fails
/// with `process_ended` when the manager has ended and `timed_out` when `timeout` is over (what was
/// asked for may then still happen).
class EventManager final : public Process {
 public:
  /// Makes and registers a running manager without handlers. Errors: already_started.
  static Result<std::shared_ptr<EventManager>> start(Runtime& runtime, std::string name,
                                                     EventManagerOptions options);

  /// For start() only.
  EventManager(Runtime& runtime, std::string name, EventManagerOptions options);
  ~EventManager() override;

  /// Sends events to all handlers and does not wait for them. Waits for room only, as the overflow
  /// policy says. Returns how many were accepted. Errors: overloaded, process_ended.
  Result<std::size_t> notify(std::span<const Message> events);

  /// As notify, but returns when every handler has run for each of them, and says which failed.
  Result<NotifyOutcome> sync_notify(std::span<const Message> events, Duration timeout = infinity);

  /// As notify for one event, but returns when the manager starts on it: a sender that does this has at
  /// most one event waiting. OTP: GenEvent.ack_notify/2.
  Result<void> ack_notify(const Message& event, Duration timeout = infinity);

  /// Errors: already_present, and the factory's; then nothing changes.
  Result<HandlerInfo> add_handler(HandlerSpec spec, Duration timeout = infinity);

  /// Ends a handler and returns the value of its terminate. Errors: not_found; crashed when terminate
  /// failed (the handler is gone all the same).
  Result<Reply> delete_handler(std::string id, std::string argument, Duration timeout = infinity);

  /// Replaces a handler by another, in its place in the order, between two events: no event is seen by
  /// both or by neither. Errors: not_found; already_present when the new id is another handler's;
  /// state_refused, init_failed, bad_options, crashed. In safe mode the old one then goes on unharmed.
  Result<SwapReport> swap_handler(SwapRequest request, Duration timeout = infinity);

  /// Asks one handler. Errors: not_found, unknown_request (the handler stays), crashed and bad_return
  /// (it is removed).
  Result<Reply> call(std::string id, const Message& request, Duration timeout = default_call_timeout);

  /// The installed handlers, newest first.
  Result<std::vector<HandlerInfo>> which_handlers(Duration timeout = default_call_timeout);

  Result<EventManagerStatus> status(Duration timeout = default_call_timeout);

 private:
  struct Installed;

  // All of these run in the process.
  void handle_messages(std::span<const Message> events) override;
  void handle_stop(ExitReason reason) override;
  void handle_abandoned() override;
  void handle_info(const std::string& id, std::uint64_t instance, const Message& info);
  Result<HandlerInfo> install(HandlerSpec spec);
  Result<Reply> call_handler(const std::string& id, const Message& request);
  Result<SwapReport> swap(SwapRequest request);
  Result<SwapReport> swap_safely(Installed& old, SwapRequest request);
  Result<SwapReport> swap_destructively(Installed& old, SwapRequest request);
  [[nodiscard]] std::vector<HandlerInfo> infos_newest_first() const;

  /// Gives a batch to one handler. False: it is to be removed.
  [[nodiscard]] bool deliver(Installed& handler, std::span<const Message> events);
  void report_refusal(Installed& handler, std::span<const Message> refused, const std::string& reason);
  void report_crash(const Installed& handler, std::string_view callback, std::string_view last,
                    std::string_view reason);

  /// Makes an instance that is not in the list yet.
  Result<std::unique_ptr<Installed>> make(HandlerSpec spec, std::optional<State> state);
  [[nodiscard]] Installed* find(std::string_view id) const;
  [[nodiscard]] Error no_such_handler(std::string_view id) const;
  /// Runs terminate, logging its failure.
  Result<Reply> terminate(Installed& handler, const TerminateReason& why);
  /// Runs terminate and takes the handler out of the list.
  Result<Reply> remove(Installed& handler, const TerminateReason& why);

  const DispatchOrder order_;

  // The process's only.
  std::vector<std::unique_ptr<Installed>> handlers_;  // in the order of adding
  NotifyFailures failures_;
  std::uint64_t last_seq_ = 0;  // of the last event handled
  std::uint64_t crashes_ = 0;
};

}  // namespace baton
