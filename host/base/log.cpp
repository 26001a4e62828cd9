// SPDX-License-Identifier: Apache-2.0
#include "host/base/log.hpp"

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <mutex>
#include <utility>

namespace baton {
namespace {

bool needs_quotes(std::string_view value) {
  if (value.empty()) {
    return true;
  }
  for (const char c : value) {
    if (c == ' ' || c == '"' || c == '=' || c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      return true;
    }
  }
  return false;
}

void append_quoted(std::string& line, std::string_view value) {
  line += '"';
  for (const char c : value) {
    switch (c) {
      case '"':
      case '\\':
        line += '\\';
        line += c;
        break;
      case '\n':
        line += "\\n";
        break;
      case '\t':
        line += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
          line += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        } else {
          line += c;
        }
    }
  }
  line += '"';
}

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

class LineSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit LineSink(std::function<void(std::string_view)> write_line) : write_line_(std::move(write_line)) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    write_line_({line.data(), line.size()});
  }

  void flush_() override {}

  const std::function<void(std::string_view)> write_line_;
};

class SinkLog final : public Log {
 public:
  SinkLog(LogLevel least, spdlog::sink_ptr sink) : logger_("baton", std::move(sink)) {
    logger_.set_formatter(std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %l %v",
                                                                      spdlog::pattern_time_type::utc));
    logger_.set_level(to_spdlog(least));
    logger_.flush_on(spdlog::level::debug);
  }

  void write(LogLevel level, std::string_view name, LogFields fields) override {
    if (logger_.should_log(to_spdlog(level))) {
      const std::string line = format_log_record(name, fields);
      logger_.log(to_spdlog(level), spdlog::string_view_t(line.data(), line.size()));
    }
  }

 private:
  spdlog::logger logger_;  // has its own synchronisation
};

}  // namespace

std::string_view log_level_name(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warning:
      return "warning";
    case LogLevel::error:
      return "error";
  }
  return "error";
}

std::string format_log_record(std::string_view name, LogFields fields) {
  std::string line(name);
  for (const LogField& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    if (needs_quotes(field.value)) {
      append_quoted(line, field.value);
    } else {
      line += field.value;
    }
  }
  return line;
}

std::unique_ptr<Log> make_stderr_log(LogLevel least) {
  return std::make_unique<SinkLog>(least, std::make_shared<spdlog::sinks::stderr_sink_mt>());
}

std::unique_ptr<Log> make_line_log(LogLevel least, std::function<void(std::string_view line)> write_line) {
  return std::make_unique<SinkLog>(least, std::make_shared<LineSink>(std::move(write_line)));
}

}  // namespace baton
