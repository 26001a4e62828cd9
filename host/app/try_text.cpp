// SPDX-License-Identifier: Apache-2.0
#include "host/app/document_text.hpp"
#include "host/app/invocation.hpp"
#include "host/app/text_output.hpp"
#include "host/app/try_document.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace baton {
namespace {

using Json = nlohmann::ordered_json;

std::string number(const Json& of, const char* key) {
  return of.contains(key) ? of[key].dump() : "-";
}

std::string time(const Json& of, const char* key) {
  return fmt::format("{:.1f} us", of.value(key, 0.0));
}

/// The two side by side.
std::string events_text(const Json& document) {
  std::vector<Json> sides = {document.at("candidate")};
  if (document.contains("running")) {
    sides.push_back(document.at("running"));
  }
  Rows rows = {{"", "CANDIDATE", "RUNNING"},
               {"version"},
               {"handled"},
               {"refused"},
               {"failed"},
               {"effects"},
               {"time, mean"},
               {"time, max"},
               {"state, bytes"}};
  if (sides.size() == 1) {
    rows[0].pop_back();
  }
  for (const Json& side : sides) {
    const std::vector<std::string> column = {side.value("version", ""),
                                             number(side, "handled"),
                                             number(side, "refused"),
                                             number(side, "failed"),
                                             std::to_string(side.at("effects").size()),
                                             time(side, "mean_us"),
                                             time(side, "max_us"),
                                             number(side, "state_bytes")};
    for (std::size_t i = 0; i < column.size(); ++i) {
      rows[i + 1].push_back(column[i].empty() ? "-" : column[i]);
    }
  }
  std::string text = counted(document.value("events", std::uint64_t{0}), "event");
  if (const int left_out = document.value("left_out", 0); left_out > 0) {
    text += fmt::format("; {} more are left out: too large for what the manager keeps", left_out);
  }
  return text + "\n" + table(rows);
}

/// "event 3", "call 0", "create".
std::string place_of(const Json& line) {
  for (const char* key : {"event", "call"}) {
    if (line.contains(key)) {
      return fmt::format("{} {}", key, line.value(key, 0));
    }
  }
  return line.value("step", "");
}

/// The reply as `baton call` prints it; or what went wrong, with the request.
std::string call_text(const Json& call) {
  if (!call.contains("error")) {
    Invocation as_call;
    as_call.verb = "call";
    return text_of(as_call, call.dump());
  }
  const std::string data = shown_at(call, "data");
  return fmt::format("call {}{}: error[{}]: {}", shown_at(call, "request"), data.empty() ? "" : " " + data,
                     shown_at(call["error"], "code"), shown_at(call["error"], "text"));
}

/// All lines there are.
std::vector<std::string> lines_of(const Json& document) {
  std::vector<std::string> lines;
  const Json& candidate = document.at("candidate");
  if (document.contains("events")) {
    lines.push_back(events_text(document));
  }
  const bool is_made = !candidate.value("type", "").empty();
  if (is_made && document.contains("state_from")) {
    lines.push_back(fmt::format("made from {}, a state of version {}",
                                shown_at(document["state_from"], "file"),
                                number(document["state_from"], "version")));
  }
  if (candidate.contains("error")) {
    lines.push_back("candidate: " + candidate.value("error", ""));
  }
  for (const Json& problem : candidate.at("problems")) {
    lines.push_back(fmt::format("{}: {}: {}", place_of(problem), problem.value("verdict", ""),
                                problem.value("reason", "")));
  }
  for (const Json& effect : candidate.at("effects")) {
    lines.push_back(fmt::format("{}: effect: {}", place_of(effect), effect.value("effect", "")));
  }
  for (const Json& difference : document.value("differences", Json::array())) {
    lines.push_back(fmt::format("{} differs: candidate {}, running {}", place_of(difference),
                                difference["candidate"].dump(), difference["running"].dump()));
  }
  for (const Json& call : candidate.value("calls", Json::array())) {
    lines.push_back(call_text(call));
  }
  if (document.contains("saved")) {
    lines.push_back(fmt::format("state of version {}, {} bytes -> {}", number(document["saved"], "version"),
                                number(candidate, "state_bytes"), shown_at(document["saved"], "file")));
  }
  if (document.contains("not_saved")) {
    lines.push_back("not saved: " + shown_at(document, "not_saved"));
  }
  return lines;
}

}  // namespace

std::string try_text(const Json& document) {
  const std::vector<std::string> lines = lines_of(document);
  if (lines.empty()) {  // nothing was asked of it, and it did nothing
    const Json& candidate = document.at("candidate");
    return fmt::format("ok  {} {} was made, and ended", candidate.value("type", ""),
                       candidate.value("version", ""));
  }
  return fmt::format("{}", fmt::join(lines, "\n"));
}

}  // namespace baton
