// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/control/api.hpp"
#include "host/control/api_documents.hpp"
#include "host/control/request_target.hpp"

#include <string>
#include <string_view>
#include <vector>

/// Reading the parts of a request. For the .cpp files of host/control only. Errors: bad_request.
namespace baton {

/// One request on its way through its route: what a route needs, in one place.
struct RouteRequest {
  Verbs& verbs;
  const Caller& caller;
  const ApiRequest& raw;
  const RequestTarget& target;
  std::vector<std::string> names;  // what the route's wildcards stand for
  Json& details;                   // an object: what a failure says beyond its error
};

/// What a route answers with: its document.
using Answer = Result<Json>;

struct Route {
  std::string_view method;
  std::string_view path;  // `*` stands for one part; the first one for a manager, server or process
  std::vector<std::string> query;
  Answer (*answer)(const RouteRequest&);
};

/// The routes below /v1/processes/NAME/sys.
[[nodiscard]] std::vector<Route> sys_routes();

/// The routes to plugin files and the quarantine.
[[nodiscard]] std::vector<Route> plugin_routes();

/// The routes below /v1/config.
[[nodiscard]] std::vector<Route> config_routes();

/// Those that put new code into the place of running code.
[[nodiscard]] std::vector<Route> swap_routes();

/// The routes to crashes of handlers.
[[nodiscard]] std::vector<Route> crash_routes();

/// The routes to the events that managers record.
[[nodiscard]] std::vector<Route> record_routes();

[[nodiscard]] std::vector<Route> metrics_routes();

/// What GET /metrics answers with: no document.
[[nodiscard]] ApiReply metrics_reply(Verbs& verbs);

/// The query's timeout_ms; `otherwise` when there is none. What is longer than any host lives is infinity.
[[nodiscard]] Result<Duration> timeout_of(const RouteRequest& request, Duration otherwise);

/// A message of the query's type; borrows `data`.
[[nodiscard]] Result<Message> message_of(const RouteRequest& request, std::string_view data,
                                         std::string_view content_type);

/// The body as one message, or each of its lines as one; they borrow the body. A last line without a newline
/// counts.
[[nodiscard]] Result<std::vector<Message>> events_of(const RouteRequest& request);

/// The body as a JSON object with no other keys than a recipe's and these; an empty body is an empty one.
[[nodiscard]] Result<Json> document_of(const RouteRequest& request, std::vector<std::string> keys);

/// The text of that key; empty when there is none.
[[nodiscard]] Result<std::string> text_at(const Json& document, const char* key);

/// "type" or "file", "options" and "directory".
[[nodiscard]] Result<Recipe> recipe_of(const Json& document);

/// The same, where a type or a file is needed.
[[nodiscard]] Result<Recipe> source_of(const Json& document);

}  // namespace baton
