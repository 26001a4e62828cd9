// SPDX-License-Identifier: Apache-2.0
// The Api's routes to OTP's sys.
#include "host/control/api_documents.hpp"
#include "host/control/route_request.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace baton {
namespace {

// ---- Documents ----------------------------------------------------------------------------------------

std::string_view kind_name(SysEvent::Kind kind) {
  switch (kind) {
    case SysEvent::Kind::event:
      return "event";
    case SysEvent::Kind::call:
      return "call";
    case SysEvent::Kind::cast:
      return "cast";
    case SysEvent::Kind::info:
      return "info";
    case SysEvent::Kind::reply:
      return "reply";
    case SysEvent::Kind::new_state:
      return "new_state";
  }
  return "";
}

/// The last `count` of them.
Json log_array(const std::string& name, const std::vector<SysEvent>& events, std::size_t count) {
  Json array = Json::array();
  for (std::size_t i = events.size() - std::min(count, events.size()); i < events.size(); ++i) {
    array.push_back({{"time_us", events[i].time_us},
                     {"type", events[i].type},
                     {"data_base64", base64(events[i].data)},
                     {"cut", events[i].is_cut},
                     {"kind", kind_name(events[i].kind)},
                     {"line", debug_line(name, events[i])}});
  }
  return array;
}

/// What a plugin shows: JSON when it is, and not nested so deep that writing it would need a deep stack.
Json json_or_text(const std::string& shown) {
  constexpr int depth_max = 64;
  bool is_too_deep = false;
  const auto guard = [&is_too_deep](int depth, Json::parse_event_t, Json&) {
    is_too_deep = is_too_deep || depth > depth_max;
    return !is_too_deep;
  };
  Json parsed = Json::parse(shown, guard, false);
  return parsed.is_discarded() || is_too_deep ? Json(shown) : parsed;
}

Json instance_document(const SysInstance& instance) {
  Json document = {{"id", instance.id},
                   {"type", instance.type},
                   {"version", instance.version},
                   {"instance", instance.instance}};
  if (!instance.owner.empty()) {
    document["owner"] = instance.owner;
  }
  if (!instance.shown.empty()) {
    document["state"] = json_or_text(instance.shown);
  }
  return document;
}

Json state_document(const SysState& state) {
  Json document = instance_document(state.instance);
  if (!state.state) {
    document["error"] = {{"code", errc_name(state.state.error().code)}, {"text", state.state.error().text}};
  } else if (*state.state) {
    document["state_version"] = (*state.state)->version;
    document["state_bytes"] = (*state.state)->data.size();
    document["state_base64"] = base64((*state.state)->data);
  }
  return document;
}

Json status_document(const std::string& name, const SysStatus& status) {
  Json instances = Json::array();
  for (const SysInstance& instance : status.instances) {
    instances.push_back(instance_document(instance));
  }
  return {{"name", name},
          {"header", status.header},
          {"module", status.module},
          {"suspended", status.is_suspended},
          {"parent", status.parent},
          {"mailbox", to_json(status.mailbox)},
          {"log", log_array(name, status.log, status.log.size())},
          {"instances", std::move(instances)}};
}

// ---- Reading the query --------------------------------------------------------------------------------

/// The query's `events`. Errors: bad_request.
Result<std::size_t> events_count_of(const RouteRequest& request, std::size_t otherwise) {
  constexpr std::size_t events_max = 100'000;
  const std::string text = request.target.get("events");
  if (text.empty()) {
    return otherwise;
  }
  std::size_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size() || count == 0 || count > events_max) {
    return fail(Errc::bad_request,
                fmt::format("events is `{}`; a number from 1 to {} is expected", text, events_max));
  }
  return count;
}

/// The query's `on`. Errors: bad_request.
Result<bool> switch_of(const RouteRequest& request) {
  const std::string text = request.target.get("on");
  if (text != "true" && text != "false") {
    return fail(Errc::bad_request, fmt::format("on is `{}`; true or false is expected", text));
  }
  return text == "true";
}

/// Asks `question` of the process's sys and makes a document of the answer.
template <class Question, class Document>
Answer look(const RouteRequest& request, Question question, Document document) {
  const auto process = request.verbs.sys_process(request.names[0]);
  const auto timeout = timeout_of(request, default_call_timeout);
  if (!process || !timeout) {
    return fail(timeout ? process.error() : timeout.error());
  }
  const auto answer = question((*process)->sys(), *timeout);
  return answer ? Answer(document(*answer)) : Answer(fail(answer.error()));
}

/// Changes something by the process's sys.
Answer change(const RouteRequest& request, std::string_view what,
              const std::function<Result<void>(Sys, Duration)>& do_it, Json document = Json::object()) {
  const auto timeout = timeout_of(request, default_call_timeout);
  if (!timeout) {
    return fail(timeout.error());
  }
  const auto done = request.verbs.sys_change(request.caller, what, request.names[0],
                                             [&](Sys sys) { return do_it(sys, *timeout); });
  return done ? Answer(std::move(document)) : Answer(fail(done.error()));
}

/// Turns something on or off.
Answer turn(const RouteRequest& request, const std::string& what,
            const std::function<Result<void>(Sys, bool, Duration)>& do_it) {
  const auto is_on = switch_of(request);
  if (!is_on) {
    return fail(is_on.error());
  }
  return change(request, what + (*is_on ? " on" : " off"),
                [&](Sys sys, Duration timeout) { return do_it(sys, *is_on, timeout); });
}

// ---- The routes ---------------------------------------------------------------------------------------

Answer get_sys_status(const RouteRequest& request) {
  return look(
      request, [](Sys sys, Duration timeout) { return sys.get_status(timeout); },
      [&request](const SysStatus& status) {
        return Json{{"status", status_document(request.names[0], status)}};
      });
}

Answer get_sys_state(const RouteRequest& request) {
  return look(
      request, [](Sys sys, Duration timeout) { return sys.get_state(timeout); },
      [](const std::vector<SysState>& states) {
        Json array = Json::array();
        for (const SysState& state : states) {
          array.push_back(state_document(state));
        }
        return Json{{"states", std::move(array)}};
      });
}

Answer get_sys_log(const RouteRequest& request) {
  const auto count = events_count_of(request, SIZE_MAX);
  if (!count) {
    return fail(count.error());
  }
  return look(
      request, [](Sys sys, Duration timeout) { return sys.log_get(timeout); },
      [&](const std::vector<SysEvent>& events) {
        return Json{{"log", log_array(request.names[0], events, *count)}};
      });
}

Answer get_sys_statistics(const RouteRequest& request) {
  return look(
      request, [](Sys sys, Duration timeout) { return sys.statistics_get(timeout); },
      [](const std::optional<SysStatistics>& statistics) {
        if (!statistics) {
          return Json{{"statistics", nullptr}};
        }
        return Json{{"statistics",
                     {{"start_time_us", statistics->start_time_us},
                      {"current_time_us", statistics->current_time_us},
                      {"messages_in", statistics->messages_in},
                      {"messages_out", statistics->messages_out}}}};
      });
}

Answer post_sys_suspend(const RouteRequest& request) {
  return change(request, "suspend", [](Sys sys, Duration timeout) { return sys.suspend(timeout); },
                {{"suspended", true}});
}

Answer post_sys_resume(const RouteRequest& request) {
  return change(request, "resume", [](Sys sys, Duration timeout) { return sys.resume(timeout); },
                {{"suspended", false}});
}

Answer post_sys_log(const RouteRequest& request) {
  const auto count = events_count_of(request, Sys::log_default);
  if (!count) {
    return fail(count.error());
  }
  return turn(request, "log", [&count](Sys sys, bool is_on, Duration timeout) {
    return sys.log(is_on ? *count : 0, timeout);
  });
}

Answer post_sys_trace(const RouteRequest& request) {
  return turn(request, "trace",
              [](Sys sys, bool is_on, Duration timeout) { return sys.trace(is_on, timeout); });
}

Answer post_sys_statistics(const RouteRequest& request) {
  return turn(request, "statistics",
              [](Sys sys, bool is_on, Duration timeout) { return sys.statistics(is_on, timeout); });
}

Answer post_sys_no_debug(const RouteRequest& request) {
  return change(request, "no_debug", [](Sys sys, Duration timeout) { return sys.no_debug(timeout); });
}

}  // namespace

std::vector<Route> sys_routes() {
  return {
      {"GET", "v1/processes/*/sys/status", {"timeout_ms"}, get_sys_status},
      {"GET", "v1/processes/*/sys/state", {"timeout_ms"}, get_sys_state},
      {"GET", "v1/processes/*/sys/log", {"events", "timeout_ms"}, get_sys_log},
      {"GET", "v1/processes/*/sys/statistics", {"timeout_ms"}, get_sys_statistics},
      {"POST", "v1/processes/*/sys/suspend", {"timeout_ms"}, post_sys_suspend},
      {"POST", "v1/processes/*/sys/resume", {"timeout_ms"}, post_sys_resume},
      {"POST", "v1/processes/*/sys/log", {"on", "events", "timeout_ms"}, post_sys_log},
      {"POST", "v1/processes/*/sys/trace", {"on", "timeout_ms"}, post_sys_trace},
      {"POST", "v1/processes/*/sys/statistics", {"on", "timeout_ms"}, post_sys_statistics},
      {"POST", "v1/processes/*/sys/no_debug", {"timeout_ms"}, post_sys_no_debug},
  };
}

}  // namespace baton
