// SPDX-License-Identifier: Apache-2.0
#include "host/app/event_stream.hpp"

#include "host/app/line_reader.hpp"
#include "host/app/session.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <optional>
#include <ostream>
#include <unistd.h>

namespace baton {
namespace {

using Json = nlohmann::ordered_json;

/// A line on a terminal that tells once a second how far it is; nothing elsewhere.
class Progress {
 public:
  Progress(std::ostream& err, bool is_wanted) : err_(err), is_wanted_(is_wanted) {}

  void show(std::uint64_t sent) {
    const auto now = std::chrono::steady_clock::now();
    if (!is_wanted_ || now - shown_at_ < std::chrono::seconds(1)) {
      return;
    }
    const double seconds = std::chrono::duration<double>(now - begin_).count();
    err_ << fmt::format("\r\x1b[K{} lines, {:.0f}/s", sent, static_cast<double>(sent) / seconds)
         << std::flush;
    shown_at_ = now;
    has_shown_ = true;
  }

  void clear() {
    if (std::exchange(has_shown_, false)) {
      err_ << "\r\x1b[K" << std::flush;
    }
  }

 private:
  std::ostream& err_;
  const bool is_wanted_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point shown_at_ = begin_;
  bool has_shown_ = false;
};

class EventStream {
 public:
  EventStream(Client& client, const Invocation& invocation, std::ostream& out, std::ostream& err)
      : client_(client),
        invocation_(invocation),
        out_(out),
        err_(err),
        progress_(err, isatty(STDERR_FILENO) == 1 && !invocation.is_quiet) {}

  ExitCode run(int input) {
    LineReader reader(input, is_sync() ? lines_max_sync : lines_max);
    for (;;) {
      auto batch = reader.next();
      if (!batch) {
        return give_up(batch.error());
      }
      if (batch->count == 0) {
        break;
      }
      if (const auto sent = send(std::string(batch->lines)); !sent) {
        return give_up(sent.error());
      }
      progress_.show(accepted_);
    }
    progress_.clear();
    return finish();
  }

 private:
  // In one request. The time limit of sync-notify is one of a request: all handlers must have run for its
  // lines.
  static constexpr std::size_t lines_max = 8192;
  static constexpr std::size_t lines_max_sync = 512;

  [[nodiscard]] bool is_sync() const { return invocation_.verb == "sync-notify"; }

  Result<void> send(std::string lines) {
    const auto body = ask_host(client_, lines_request(invocation_, std::move(lines)));
    if (!body) {
      return fail(body.error());
    }
    const Json document = Json::parse(*body);
    accepted_ += document.value("accepted", std::uint64_t{0});
    refused_ += document.value("refused", std::uint64_t{0});
    for (const Json& failure : document.value("failures", Json::array())) {
      note_failure(failure);
    }
    if (document.contains("error")) {
      const auto code = errc_from_name(document["error"].value("code", ""));
      return fail(code.value_or(Errc::io_failed), document["error"].value("text", ""));
    }
    if (invocation_.prints_acks && refused_ == 0) {
      out_ << accepted_ << std::endl;  // flushed: who reads this relies on it
    }
    return {};
  }

  void note_failure(const Json& failure) {
    if (!first_failure_) {
      first_failure_ =
          fmt::format("handler `{}` {}: {}", failure.value("handler", ""),
                      failure.value("crashed", false) ? "crashed and was removed" : "refused events",
                      failure.value("reason", ""));
    }
  }

  /// How many events all handlers have run for. A question to the manager queues behind the events.
  std::optional<std::uint64_t> handled() {
    if (!is_sync()) {
      const std::string path =
          fmt::format("/v1/managers/{}/handlers?timeout_ms={}", percent_encoded(invocation_.target),
                      invocation_.timeout.value_or(Duration(60'000)).count());
      if (!ask_host(client_, {"GET", path, {}, {}})) {
        return std::nullopt;
      }
    }
    return accepted_ - refused_;
  }

  ExitCode finish() {
    const auto known = handled();
    if (!invocation_.is_quiet) {
      const std::string handled_text =
          known ? fmt::format("{} handled", *known) : "handled: not known, it does not answer";
      if (invocation_.format == OutputFormat::json) {
        out_ << Json{{"accepted", accepted_},
                     {"handled", known ? Json(*known) : Json()},
                     {"refused", refused_}}
                    .dump()
             << std::endl;
      } else {
        out_ << fmt::format("{} accepted, {}, {} refused", accepted_, handled_text, refused_) << std::endl;
      }
    }
    if (first_failure_) {
      err_ << "error[refused]: " << *first_failure_ << std::endl;
    }
    return refused_ > 0 ? ExitCode::refused : ExitCode::done;
  }

  ExitCode give_up(const Error& error) {
    progress_.clear();
    err_ << fmt::format("error[{}]: {}\n{} lines were {} before", errc_name(error.code), error.text,
                        accepted_, is_sync() ? "acknowledged" : "accepted")
         << std::endl;
    return exit_code_of(error.code);
  }

  Client& client_;
  const Invocation& invocation_;
  std::ostream& out_;
  std::ostream& err_;
  Progress progress_;
  std::uint64_t accepted_ = 0;
  std::uint64_t refused_ = 0;
  std::optional<std::string> first_failure_;
};

}  // namespace

ExitCode stream_events(Client& client, const Invocation& invocation, int input, std::ostream& out,
                       std::ostream& err) {
  return EventStream(client, invocation, out, err).run(input);
}

}  // namespace baton
