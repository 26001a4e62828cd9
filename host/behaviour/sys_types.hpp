// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"
#include "host/behaviour/instance.hpp"
#include "host/runtime/mailbox.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The plain data that Sys takes and gives.
namespace baton {

/// Something that came into a process or went out of it. OTP: a system event.
struct SysEvent {
  enum class Kind : std::uint8_t { event, call, cast, info, reply, new_state };
  static constexpr std::size_t data_max = 256;

  Kind kind = Kind::event;
  std::int64_t time_us = 0;
  std::string type;        // of the message
  std::string data;        // of the message or the reply; no more of it than data_max bytes
  bool is_cut = false;     // there was more of it
  std::string handler;     // of a manager's call or info: whose it is
  std::uint64_t from = 0;  // of a server's call and reply: which caller
  std::string state;       // with `reply` and `new_state`, as format_status shows it; may be empty
};

/// A line about `event` of the process `name`, without control characters, in OTP's words:
/// `*DBG* queue got call dequeue from 7`.
[[nodiscard]] std::string debug_line(std::string_view name, const SysEvent& event);

/// A handler, the server, or the supervisor itself: what has a state.
struct SysInstance {
  std::string id;  // of a handler; else the name of the process
  std::string type;
  std::string version;
  std::uint64_t instance = 0;
  std::string shown;       // the state as its format_status shows it, JSON where it can be; empty: not shown
  std::string owner = {};  // of a handler; empty: nobody
};

struct SysState {
  SysInstance instance;
  /// What save() gave: nothing when it hands no state over. Errors: crashed.
  Result<std::optional<State>> state;
};

struct SysStatus {
  std::string header;  // "Status for event handler log#1"
  std::string module;  // OTP's name of the behaviour: gen_event, gen_server, supervisor
  bool is_suspended = false;
  std::string parent;  // the supervisor that started it; itself when none did
  MailboxCounters mailbox;
  std::vector<SysEvent> log;           // the logged events
  std::vector<SysInstance> instances;  // a manager's handlers, newest first
};

struct SysStatistics {
  std::int64_t start_time_us = 0;  // when it was turned on
  std::int64_t current_time_us = 0;
  std::uint64_t messages_in = 0;   // events, calls, casts and infos
  std::uint64_t messages_out = 0;  // a server's replies, when handle_call returned them
};

/// Makes a new state of the one that the instance `id` has. Runs in the process; may throw.
using ReplaceState = std::function<Result<State>(const std::string& id, State state)>;

/// Sees each event of a process, in the process; must not wait. False: it wants no more. One that throws
/// is removed. OTP: the function of sys:install/2.
using SysObserver = std::function<bool(const SysEvent& event)>;

}  // namespace baton
