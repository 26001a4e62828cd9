// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace baton {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

[[nodiscard]] std::string_view log_level_name(LogLevel level);

/// One `key=value` of a record. Both are borrowed for the call.
struct LogField {
  std::string_view key;
  std::string_view value;
};

using LogFields = std::initializer_list<LogField>;

/// The host's own diagnosis: what happened, as data. Not to be confused with events, which are the
/// product. A record is a level, a constant name in snake_case (a documented interface, tests assert on
/// it) and fields. Threads: any. Does not fail and does not throw; may wait for the file.
/// Levels: debug for developers; info for the life cycle; warning for what was recovered; error for
/// what was asked for and did not happen.
class Log {
 public:
  virtual ~Log() = default;
  virtual void write(LogLevel level, std::string_view name, LogFields fields) = 0;

  void debug(std::string_view name, LogFields fields) { write(LogLevel::debug, name, fields); }

  void info(std::string_view name, LogFields fields) { write(LogLevel::info, name, fields); }

  void warning(std::string_view name, LogFields fields) { write(LogLevel::warning, name, fields); }

  void error(std::string_view name, LogFields fields) { write(LogLevel::error, name, fields); }
};

/// `name key=value key="two words"`; control characters and quotes of values are escaped, so that a
/// record is one line whatever a plugin puts into it.
[[nodiscard]] std::string format_log_record(std::string_view name, LogFields fields);

/// Writes records of `least` and above to standard error, one line each:
/// `2026-11-22T05:03:10.123Z warning handler_removed manager=log id=store reason="disk full"`.
[[nodiscard]] std::unique_ptr<Log> make_stderr_log(LogLevel least);

/// As make_stderr_log(), but each line, with its newline, goes to `write_line`, by one thread at a time.
[[nodiscard]] std::unique_ptr<Log> make_line_log(LogLevel least,
                                                 std::function<void(std::string_view line)> write_line);

}  // namespace baton
