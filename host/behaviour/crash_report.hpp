// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/log.hpp"
#include "host/behaviour/handler.hpp"
#include "host/behaviour/server.hpp"
#include "host/runtime/message.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// The one place where the crash of an instance becomes a record of the log; made outside of the instance,
/// and whatever its format_status does. OTP: the error report of gen_server and gen_event.
namespace baton {

/// How many bytes of a message's data are shown.
inline constexpr std::size_t crash_data_shown_max = 200;

/// Who crashed, where and why. Views are borrowed for the call.
struct Crash {
  std::string_view process;       // name of the manager or server
  std::string_view handler = {};  // its id; empty: a server
  const TypeInfo& type;
  std::uint64_t instance = 0;
  std::string_view callback;
  std::string last_message = {};  // describe_message(); empty: there was none
  std::string_view reason;
  std::string_view client = {};         // the process whose call it was, when it is known
  std::string_view label = {};          // OTP: the process label
  std::string_view action = "removed";  // what is done about a handler
};

/// A message for people: its type and its data, shortened, and the number of an event.
/// `msg "Hello World" seq=3`, `upload <4096 bytes>`.
[[nodiscard]] std::string describe_message(const Message& message);

/// Text of a plugin as a record has it: at most 4 KiB, and then how many bytes there were. OTP: the
/// formatter's chars_limit.
[[nodiscard]] std::string shortened(std::string_view text);

/// Writes one record, "handler_crashed" or "server_crashed". `instance` is the one that crashed; null when
/// there is none (init). When its format_status fails, a fixed text stands for the state and the message.
/// What has nothing to say is "-". Returns what it has shown, each text empty then.
StatusView report_crash(Log& log, const Crash& crash, const Handler* instance);
void report_crash(Log& log, const Crash& crash, const Server* instance);

}  // namespace baton
