// SPDX-License-Identifier: Apache-2.0
// The Api's routes to the events that managers record.
#include "host/control/event_documents.hpp"
#include "host/control/route_request.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

namespace baton {
namespace {

Json to_json(const RecordStatus& status) {
  return {{"on", status.limits.events > 0},
          {"instance", status.instance},
          {"events_max", status.limits.events},
          {"bytes_max", status.limits.bytes},
          {"events", status.events},
          {"bytes", status.bytes},
          {"too_large", status.too_large},
          {"first_seq", status.first_seq},
          {"last_seq", status.last_seq}};
}

/// The query's number of that name. Errors: bad_request.
template <class Number>
Result<Number> number_of(const RouteRequest& request, const char* key, Number least, Number most,
                         Number otherwise) {
  const std::string text = request.target.get(key);
  if (text.empty()) {
    return otherwise;
  }
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < least || number > most) {
    return fail(Errc::bad_request,
                fmt::format("{} is `{}`; a number from {} to {} is expected", key, text, least, most));
  }
  return number;
}

Result<RecordQuery> query_of(const RouteRequest& request) {
  RecordQuery query;
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  const auto last = number_of<std::size_t>(request, "events", 0, query.last, query.last);
  const auto after = number_of<std::uint64_t>(request, "after", 0, most, query.after);
  const auto until = number_of<std::uint64_t>(request, "until", 0, most, query.until);
  if (!last || !after || !until) {
    return fail(!last ? last.error() : !after ? after.error() : until.error());
  }
  query.last = *last;
  query.after = *after;
  query.until = *until;
  return query;
}

Answer get_record(const RouteRequest& request) {
  const auto timeout = timeout_of(request, default_call_timeout);
  if (!timeout) {
    return fail(timeout.error());
  }
  const auto recorded = request.verbs.recorded(request.names[0], {.last = 0}, *timeout);
  return recorded ? Answer(Json{{"record", to_json(recorded->status)}}) : Answer(fail(recorded.error()));
}

Answer get_record_events(const RouteRequest& request) {
  const auto timeout = timeout_of(request, default_call_timeout);
  const auto query = query_of(request);
  if (!timeout || !query) {
    return fail(timeout ? query.error() : timeout.error());
  }
  const auto recorded = request.verbs.recorded(request.names[0], *query, *timeout);
  if (!recorded) {
    return fail(recorded.error());
  }
  Json events = Json::array();
  for (const OwnedMessage& event : recorded->events) {
    events.push_back(event_document(event.view(), request.verbs.atoms()));
  }
  return Json{
      {"record", to_json(recorded->status)}, {"events", std::move(events)}, {"more", recorded->has_more}};
}

Answer post_record(const RouteRequest& request) {
  constexpr std::size_t events_default = 1000;
  constexpr std::size_t bytes_most = std::size_t{1} << 40U;
  const std::string on = request.target.get("on");
  if (on != "true" && on != "false") {
    return fail(Errc::bad_request, fmt::format("on is `{}`; true or false is expected", on));
  }
  const auto timeout = timeout_of(request, default_call_timeout);
  const auto events = number_of<std::size_t>(request, "events", 1, RecordLimits::events_most, events_default);
  const auto bytes = number_of<std::size_t>(request, "bytes", 1, bytes_most, RecordLimits::bytes_default);
  if (!timeout || !events || !bytes) {
    return fail(!timeout ? timeout.error() : !events ? events.error() : bytes.error());
  }
  const RecordLimits limits{on == "true" ? *events : 0, *bytes};
  const auto status = request.verbs.record(request.caller, request.names[0], limits, *timeout);
  return status ? Answer(Json{{"record", to_json(*status)}}) : Answer(fail(status.error()));
}

}  // namespace

std::vector<Route> record_routes() {
  return {
      {"GET", "v1/managers/*/record", {"timeout_ms"}, get_record},
      {"GET", "v1/managers/*/record/events", {"events", "after", "until", "timeout_ms"}, get_record_events},
      {"POST", "v1/managers/*/record", {"on", "events", "bytes", "timeout_ms"}, post_record},
  };
}

}  // namespace baton
