// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/crash_policy.hpp"
#include "host/behaviour/handler.hpp"
#include "host/behaviour/handler_totals.hpp"
#include "host/behaviour/record_types.hpp"
#include "host/behaviour/swap_record.hpp"
#include "host/behaviour/swap_types.hpp"
#include "host/runtime/answer.hpp"
#include "host/runtime/process.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The plain data that EventManager takes and gives.
namespace baton {

/// How many instances that are gone a manager remembers.
inline constexpr std::size_t ended_handlers_max = 64;

class CrashRecords;

enum class DispatchOrder : std::uint8_t { oldest_first, newest_first };

struct EventManagerOptions {
  ProcessOptions process;
  DispatchOrder order = DispatchOrder::oldest_first;
  std::string label = {};           // what it is, for people; in crash reports. OTP: proc_lib:set_label/1
  CrashRecords* crashes = nullptr;  // where its handlers' crashes are kept; outlives the manager
  RecordLimits record = {};         // what it keeps of its last events, from its start on
};

/// What to install, and under which id.
struct HandlerSpec {
  std::string id;  // unique in the manager
  std::shared_ptr<const HandlerFactory> factory;
  Options options;
  std::optional<State> state = {};  // to start from, as one that has gone left it; in a safe swap instead of
                                    // what the old one has
  std::optional<CrashPolicy> crash_policy = {};  // absent: it is removed; in a swap: the old one's
  std::size_t recent_events = 0;                 // how many of the last events are kept for its canaries
};

/// `safe`: the new one has accepted the state before the old one ends, and any failure leaves the old
/// one in place. `destructive`: OTP's own order, the old one ends first and a failure leaves neither.
enum class SwapMode : std::uint8_t { safe, destructive };

struct SwapRequest {
  std::string old_id;
  HandlerSpec replacement;  // may have the same id or another one
  SwapMode mode = SwapMode::safe;
  std::string argument;                     // reaches the old one's terminate(swapped)
  std::string extra;                        // reaches the new one's create, beside the state
  bool keeps_state = false;                 // the report has the state that was moved, for the way back
  std::shared_ptr<SwapRecord> record = {};  // notes the steps; null: nobody wants them
  WatchPolicy watch = {};                   // safe mode only
  std::optional<From<WatchOutcome>> watch_end = {};  // answered when the watch ends
  /// Safe mode: when the types have different names and the old one has a state, which nobody would take
  /// over, it is state_refused, with this advice. Absent: the state is left behind.
  std::optional<std::string> left_state_advice = {};
  LateAnswer<SwapReport> if_late = {};  // see Process::ask_change
};

/// An installed handler, as which_handlers and status show it.
struct HandlerInfo {
  std::string id;
  std::string type;
  std::string version;
  std::uint64_t instance = 0;
  std::uint64_t handled = 0;   // events
  std::uint64_t refused = 0;   // events it could not take
  std::string owner = {};      // name of who owns it; empty: nobody
  std::uint64_t library = 0;   // as TypeInfo::library
  bool is_watched = false;     // it was swapped in and may be swapped back
  std::uint64_t restarts = 0;  // after crashes, by its policy
  std::uint64_t missed = 0;    // events that came while it was waiting to be restarted
};

/// An instance that is gone, with its counts at the end: what a count over swaps is made of.
struct EndedHandler {
  std::string id;
  std::string version;
  std::uint64_t instance = 0;
  std::uint64_t handled = 0;
  std::uint64_t refused = 0;
  bool was_swapped = false;   // another one has taken its place
  std::int64_t ended_us = 0;  // when: microseconds since 1970 (UTC)
};

/// A handler that has crashed and is not there; its manager is degraded.
struct MissingHandler {
  enum class Why : std::uint8_t {
    backing_off,  // it is going to be restarted
    gave_up,      // it was restarted too often
    quarantined,  // its plugin must not be loaded again
    removed       // that is its policy
  };
  std::string id;
  std::string type;
  std::string version;
  std::uint64_t library = 0;   // with backing_off: as TypeInfo::library
  std::uint64_t instance = 0;  // the last one; 0: there was none
  Why why = Why::removed;
  std::string reason;          // of the last crash or failed restart
  std::uint64_t crash = 0;     // the record's id; 0: there is none
  std::int64_t since_us = 0;   // since 1970, UTC
  std::uint64_t restarts = 0;  // so far
  std::uint64_t missed = 0;    // events so far, all back-offs together
  Duration restarts_in{};      // with backing_off
};

/// "backing_off", "gave_up", …
[[nodiscard]] std::string_view to_string(MissingHandler::Why why);

/// A handler that failed at an event: it refused it (and stays) or crashed on it (and is gone, for now or
/// for good).
struct EventFailure {
  std::string handler;
  bool crashed = false;
  std::string reason;
  bool is_restarted = false;  // with crashed: it is going to be restarted

  bool operator==(const EventFailure&) const = default;
};

/// What became of events whose sender waited.
struct NotifyOutcome {
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;           // events that at least one handler failed at
  std::vector<EventFailure> failures;  // the first of each handler and kind
};

struct EventManagerStatus {
  std::string name;
  std::uint64_t instance = 0;
  MailboxCounters mailbox;
  std::vector<HandlerInfo> handlers;  // newest first
  std::uint64_t crashes = 0;          // of handlers, ever
  bool is_suspended = false;
  std::vector<EndedHandler> ended = {};      // the last ones that had events; oldest first
  std::vector<MissingHandler> missing = {};  // oldest crash first
  std::uint64_t restarts = 0;                // of handlers, ever
  std::uint64_t missed = 0;                  // events, by handlers that were waiting to be restarted, ever
  std::uint64_t handled = 0;                 // events that were given to all handlers
  std::vector<HandlerTotal> totals = {};     // of the handlers and of the missing ones, by id
  RecordStatus record = {};

  [[nodiscard]] bool is_degraded() const { return !missing.empty(); }
};

/// New code for all handlers of a type, which keep their ids and places. OTP: the arguments of
/// sys:change_code/4.
struct CodeChange {
  std::string type;                               // of the handlers, and of the factory
  std::shared_ptr<const HandlerFactory> factory;  // any version: up or down
  std::optional<Options> options;                 // absent: each keeps its own
  std::string extra;                              // reaches each create, beside the state
};

}  // namespace baton
