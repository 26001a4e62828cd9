// SPDX-License-Identifier: Apache-2.0
#include "host/control/route_request.hpp"

#include "host/base/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace baton {
namespace {

constexpr std::string_view lines_content_type = "application/x-baton-lines";
constexpr int json_depth_max = 16;
constexpr Duration timeout_max = std::chrono::hours(24 * 365 * 10);  // more would overflow a time point

/// Without parameters and in lower case, as types are compared.
std::string media_type(std::string_view content_type) {
  content_type = content_type.substr(0, content_type.find(';'));
  content_type = content_type.substr(0, content_type.find_last_not_of(" \t") + 1);
  std::string type(content_type);
  std::transform(type.begin(), type.end(), type.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return type;
}

Result<RawOption> option_of(const std::string& name, const Json& value) {
  if (value.is_string()) {
    return RawOption{name, value.get<std::string>()};
  }
  if (value.is_number() || value.is_boolean()) {
    return RawOption{name, value.dump()};
  }
  if (!value.is_array()) {
    return fail(Errc::bad_request, fmt::format("option `{}` must be a scalar or a list of scalars", name));
  }
  std::vector<std::string> items;
  for (const Json& item : value) {
    if (item.is_structured() || item.is_null()) {
      return fail(Errc::bad_request, fmt::format("option `{}` must be a list of scalars", name));
    }
    items.push_back(item.is_string() ? item.get<std::string>() : item.dump());
  }
  return RawOption{name, std::move(items)};
}

Result<void> check_keys(const Json& document, std::vector<std::string> keys) {
  keys.insert(keys.end(), {"type", "file", "options", "directory"});
  for (const auto& [key, value] : document.items()) {
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
      return fail(Errc::bad_request, fmt::format("the body has an unknown key `{}`{}; possible are {}", key,
                                                 did_you_mean(key, keys), fmt::join(keys, ", ")));
    }
  }
  return {};
}

}  // namespace

Result<Duration> timeout_of(const RouteRequest& request, Duration otherwise) {
  const std::string text = request.target.get("timeout_ms");
  if (text.empty()) {
    return otherwise;
  }
  std::int64_t milliseconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), milliseconds);
  if (error != std::errc() || end != text.data() + text.size() || milliseconds < 0) {
    return fail(Errc::bad_request,
                fmt::format("timeout_ms is `{}`; a number of milliseconds is expected", text));
  }
  return milliseconds > timeout_max.count() ? infinity : Duration(milliseconds);
}

Result<Message> message_of(const RouteRequest& request, std::string_view data,
                           std::string_view content_type) {
  const std::string type = request.target.get("type");
  if (type.empty()) {
    return fail(Errc::bad_request, "the query needs type=…, the type of the message");
  }
  return request.verbs.message(type, data, content_type);
}

Result<std::vector<Message>> events_of(const RouteRequest& request) {
  const bool is_lines = media_type(request.raw.content_type) == lines_content_type;
  const auto one = message_of(request, is_lines ? std::string_view() : request.raw.body,
                              is_lines ? "text/plain" : std::string_view(request.raw.content_type));
  if (!one) {
    return fail(one.error());
  }
  if (!is_lines) {
    return std::vector<Message>{*one};
  }
  std::vector<Message> events;
  for (std::string_view rest = request.raw.body; !rest.empty();) {
    const auto end = std::min(rest.find('\n'), rest.size());
    events.push_back(*one);
    events.back().data = to_bytes(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return events;
}

Result<Json> document_of(const RouteRequest& request, std::vector<std::string> keys) {
  if (request.raw.body.empty()) {
    return Json::object();
  }
  bool is_too_deep = false;
  const auto guard = [&is_too_deep](int depth, Json::parse_event_t, Json&) {
    is_too_deep = is_too_deep || depth > json_depth_max;
    return !is_too_deep;
  };
  try {
    Json document = Json::parse(request.raw.body, guard);
    if (is_too_deep) {
      return fail(Errc::bad_request, fmt::format("the body is nested deeper than {}", json_depth_max));
    }
    if (!document.is_object()) {
      return fail(Errc::bad_request,
                  fmt::format("the body is a JSON {}; an object is expected", document.type_name()));
    }
    if (auto known = check_keys(document, std::move(keys)); !known) {
      return fail(known.error());
    }
    return document;
  } catch (const Json::exception& exception) {
    return fail(Errc::bad_request, fmt::format("the body is no JSON: {}", exception.what()));
  }
}

Result<std::string> text_at(const Json& document, const char* key) {
  const auto place = document.find(key);
  if (place == document.end()) {
    return std::string();
  }
  if (!place->is_string()) {
    return fail(Errc::bad_request, fmt::format("`{}` must be a text, not a {}", key, place->type_name()));
  }
  return place->get<std::string>();
}

Result<Recipe> recipe_of(const Json& document) {
  const auto type = text_at(document, "type");
  const auto file = text_at(document, "file");
  const auto directory = text_at(document, "directory");
  for (const auto* text : {&type, &file, &directory}) {
    if (!*text) {
      return fail(text->error());
    }
  }
  for (const auto& [key, path] : {std::pair("file", *file), std::pair("directory", *directory)}) {
    if (!path.empty() && path.front() != '/') {
      return fail(
          Errc::bad_request,
          fmt::format("`{}` is `{}`; an absolute path is expected, since the host has another working "
                      "directory",
                      key, path));
    }
  }
  Recipe recipe{*type, *file, {}, *directory};
  const auto options = document.find("options");
  if (options == document.end()) {
    return recipe;
  }
  if (!options->is_object()) {
    return fail(Errc::bad_request,
                fmt::format("`options` must be an object, not a {}", options->type_name()));
  }
  for (const auto& [name, value] : options->items()) {
    auto option = option_of(name, value);
    if (!option) {
      return fail(option.error());
    }
    recipe.options.push_back(std::move(*option));
  }
  return recipe;
}

Result<Recipe> source_of(const Json& document) {
  auto recipe = recipe_of(document);
  if (recipe && recipe->type.empty() && recipe->file.empty()) {
    return fail(Errc::bad_request, "the body needs `type`, a type that a plugin offers, or `file`, a plugin");
  }
  return recipe;
}

}  // namespace baton
