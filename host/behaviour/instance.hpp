// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/options.hpp"
#include "host/behaviour/swap_types.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace baton {

/// State on its way from an old instance to a new one: OTP's code_change(OldVsn, State, Extra).
struct State {
  std::uint32_t version = 0;
  std::string data;
  std::string extra;         // what the operator passed to the swap
  bool is_in_parts = false;  // data is empty; it comes through Handler::load_part
};

/// A piece of a state that comes in pieces; abi.h's baton_part.
struct StatePart {
  std::uint32_t version = 0;
  std::string data;
  bool is_last = false;    // data is empty, everything has come
  std::uint64_t left = 0;  // as it was saved: about how many bytes were left to save; 0: none
};

/// What an instance is born with; abi.h's baton_init.
struct InstanceInit {
  std::string id;       // handler id, or name of the server
  std::string process;  // name of the manager or server
  std::uint64_t instance = 0;
  Options options;
  std::optional<State> state;  // absent: start afresh
};

/// What is known of a kind of handler or server without making one.
struct TypeInfo {
  std::string name;                        // "LoggerHandler"
  std::string version;                     // of the plugin that offers it; empty for linked-in ones
  std::uint32_t state_writes = 0;          // 0: no state to hand over
  std::vector<std::uint32_t> state_reads;  // versions it takes over
  std::uint64_t library = 0;               // serial number of the loaded library it is in; 0: linked in
  bool has_pure_events = false;            // an instance has no effect outside of itself (abi.h: pure_events)
  std::vector<std::string> hot_options = {};  // names of those that change while an instance goes on
};

/// Where the code of a type comes from; all empty: it is linked into the program.
struct CodeOrigin {
  std::string plugin;  // the name in its manifest
  std::string file;    // where it was found
  std::string sha256;  // of its content
};

/// Why terminate is called; abi.h's BATON_TERMINATE_… with the same numbers.
struct TerminateReason {
  enum class Kind : std::uint32_t { stop = 1, deleted = 2, remove = 3, swapped = 4, error = 5, owner = 6 };
  Kind kind = Kind::stop;
  std::string text;
};

/// What is to happen after a callback. OTP: the last element of its return, {noreply, State, Timeout}.
struct Then {
  enum class Kind : std::uint8_t {
    nothing,
    timeout,         // servers: handle_info `timeout`, when no message comes within `timeout`
    hibernate,       // give back memory that is not needed until the next message
    handle_continue  // servers: handle_continue gets `what`, before anything that waits in the mailbox
  };
  Kind kind = Kind::nothing;
  std::chrono::milliseconds timeout{};
  std::string what;
};

/// What a status or a crash report is going to show of an instance. OTP: the map of Mod:format_status/1.
struct StatusView {
  std::string state;    // for people, JSON where it can be; empty: not shown
  std::string message;  // the last message
  std::string reason;
};

/// What it is for: sys's get_status or a crash report. OTP: Opt of Mod:format_status/2.
enum class StatusPurpose : std::uint8_t { normal = 1, terminate = 2 };

/// What becomes of the old one's state in a swap; at most one of the two is there.
struct StateInSwap {
  std::optional<State> moved = {};  // goes to the new one
  std::optional<State> left = {};   // another type comes, and does not take it over
};

/// What a swap of a handler or of a server did.
struct SwapReport {
  std::string old_type;
  std::string new_type;
  std::string old_version;
  std::string new_version;
  std::uint64_t old_instance = 0;
  std::uint64_t new_instance = 0;
  bool state_moved = false;
  std::uint32_t old_state_version = 0;
  std::size_t state_bytes = 0;
  std::size_t state_parts = 0;           // 0: it went over whole
  std::size_t memory_bytes = 0;          // of host memory that was handed over
  std::uint64_t at_message = 0;          // the last event or cast the old one saw
  std::chrono::microseconds pause{};     // how long messages waited for it, the longest time at once
  std::optional<State> kept_state = {};  // what was moved or left behind, when that was asked for
  std::optional<std::size_t> left_state_bytes = {};  // of a state that another type did not take over
  std::uint64_t old_library = 0;                     // as TypeInfo::library
  std::uint64_t new_library = 0;
  std::vector<SwapStep> steps = {};        // of the verb; empty when nobody recorded them
  std::optional<WatchOutcome> watch = {};  // of the verb; absent: it was not watched
};

}  // namespace baton
