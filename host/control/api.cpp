// SPDX-License-Identifier: Apache-2.0
#include "host/control/api.hpp"

#include "host/base/suggest.hpp"
#include "host/control/api_documents.hpp"
#include "host/control/crash_documents.hpp"
#include "host/control/request_target.hpp"
#include "host/control/route_request.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <vector>

namespace baton {
namespace {

const std::string timeout_key = "timeout_ms";

// ---- The routes: each answers with its document ------------------------------------------------------

Answer get_status(const RouteRequest& request) {
  return to_json(request.verbs.status());
}

Answer get_managers(const RouteRequest& request) {
  return Json{{"managers", to_array(request.verbs.status().managers)}};
}

Answer get_libraries(const RouteRequest& request) {
  return Json{{"libraries", to_array(request.verbs.libraries())}};
}

Answer get_names(const RouteRequest& request) {
  Json names = {{"managers", Json::array()},
                {"handlers", Json::array()},
                {"missing", Json::array()},
                {"servers", Json::array()},
                {"processes", request.verbs.sys_names()},
                {"plugins", Json::array()},
                {"types", Json::array()}};
  const HostStatus status = request.verbs.status();
  for (const ManagerState& manager : status.managers) {
    names["managers"].push_back(manager.manager.name);
    for (const HandlerInfo& handler : manager.manager.handlers) {
      names["handlers"].push_back(handler_target(manager.manager.name, handler.id));
    }
    for (const MissingHandler& missing : manager.manager.missing) {
      names["missing"].push_back(handler_target(manager.manager.name, missing.id));
    }
  }
  for (const ServerState& server : status.servers) {
    names["servers"].push_back(server.server.name);
  }
  for (const CatalogEntry& file : request.verbs.plugins()) {
    if (file.manifest) {
      names["plugins"].push_back(file.manifest->name);
    }
    for (const Offer& offer : file.manifest ? file.manifest->provides : std::vector<Offer>()) {
      names["types"].push_back({{"kind", offer_kind_name(offer.kind)}, {"name", offer.name}});
    }
  }
  return names;
}

Answer get_handlers(const RouteRequest& request) {
  const auto timeout = timeout_of(request, default_call_timeout);
  if (!timeout) {
    return fail(timeout.error());
  }
  const auto handlers = request.verbs.which(request.names[0], *timeout);
  return handlers ? Answer(Json{{"handlers", to_array(*handlers)}}) : Answer(fail(handlers.error()));
}

Answer sent_document(const SendOutcome& outcome) {
  if (outcome.error && outcome.accepted == 0) {
    return fail(*outcome.error);
  }
  Json document = to_json(NotifyOutcome{outcome.accepted, 0, {}});
  if (outcome.error) {
    document["error"] = {{"code", errc_name(outcome.error->code)}, {"text", outcome.error->text}};
  }
  return document;
}

Answer post_notify(const RouteRequest& request) {
  const auto events = events_of(request);
  const auto timeout = timeout_of(request, default_call_timeout);
  if (!events || !timeout) {
    return fail(events ? timeout.error() : events.error());
  }
  const std::string& manager = request.names[0];
  const std::string mode = request.target.get("mode");
  if (mode == "sync") {
    const auto outcome = request.verbs.sync_notify(manager, *events, *timeout);
    return outcome ? Answer(to_json(*outcome)) : Answer(fail(outcome.error()));
  }
  if (mode == "ack") {
    return sent_document(request.verbs.ack_notify(manager, *events, *timeout));
  }
  if (!mode.empty() && mode != "async") {
    return fail(Errc::bad_request, fmt::format("mode is `{}`; async, sync or ack is expected", mode));
  }
  return sent_document(request.verbs.notify(manager, *events));
}

Answer call_target(const RouteRequest& request, const std::string& target) {
  const auto message = message_of(request, request.raw.body, request.raw.content_type);
  const auto timeout = timeout_of(request, default_call_timeout);
  if (!message || !timeout) {
    return fail(message ? timeout.error() : message.error());
  }
  const auto reply = request.verbs.call(target, *message, *timeout);
  return reply ? Answer(reply_document("reply", *reply, request.verbs.atoms())) : Answer(fail(reply.error()));
}

Answer post_handler_call(const RouteRequest& request) {
  return call_target(request, handler_target(request.names[0], request.names[1]));
}

Answer post_server_call(const RouteRequest& request) {
  return call_target(request, request.names[0]);
}

Answer post_cast(const RouteRequest& request) {
  const auto requests = events_of(request);
  return requests ? sent_document(request.verbs.cast(request.names[0], *requests))
                  : Answer(fail(requests.error()));
}

Answer post_handlers(const RouteRequest& request) {
  const auto document = document_of(request, {"id", "crash_policy"});
  if (!document) {
    return fail(document.error());
  }
  auto recipe = source_of(*document);
  const auto id = text_at(*document, "id");
  if (!recipe || !id) {
    return fail(recipe ? id.error() : recipe.error());
  }
  const auto crash_policy = crash_policy_at(*document);
  if (!crash_policy) {
    return fail(crash_policy.error());
  }
  const std::string note = request.verbs.place_of(*recipe);
  const auto added = request.verbs.add(request.caller, request.names[0],
                                       HandlerOrder{*id, std::move(*recipe), *crash_policy}, infinity);
  if (!added) {
    return fail(added.error());
  }
  Json answer = {{"handler", to_json(*added)}};
  if (!note.empty()) {
    answer["note"] = note;
  }
  return answer;
}

Answer delete_handler(const RouteRequest& request) {
  const auto value = request.verbs.remove(request.caller, request.names[0], request.names[1],
                                          request.target.get("argument"), infinity);
  return value ? Answer(reply_document("value", *value, request.verbs.atoms())) : Answer(fail(value.error()));
}

Answer post_start(const RouteRequest& request) {
  const auto document = document_of(request, {});
  if (!document) {
    return fail(document.error());
  }
  const auto recipe = recipe_of(*document);
  if (!recipe) {
    return fail(recipe.error());
  }
  if (recipe->type.empty() && recipe->file.empty() && !recipe->options.empty()) {
    return fail(Errc::bad_request, "`options` are a server's: give its `type` or `file` too");
  }
  const auto started = request.verbs.start(request.caller, request.names[0], *recipe, infinity);
  return started ? Answer(Json{{"started", *started}}) : Answer(fail(started.error()));
}

Answer post_process_stop(const RouteRequest& request) {
  const auto stopped = request.verbs.stop(request.caller, request.names[0], infinity);
  return stopped ? Answer(Json{{"stopped", request.names[0]}}) : Answer(fail(stopped.error()));
}

Answer post_stop(const RouteRequest& request) {
  Json document = {{"stopping", true}};
  if (const auto running = request.verbs.stop_host(request.caller); !running.empty()) {
    document["still_running"] = to_array(running);
  }
  return document;
}

std::vector<Route> all_routes() {
  std::vector<Route> all = {
      {"GET", "v1/status", {}, get_status},
      {"GET", "v1/managers", {}, get_managers},
      {"GET", "v1/libraries", {}, get_libraries},
      {"GET", "v1/names", {}, get_names},
      {"GET", "v1/managers/*/handlers", {"timeout_ms"}, get_handlers},
      {"POST", "v1/managers/*/handlers", {}, post_handlers},
      {"POST", "v1/managers/*/notify", {"type", "timeout_ms", "mode"}, post_notify},
      {"DELETE", "v1/handlers/*/*", {"argument"}, delete_handler},
      {"POST", "v1/handlers/*/*/call", {"type", "timeout_ms"}, post_handler_call},
      {"POST", "v1/servers/*/call", {"type", "timeout_ms"}, post_server_call},
      {"POST", "v1/servers/*/cast", {"type", "timeout_ms"}, post_cast},
      {"POST", "v1/processes/*/start", {}, post_start},
      {"POST", "v1/processes/*/stop", {}, post_process_stop},
      {"POST", "v1/stop", {}, post_stop},
  };
  for (auto more : {sys_routes(), plugin_routes(), swap_routes(), config_routes(), crash_routes(),
                    record_routes(), metrics_routes()}) {
    std::move(more.begin(), more.end(), std::back_inserter(all));
  }
  return all;
}

const std::vector<Route>& routes() {
  static const std::vector<Route> all = all_routes();
  return all;
}

/// The names at the wildcards, when `path` is that of the route.
std::optional<std::vector<std::string>> match(std::string_view route, std::span<const std::string> path) {
  std::vector<std::string> names;
  std::size_t part = 0;
  for (; !route.empty(); ++part) {
    const auto end = std::min(route.find('/'), route.size());
    const std::string_view expected = route.substr(0, end);
    if (part == path.size() || (expected != "*" && expected != path[part])) {
      return std::nullopt;
    }
    if (expected == "*") {
      names.push_back(path[part]);
    }
    route.remove_prefix(std::min(end + 1, route.size()));
  }
  return part == path.size() ? std::optional(std::move(names)) : std::nullopt;
}

/// What is wrong with a request before its route looks at it. Errors: bad_request.
Result<void> check_request(const Route& route, const RequestTarget& target,
                           const std::vector<std::string>& names) {
  // "manager/id" is how the verbs name a handler: it must not be smuggled into a name.
  if (!names.empty() && names[0].find('/') != std::string::npos) {
    return fail(Errc::bad_request,
                fmt::format("`{}` cannot name a manager, server or process: they have no `/`", names[0]));
  }
  for (const auto& [key, value] : target.query) {
    if (key != timeout_key && std::find(route.query.begin(), route.query.end(), key) == route.query.end()) {
      const std::string possible = route.query.empty() ? "it takes none" : "possible are ";
      return fail(Errc::bad_request,
                  fmt::format("the query has an unknown key `{}`{}; {}{}", key,
                              did_you_mean(key, route.query), possible, fmt::join(route.query, ", ")));
    }
  }
  return {};
}

/// How long the routes wait for which it is not their own affair. Errors: bad_request.
Result<std::optional<Patience::Limits>> limits_of(const Route& route, const RouteRequest& request) {
  if (std::find(route.query.begin(), route.query.end(), timeout_key) != route.query.end()) {
    return std::optional<Patience::Limits>();
  }
  const auto given = timeout_of(request, infinity);
  if (!given) {
    return fail(given.error());
  }
  Patience::Limits limits;
  limits.until = Deadline(*given).on(request.verbs.clock());
  limits.bounds_what_has_begun = !route.path.starts_with("v1/config/");  // a step would be half done
  return std::optional(limits);
}

Answer answer(const Route& route, const RouteRequest& request, CallOff* call_off) {
  if (auto checked = check_request(route, request.target, request.names); !checked) {
    return fail(checked.error());
  }
  const auto limits = limits_of(route, request);
  if (!limits) {
    return fail(limits.error());
  }
  const Patience patience(request.verbs.clock(), call_off, *limits);
  return route.answer(request);
}

std::string text_of(const Json& document) {
  // A plugin's text may be anything; what is not UTF-8 is replaced.
  return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

int http_status_of(Errc code) {
  switch (code) {
    case Errc::bad_request:
    case Errc::bad_options:
    case Errc::bad_config:
      return 400;
    case Errc::permission_denied:
      return 403;
    case Errc::not_found:
    case Errc::plugin_not_found:
      return 404;
    case Errc::already_present:
    case Errc::already_started:
    case Errc::calling_self:
    case Errc::state_refused:
    case Errc::restarting:
    case Errc::swapped_back:
      return 409;
    case Errc::process_ended:
    case Errc::plugin_refused:
    case Errc::quarantined:
    case Errc::init_failed:
    case Errc::crashed:
    case Errc::bad_return:
    case Errc::unknown_request:
    case Errc::refused:
    case Errc::not_supported:
    case Errc::too_many_restarts:
    case Errc::ignored:
      return 422;  // understood, and the host could not do it
    case Errc::io_failed:
      return 500;
    case Errc::unreachable:
      return 502;
    case Errc::overloaded:
    case Errc::shutting_down:
      return 503;
    case Errc::timed_out:
      return 504;
  }
  return 500;
}

/// `details` is what the failure has to say beyond its error.
ApiReply error_reply(int status, const Error& error, const Json& details) {
  Json document = {{"error", {{"code", errc_name(error.code)}, {"text", error.text}}}};
  document.update(details);
  return {status, text_of(document)};
}

ApiReply error_reply(int status, const Error& error) {
  return error_reply(status, error, Json::object());
}

ApiReply error_reply(const Error& error) {
  return error_reply(http_status_of(error.code), error);
}

ApiReply Api::handle(const ApiRequest& request, const Caller& caller, CallOff* call_off) {
  const auto target = parse_request_target(request.target);
  if (!target) {
    return error_reply(target.error());
  }
  if (target->path == std::vector<std::string>{"metrics"}) {
    return request.method == "GET" ? metrics_reply(verbs_)
                                   : error_reply(405, {Errc::bad_request, "of /metrics there is GET only"});
  }
  std::string methods;
  for (const Route& route : routes()) {
    auto names = match(route.path, target->path);
    if (!names) {
      continue;
    }
    if (route.method == request.method) {
      Json details = Json::object();
      const Answer document =
          answer(route, {verbs_, caller, request, *target, std::move(*names), details}, call_off);
      return document ? ApiReply{200, text_of(*document)}
                      : error_reply(http_status_of(document.error().code), document.error(), details);
    }
    methods += (methods.empty() ? "" : " or ") + std::string(route.method);
  }
  if (methods.empty()) {
    return error_reply({Errc::not_found, fmt::format("there is nothing at {}", request.target)});
  }
  return error_reply(405, {Errc::bad_request, fmt::format("{} is not possible with {}; {} is", request.method,
                                                          request.target, methods)});
}

}  // namespace baton
