// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/sys_debug.hpp"
#include "host/behaviour/sys_types.hpp"
#include "host/runtime/process.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace baton {

class SysProcess;

/// OTP's module sys for one process: `sys:suspend(Name)` is `process->sys().suspend()`. All of it also
/// works while the process is suspended, and keeps its place among what was sent before when it is not.
/// Threads: any. Errors, of every function: calling_self inside a callback of the process, process_ended,
/// timed_out.
class Sys {
 public:
  static constexpr std::size_t log_default = 10;  // OTP's

  explicit Sys(SysProcess& process) : process_(process) {}

  /// From now on messages, calls and requests wait, in their order; calls time out. Idempotent.
  Result<void> suspend(Duration timeout = default_call_timeout);
  /// What waits is handled. Idempotent. A swap in parts ends: who is in the place then stays.
  Result<void> resume(Duration timeout = default_call_timeout);

  /// States are as format_status(normal) shows them: nothing else of a state is in here.
  Result<SysStatus> get_status(Duration timeout = default_call_timeout);

  /// The state of the server or supervisor, or of each handler, newest first. Not redacted.
  Result<std::vector<SysState>> get_state(Duration timeout = default_call_timeout);

  /// Makes a new instance of the same code from what `replace` makes of the state, in the place of each
  /// that has a state; its timers go with the old one. A server's failure is the error, a handler's is
  /// logged; the old instance is then kept as it was. Returns the states afterwards.
  /// Errors: not_supported (it has no state to replace), state_refused, init_failed, crashed, and what
  /// `replace` fails with.
  Result<std::vector<SysState>> replace_state(ReplaceState replace, Duration timeout = default_call_timeout);

  /// Keeps the last `count` events for log_get; 0: none.
  Result<void> log(std::size_t count = log_default, Duration timeout = default_call_timeout);
  /// Oldest first. Nothing when it is off.
  Result<std::vector<SysEvent>> log_get(Duration timeout = default_call_timeout);
  /// Each event is a record `sys_trace` in the host's log.
  Result<void> trace(bool is_on, Duration timeout = default_call_timeout);
  Result<void> statistics(bool is_on, Duration timeout = default_call_timeout);
  /// Nothing when it is off. OTP: no_statistics.
  Result<std::optional<SysStatistics>> statistics_get(Duration timeout = default_call_timeout);
  /// No effect when the id has an observer.
  Result<void> install(std::string id, SysObserver observer, Duration timeout = default_call_timeout);
  Result<void> remove(std::string id, Duration timeout = default_call_timeout);
  /// Turns all of these off.
  Result<void> no_debug(Duration timeout = default_call_timeout);

 private:
  /// Runs `change(debug)` in the process.
  template <class F>
  Result<void> change_debug(Duration timeout, F change);

  SysProcess& process_;
};

/// A process that can be looked at and changed from outside while it runs: what all behaviours are.
/// A behaviour answers for its state and tells what comes in and goes out. Nobody wants to know, mostly;
/// then that costs the look at one pointer for each batch, call or info.
class SysProcess : public Process {
 public:
  SysProcess(Runtime& runtime, std::string name, ProcessOptions options);
  ~SysProcess() override;

  [[nodiscard]] Sys sys() { return Sys(*this); }

  /// Its supervisor says that it is the parent. Threads: any.
  void set_parent(std::string parent);

 protected:
  /// OTP's name of the behaviour, and what its status is called: "Status for event handler".
  struct Behaviour {
    std::string_view module;
    std::string_view header;
  };

  // All of these run in the process.
  [[nodiscard]] virtual Behaviour behaviour() const = 0;
  /// With the states as format_status(normal) shows them.
  [[nodiscard]] virtual std::vector<SysInstance> sys_instances() const = 0;
  virtual std::vector<SysState> sys_states() = 0;
  virtual Result<void> replace_states(const ReplaceState& replace) = 0;

  /// It is suspended, and goes on at once.
  virtual void before_resume() {}

  /// For the events `reply` and `new_state`.
  [[nodiscard]] virtual std::string shown_state() const { return {}; }

  [[nodiscard]] bool is_observed() const { return debug_ != nullptr; }

  /// A batch has come; only when is_observed(). True: it has been handled, one by one, so that each
  /// message is followed by what it did.
  [[nodiscard]] bool observe_batch(SysEvent::Kind kind, std::span<const Message> batch);

  /// A call or info has come. `handler`: of a manager; `from`: of a server.
  void observe(SysEvent::Kind kind, const Message& message, std::string_view handler, std::uint64_t from) {
    if (is_observed()) {
      record_in(kind, message, handler, from);
    }
  }

  /// Only when is_observed().
  void observe_reply(std::string_view data, std::uint64_t from);

  void observe_new_state() {
    if (is_observed()) {
      record_new_state();
    }
  }

 private:
  friend class Sys;

  void record_in(SysEvent::Kind kind, const Message& message, std::string_view handler, std::uint64_t from);
  void record_new_state();
  void record(SysEvent event);
  [[nodiscard]] SysStatus sys_status() const;
  [[nodiscard]] SysDebug& debug();
  void let_go_of_debug();

  // The process's only.
  std::unique_ptr<SysDebug> debug_;  // null: all of it is off

  mutable Mutex mutex_;
  std::string parent_ BATON_GUARDED_BY(mutex_);
};

}  // namespace baton
