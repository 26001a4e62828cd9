// SPDX-License-Identifier: Apache-2.0
#include "host/app/sys_verb.hpp"

#include "host/app/document_text.hpp"
#include "host/base/suggest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace baton {
namespace {

using Json = nlohmann::ordered_json;

/// What the host calls it.
std::string resource_of(const std::string& action) {
  return action == "stats" ? "statistics" : action;
}

std::string instance_table(const Json& instances) {
  std::vector<std::vector<std::string>> rows = {{"ID", "TYPE", "VERSION", "INSTANCE", "STATE"}};
  for (const Json& instance : instances) {
    rows.push_back({shown_at(instance, "id"), shown_at(instance, "type"), shown_at(instance, "version"),
                    "#" + shown_at(instance, "instance"), shown_at(instance, "state")});
  }
  return rows.size() > 1 ? "\n" + table(rows) : "";
}

std::string lines_of(const Json& log) {
  std::string text;
  for (const Json& event : log) {
    text += (text.empty() ? "" : "\n") + shown_at(event, "line");
  }
  return text;
}

std::string status_text(const Json& document) {
  const Json& status = document["status"];
  const Json& mailbox = status["mailbox"];
  const std::string log = lines_of(status["log"]);
  return fmt::format("{}: {}\nparent {}  waiting {}  accepted {}{}{}", shown_at(status, "header"),
                     status.value("suspended", false) ? "suspended" : "running", shown_at(status, "parent"),
                     shown_at(mailbox, "waiting"), shown_at(mailbox, "accepted"),
                     instance_table(status["instances"]), log.empty() ? "" : "\n" + log);
}

std::string state_text(const Json& document) {
  std::vector<std::vector<std::string>> rows = {
      {"ID", "TYPE", "INSTANCE", "STATE_VERSION", "BYTES", "STATE"}};
  for (const Json& state : document["states"]) {
    const std::string error = state.contains("error") ? shown_at(state["error"], "text") : "";
    rows.push_back({shown_at(state, "id"), shown_at(state, "type"), "#" + shown_at(state, "instance"),
                    shown_at(state, "state_version"), shown_at(state, "state_bytes"),
                    error.empty() ? shown_at(state, "state") : error});
  }
  return rows.size() > 1 ? table(rows) : "no handlers";
}

std::string log_text(const Json& document) {
  const std::string lines = lines_of(document["log"]);
  return lines.empty() ? "no events" : lines;
}

std::string statistics_text(const Json& document) {
  const Json& statistics = document["statistics"];
  if (statistics.is_null()) {
    return "no statistics: they are off";
  }
  const auto time = statistics.value("current_time_us", std::int64_t{0}) -
                    statistics.value("start_time_us", std::int64_t{0});
  return fmt::format("messages in {}, out {}, in {}", shown_at(statistics, "messages_in"),
                     shown_at(statistics, "messages_out"),
                     readable_time(static_cast<std::uint64_t>(std::max<std::int64_t>(time, 0) / 1000)));
}

}  // namespace

const std::vector<std::string>& sys_actions() {
  static const std::vector<std::string> actions = {"suspend", "resume", "status", "state",
                                                   "log",     "trace",  "stats",  "no_debug"};
  return actions;
}

std::vector<std::string> sys_switches(std::string_view action) {
  if (action == "log" || action == "stats") {
    return {"on", "off", "get"};
  }
  return action == "trace" ? std::vector<std::string>{"on", "off"} : std::vector<std::string>();
}

std::optional<std::string> sys_usage_error(const Invocation& invocation) {
  const std::string& action = invocation.action;
  const std::vector<std::string>& actions = sys_actions();
  if (std::find(actions.begin(), actions.end(), action) == actions.end()) {
    return fmt::format("`{}` is nothing that sys can do{}; there are {}", action,
                       did_you_mean(action, actions), fmt::join(actions, ", "));
  }
  const std::vector<std::string> turns = sys_switches(action);
  if (turns.empty()) {
    return invocation.turn.empty() ? std::nullopt
                                   : std::optional(fmt::format("sys {} takes nothing but a NAME, not `{}`",
                                                               action, invocation.turn));
  }
  if (std::find(turns.begin(), turns.end(), invocation.turn) == turns.end()) {
    return fmt::format("sys {} NAME needs one of {} behind it", action, fmt::join(turns, ", "));
  }
  if (invocation.count != 0 && (action != "log" || invocation.turn == "off")) {
    return fmt::format("sys {} NAME {} takes no number", action, invocation.turn);
  }
  return std::nullopt;
}

bool sys_is_query(const Invocation& invocation) {
  return invocation.action == "status" || invocation.action == "state" || invocation.turn == "get";
}

Result<HostRequest> sys_request(const Invocation& invocation) {
  if (auto wrong = sys_usage_error(invocation)) {
    return fail(Errc::bad_request, std::move(*wrong));
  }
  std::string path =
      fmt::format("/v1/processes/{}/sys/{}?timeout_ms={}", percent_encoded(invocation.target),
                  resource_of(invocation.action), invocation.timeout.value_or(Duration(5000)).count());
  if (invocation.turn == "on" || invocation.turn == "off") {
    path += invocation.turn == "on" ? "&on=true" : "&on=false";
  }
  if (invocation.count != 0) {
    path += fmt::format("&events={}", invocation.count);
  }
  return HostRequest{sys_is_query(invocation) ? "GET" : "POST", std::move(path), {}, {}};
}

std::string sys_text(const Invocation& invocation, const std::string& document) {
  if (!sys_is_query(invocation)) {
    return "ok";
  }
  const Json parsed = Json::parse(document);
  if (invocation.action == "status") {
    return status_text(parsed);
  }
  if (invocation.action == "state") {
    return state_text(parsed);
  }
  return invocation.action == "log" ? log_text(parsed) : statistics_text(parsed);
}

}  // namespace baton
