// SPDX-License-Identifier: Apache-2.0
#include "host/app/record_verb.hpp"

#include "host/app/document_text.hpp"
#include "host/app/session.hpp"
#include "host/base/suggest.hpp"
#include "host/config/value_reader.hpp"
#include "host/loader/units.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <utility>

namespace baton {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::string record_path(const std::string& manager) {
  return "/v1/managers/" + percent_encoded(manager) + "/record";
}

std::uint64_t number_at(const Json& document, const char* key) {
  return document.value(key, std::uint64_t{0});
}

std::string status_text(const std::string& manager, const Json& record) {
  const std::string kept =
      counted(number_at(record, "events"), "event") + ", " + counted(number_at(record, "bytes"), "byte");
  if (!record.value("on", false)) {
    return number_at(record, "events") == 0
               ? fmt::format("{} records nothing", manager)
               : fmt::format("{} records nothing; for its canaries it keeps {}", manager, kept);
  }
  const std::uint64_t too_large = number_at(record, "too_large");
  return fmt::format("{} records its last {}, up to {}: {}{}", manager,
                     counted(number_at(record, "events_max"), "event"),
                     format_size(number_at(record, "bytes_max")), kept,
                     too_large == 0 ? "" : fmt::format("; {} were too large", too_large));
}

/// Where the events of a `get` go.
class EventSink {
 public:
  EventSink(std::ostream& stream, bool is_document) : stream_(stream), is_document_(is_document) {}

  void take(const Json& event) {
    if (is_document_) {
      stream_ << (count_ == 0 ? R"({"events":[)" : ",");
    }
    stream_ << event.dump() << (is_document_ ? "" : "\n");
    ++count_;
  }

  void end(const Json& record) {
    if (is_document_) {
      stream_ << (count_ == 0 ? R"({"events":[)" : "") << R"(],"record":)" << record.dump() << "}\n";
    }
    stream_ << std::flush;
  }

  [[nodiscard]] std::size_t count() const { return count_; }

 private:
  std::ostream& stream_;
  const bool is_document_;
  std::size_t count_ = 0;
};

/// As fetch_recorded, into a sink; that there is nothing is an error when nobody has asked for a record.
Result<Json> get_into(EventSink& sink, const Invocation& invocation, Client& client) {
  auto record =
      fetch_recorded(client, invocation.target, invocation.count, [&sink](const Json& event) -> Result<void> {
        sink.take(event);
        return {};
      });
  if (!record) {
    return record;
  }
  if (sink.count() == 0 && (!record->value("on", false) || number_at(*record, "too_large") > 0)) {
    return fail(Errc::not_found, why_no_events(invocation.target, *record));
  }
  sink.end(*record);
  return record;
}

/// Returns what there is to say of it.
Result<std::string> get_into_file(const Invocation& invocation, Client& client) {
  const fs::path part = invocation.file.string() + ".part";
  std::ofstream stream(part, std::ios::binary | std::ios::trunc);
  if (!stream) {
    return fail(Errc::bad_request, "cannot write " + part.string());
  }
  EventSink sink(stream, false);
  const auto record = get_into(sink, invocation, client);
  stream.close();
  std::error_code error;
  if (record && stream) {
    fs::rename(part, invocation.file, error);
  }
  if (!record || !stream || error) {
    std::error_code ignored;
    fs::remove(part, ignored);
    return record ? fail(Errc::io_failed, "cannot write " + invocation.file.string()) : fail(record.error());
  }
  if (invocation.format == OutputFormat::json) {
    return Json{{"file", invocation.file.string()}, {"written", sink.count()}, {"record", *record}}.dump();
  }
  return counted(sink.count(), "event") + " -> " + invocation.file.string();
}

}  // namespace

const std::vector<std::string>& record_switches() {
  static const std::vector<std::string> switches = {"on", "off", "status", "get"};
  return switches;
}

std::optional<std::string> record_usage_error(const Invocation& invocation) {
  const std::string& turn = invocation.turn;
  const std::vector<std::string>& turns = record_switches();
  if (std::find(turns.begin(), turns.end(), turn) == turns.end()) {
    return fmt::format("`{}` is nothing that a record can do{}; there are {}", turn,
                       did_you_mean(turn, turns), fmt::join(turns, ", "));
  }
  if (invocation.count != 0 && turn != "on" && turn != "get") {
    return fmt::format("record MANAGER {} takes no number", turn);
  }
  if (!invocation.bytes.empty() && turn != "on") {
    return "--bytes is for `on`";
  }
  if (!invocation.file.empty() && turn != "get") {
    return "--to is for `get`";
  }
  if (const auto bytes = parse_size_bytes(invocation.bytes.empty() ? "1" : invocation.bytes);
      !bytes || *bytes == 0) {
    return fmt::format("--bytes: {}", bytes ? "0 bytes are too few" : bytes.error());
  }
  return std::nullopt;
}

Result<HostRequest> record_request(const Invocation& invocation) {
  if (auto wrong = record_usage_error(invocation)) {
    return fail(Errc::bad_request, std::move(*wrong));
  }
  if (invocation.turn == "get") {
    return fail(Errc::bad_request, "the events of a record are more than one request");
  }
  std::string path = record_path(invocation.target) +
                     fmt::format("?timeout_ms={}", invocation.timeout.value_or(Duration(5000)).count());
  if (invocation.turn == "status") {
    return HostRequest{"GET", std::move(path), {}, {}};
  }
  path += invocation.turn == "on" ? "&on=true" : "&on=false";
  if (invocation.count != 0) {
    path += fmt::format("&events={}", invocation.count);
  }
  if (!invocation.bytes.empty()) {
    path += fmt::format("&bytes={}", *parse_size_bytes(invocation.bytes));
  }
  return HostRequest{"POST", std::move(path), {}, {}};
}

std::string record_text(const Invocation& invocation, const std::string& document) {
  return status_text(invocation.target, Json::parse(document).at("record"));
}

bool is_record_get(const Invocation& invocation) {
  return invocation.verb == "record" && invocation.turn == "get";
}

ExitCode run_record_get(const Invocation& invocation, Client& client, std::ostream& out, std::ostream& err) {
  Session session(client, out, err);
  if (!invocation.file.empty()) {
    const auto told = get_into_file(invocation, client);
    if (told && !invocation.is_quiet) {
      out << *told << std::endl;
    }
    return told ? ExitCode::done : session.print(invocation, fail(told.error()));
  }
  EventSink sink(out, invocation.format == OutputFormat::json);
  const auto record = get_into(sink, invocation, client);
  return record ? ExitCode::done : session.print(invocation, fail(record.error()));
}

Result<Json> fetch_recorded(Client& client, const std::string& manager, std::size_t count,
                            const std::function<Result<void>(const Json& event)>& take) {
  const std::string path = record_path(manager) + "/events";
  std::string query = count == 0 ? "" : fmt::format("?events={}", count);
  Json first;
  for (;;) {
    const auto body = ask_host(client, {"GET", path + query, {}, {}});
    if (!body) {
      return fail(body.error());
    }
    const Json page = Json::parse(*body);
    const Json& record = page.at("record");
    if (first.is_null()) {
      first = record;
    } else if (record.at("instance") != first.at("instance")) {
      return fail(Errc::process_ended,
                  fmt::format("`{}` was restarted meanwhile, and its record with it", manager));
    }
    const Json& events = page.at("events");
    for (const Json& event : events) {
      if (auto taken = take(event); !taken) {
        return fail(std::move(taken.error()));
      }
    }
    if (!page.value("more", false) || events.empty()) {
      return first;
    }
    // Those that come while this goes on belong to the next record.
    query = fmt::format("?after={}&until={}", number_at(events.back(), "seq"), number_at(first, "last_seq"));
  }
}

std::string why_no_events(const std::string& manager, const Json& record) {
  if (!record.value("on", false)) {
    return fmt::format(
        "{0} records no events; `baton record {0} on 1000` keeps its last 1000 from now on, and `record: "
        "1000` in its config from its start on",
        manager);
  }
  if (const std::uint64_t too_large = number_at(record, "too_large"); too_large > 0) {
    return fmt::format(
        "{0} has kept none of {1} events: each is larger than the {2} bytes that its record may take; "
        "`baton record {0} on {3} --bytes SIZE` allows more",
        manager, too_large, number_at(record, "bytes_max"), number_at(record, "events_max"));
  }
  return fmt::format("{} keeps its last {} events, and has had none since", manager,
                     number_at(record, "events_max"));
}

}  // namespace baton
