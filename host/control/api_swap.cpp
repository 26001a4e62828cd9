// SPDX-License-Identifier: Apache-2.0
// The routes that put new code into the place of running code, and their documents.
#include "host/config/watch_policy.hpp"
#include "host/control/route_request.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

namespace baton {
namespace {

// ---- Reading ------------------------------------------------------------------------------------------

/// `watch`: a map of texts and numbers. Errors: bad_request.
Result<WatchPolicy> watch_of(const Json& map) {
  if (!map.is_object()) {
    return fail(Errc::bad_request, fmt::format("`watch` must be an object, not a {}", map.type_name()));
  }
  const std::vector<std::string> keys = watch_keys();
  WatchPolicy policy;
  for (const auto& [key, value] : map.items()) {
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
      return fail(Errc::bad_request, fmt::format("`watch` has an unknown key `{}`; possible are {}", key,
                                                 fmt::join(keys, ", ")));
    }
    if (const auto problem =
            set_watch_key(policy, key, value.is_string() ? value.get<std::string>() : value.dump())) {
      return fail(Errc::bad_request, fmt::format("`watch.{}`: {}", key, *problem));
    }
  }
  if (!map.contains("window")) {
    return fail(Errc::bad_request, "the watch has no `window`: say how long it lasts");
  }
  if (const auto problem = problem_of(policy)) {
    return fail(Errc::bad_request, *problem);
  }
  return policy;
}

/// `canary` and `watch` of a swap or an upgrade. Errors: bad_request.
template <class Order>
Result<void> read_trial(const Json& document, Order& order) {
  if (const auto canary = document.find("canary"); canary != document.end()) {
    if (!canary->is_number_unsigned() || canary->get<std::uint64_t>() > canary_events_max) {
      return fail(Errc::bad_request,
                  fmt::format("`canary` must be a number of events, at most {}", canary_events_max));
    }
    order.canary = canary->get<std::size_t>();
  }
  if (const auto watch = document.find("watch"); watch != document.end()) {
    auto policy = watch_of(*watch);
    if (!policy) {
      return fail(std::move(policy.error()));
    }
    order.watch = *policy;
  }
  return {};
}

/// Errors: bad_request.
Result<SwapOrder> swap_order_of(const RouteRequest& request, std::string target) {
  const auto document = document_of(request, {"new_id", "mode", "argument", "extra", "canary", "watch"});
  if (!document) {
    return fail(document.error());
  }
  auto recipe = source_of(*document);
  if (!recipe) {
    return fail(recipe.error());
  }
  SwapOrder order{std::move(target), std::move(*recipe), {}, SwapMode::safe, {}, {}};
  std::string mode;
  const std::array<std::pair<const char*, std::string*>, 4> texts = {
      {{"new_id", &order.new_id}, {"argument", &order.argument}, {"extra", &order.extra}, {"mode", &mode}}};
  for (const auto& [key, place] : texts) {
    auto text = text_at(*document, key);
    if (!text) {
      return fail(text.error());
    }
    *place = std::move(*text);
  }
  if (!mode.empty() && mode != "safe" && mode != "destructive") {
    return fail(Errc::bad_request, fmt::format("mode is `{}`; safe or destructive is expected", mode));
  }
  order.mode = mode == "destructive" ? SwapMode::destructive : SwapMode::safe;
  if (auto read = read_trial(*document, order); !read) {
    return fail(std::move(read.error()));
  }
  return order;
}

// ---- The routes ---------------------------------------------------------------------------------------

Answer swap_target(const RouteRequest& request, std::string target) {
  auto order = swap_order_of(request, std::move(target));
  if (!order) {
    return fail(order.error());
  }
  order->record = request.verbs.new_record();
  const auto record = order->record;
  const auto report = request.verbs.swap(request.caller, std::move(*order), infinity);
  if (!report) {
    request.details["steps"] = to_array(record->steps());
    return fail(report.error());
  }
  return Json{{"swap", to_json(*report)}};
}

Answer post_handler_swap(const RouteRequest& request) {
  return swap_target(request, handler_target(request.names[0], request.names[1]));
}

Answer post_server_swap(const RouteRequest& request) {
  return swap_target(request, request.names[0]);
}

Answer post_upgrade(const RouteRequest& request) {
  const auto document = document_of(request, {"plugin", "extra", "canary", "watch"});
  if (!document) {
    return fail(document.error());
  }
  const auto recipe = recipe_of(*document);
  const auto plugin = text_at(*document, "plugin");
  const auto extra = text_at(*document, "extra");
  for (const Error* error : {recipe ? nullptr : &recipe.error(), plugin ? nullptr : &plugin.error(),
                             extra ? nullptr : &extra.error()}) {
    if (error != nullptr) {
      return fail(*error);
    }
  }
  if (plugin->empty() && recipe->file.empty()) {
    return fail(Errc::bad_request, "the body needs `plugin`, the name of one, or `file`, a plugin");
  }
  const auto record = request.verbs.new_record();
  UpgradeOrder order{*plugin, recipe->file, *extra, record, {}, {}};
  if (auto read = read_trial(*document, order); !read) {
    return fail(std::move(read.error()));
  }
  const auto report = request.verbs.upgrade(request.caller, order, infinity);
  if (!report) {
    request.details["steps"] = to_array(record->steps());
    return fail(report.error());
  }
  return Json{{"upgrade", to_json(*report)}};
}

}  // namespace

std::vector<Route> swap_routes() {
  return {
      {"POST", "v1/handlers/*/*/swap", {}, post_handler_swap},
      {"POST", "v1/servers/*/swap", {}, post_server_swap},
      {"POST", "v1/upgrade", {}, post_upgrade},
  };
}

Json to_json(const SwapStep& step) {
  return {{"step", step.name}, {"ok", step.is_ok}, {"took_us", step.took.count()}, {"text", step.text}};
}

Json to_json(const SwapReport& report) {
  Json document = {{"old_type", report.old_type},         {"new_type", report.new_type},
                   {"old_version", report.old_version},   {"new_version", report.new_version},
                   {"old_instance", report.old_instance}, {"new_instance", report.new_instance},
                   {"state_moved", report.state_moved},   {"old_state_version", report.old_state_version},
                   {"state_bytes", report.state_bytes},   {"at_message", report.at_message},
                   {"pause_us", report.pause.count()},    {"steps", to_array(report.steps)}};
  if (report.left_state_bytes) {
    document["left_state_bytes"] = *report.left_state_bytes;
  }
  if (report.state_parts > 0) {
    document["state_parts"] = report.state_parts;
  }
  if (report.memory_bytes > 0) {
    document["memory_bytes"] = report.memory_bytes;
  }
  if (report.watch) {
    document["watch"] = {{"events", report.watch->events},
                         {"errors", report.watch->errors},
                         {"p99_ns", report.watch->p99.count()},
                         {"p99_before_ns", report.watch->p99_before.count()},
                         {"lasted_us", report.watch->lasted.count()}};
  }
  return document;
}

Json to_json(const UpgradeReport& report) {
  Json swapped = Json::array();
  for (const Upgraded& upgraded : report.swapped) {
    Json document = to_json(upgraded.report);
    document.erase("steps");  // they are of the whole
    document["target"] = upgraded.target;
    document["type"] = upgraded.type;
    swapped.push_back(std::move(document));
  }
  return {{"plugin", report.plugin},          {"version", report.version},
          {"swapped", std::move(swapped)},    {"unchanged", report.unchanged},
          {"pause_us", report.pause.count()}, {"steps", to_array(report.steps)}};
}

}  // namespace baton
