// SPDX-License-Identifier: Apache-2.0
// The Api's routes to crashes of handlers.
#include "host/control/crash_documents.hpp"
#include "host/control/route_request.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <string>

namespace baton {
namespace {

/// Without what takes room.
Json summary_of(const CrashRecord& crash) {
  return {{"id", crash.id},
          {"time_us", crash.time_us},
          {"manager", crash.manager},
          {"handler", crash.handler},
          {"instance", crash.instance},
          {"type", crash.type},
          {"version", crash.version},
          {"callback", crash.callback},
          {"reason", crash.reason},
          {"done", crash.done.empty() ? "" : crash.done.back().text}};
}

Answer get_crashes(const RouteRequest& request) {
  const auto crashes = request.verbs.crashes(request.target.get("manager"), request.target.get("handler"));
  if (!crashes) {
    return fail(crashes.error());
  }
  Json array = Json::array();
  for (const CrashRecord& crash : *crashes) {
    array.push_back(summary_of(crash));
  }
  return Json{{"crashes", std::move(array)}};
}

Answer get_crash(const RouteRequest& request) {
  const std::string& text = request.names[0];
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size()) {
    return fail(Errc::bad_request, fmt::format("`{}` is no crash: its number is expected", text));
  }
  const auto crash = request.verbs.crash(id);
  return crash ? Answer(Json{{"crash", to_json(*crash)}}) : Answer(fail(crash.error()));
}

Answer post_forget(const RouteRequest& request) {
  const auto timeout = timeout_of(request, default_call_timeout);
  if (!timeout) {
    return fail(timeout.error());
  }
  const auto forgotten =
      request.verbs.forget_missing(request.caller, request.names[0], request.names[1], *timeout);
  return forgotten ? Answer(Json{{"forgotten", handler_target(request.names[0], request.names[1])}})
                   : Answer(fail(forgotten.error()));
}

}  // namespace

std::vector<Route> crash_routes() {
  return {
      {"GET", "v1/crashes", {"manager", "handler"}, get_crashes},
      {"GET", "v1/crashes/*", {}, get_crash},
      {"POST", "v1/handlers/*/*/forget", {"timeout_ms"}, post_forget},
  };
}

}  // namespace baton
