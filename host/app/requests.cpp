// SPDX-License-Identifier: Apache-2.0
#include "host/app/requests.hpp"

#include "host/app/config_verbs.hpp"
#include "host/app/crash_verb.hpp"
#include "host/app/plugin_verbs.hpp"
#include "host/app/record_verb.hpp"
#include "host/app/swap_text.hpp"
#include "host/app/sys_verb.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <functional>
#include <map>

namespace baton {
namespace {

using Json = nlohmann::ordered_json;

Duration timeout_of(const Invocation& invocation) {
  return invocation.timeout.value_or(Duration(5000));
}

bool is_handler(const std::string& target) {
  return target.find('/') != std::string::npos;
}

/// "/v1/handlers/log/store" of "log/store", each part encoded.
std::string handler_path(const std::string& target) {
  const auto slash = target.find('/');
  return "/v1/handlers/" + percent_encoded(target.substr(0, slash)) + "/" +
         percent_encoded(target.substr(slash + 1));
}

std::string server_path(const std::string& name) {
  return "/v1/servers/" + percent_encoded(name);
}

std::string manager_path(const std::string& name) {
  return "/v1/managers/" + percent_encoded(name);
}

std::string message_query(const Invocation& invocation) {
  return fmt::format("?type={}&timeout_ms={}", percent_encoded(invocation.type),
                     timeout_of(invocation).count());
}

HostRequest message_request(std::string path, const Invocation& invocation) {
  return {"POST", std::move(path), invocation.data.value_or(""), invocation.content_type};
}

HostRequest json_request(std::string method, std::string path, const Json& body) {
  return {std::move(method), std::move(path), body.dump(), "application/json"};
}

Error needs_handler(const Invocation& invocation) {
  return {Errc::bad_request,
          fmt::format("`{}` is no handler: {} needs MANAGER/ID", invocation.target, invocation.verb)};
}

/// Puts a type, or a file when it looks like one, and the settings into a document.
Result<Json> recipe_document(const Invocation& invocation) {
  Json document = Json::object();
  if (invocation.type.ends_with(".so") || invocation.type.find('/') != std::string::npos) {
    // The host has another working directory.
    document["file"] = std::filesystem::absolute(invocation.type).string();
  } else if (!invocation.type.empty()) {
    document["type"] = invocation.type;
  }
  document["directory"] = std::filesystem::current_path().string();
  auto options = options_of(invocation);
  if (!options) {
    return fail(options.error());
  }
  document["options"] = std::move(*options);
  return document;
}

Result<HostRequest> call_request(const Invocation& invocation) {
  const std::string path =
      is_handler(invocation.target) ? handler_path(invocation.target) : server_path(invocation.target);
  return message_request(path + "/call" + message_query(invocation), invocation);
}

Result<HostRequest> cast_request(const Invocation& invocation) {
  return message_request(server_path(invocation.target) + "/cast" + message_query(invocation), invocation);
}

std::string notify_path(const Invocation& invocation) {
  const bool is_sync = invocation.verb == "sync-notify";
  return manager_path(invocation.target) + "/notify" + message_query(invocation) +
         (is_sync ? "&mode=sync" : "");
}

Result<HostRequest> notify_request(const Invocation& invocation) {
  return message_request(notify_path(invocation), invocation);
}

Result<HostRequest> add_request(const Invocation& invocation) {
  auto document = recipe_document(invocation);
  if (!document) {
    return fail(document.error());
  }
  if (!invocation.id.empty()) {
    (*document)["id"] = invocation.id;
  }
  if (!invocation.on_crash.empty()) {
    auto policy = crash_policy_document(invocation.on_crash);
    if (!policy) {
      return fail(policy.error());
    }
    (*document)["crash_policy"] = std::move(*policy);
  }
  return json_request("POST", manager_path(invocation.target) + "/handlers", *document);
}

Result<HostRequest> remove_request(const Invocation& invocation) {
  if (!is_handler(invocation.target)) {
    return fail(needs_handler(invocation));
  }
  return HostRequest{"DELETE",
                     handler_path(invocation.target) + "?argument=" + percent_encoded(invocation.argument),
                     {},
                     {}};
}

Result<HostRequest> swap_request(const Invocation& invocation) {
  auto document = recipe_document(invocation);
  if (!document) {
    return fail(document.error());
  }
  (*document)["mode"] = invocation.is_destructive ? "destructive" : "safe";
  (*document)["extra"] = invocation.extra;
  (*document)["argument"] = invocation.argument;
  if (!invocation.id.empty()) {
    (*document)["new_id"] = invocation.id;
  }
  if (auto added = add_trial(invocation, *document); !added) {
    return fail(std::move(added.error()));
  }
  const std::string path =
      is_handler(invocation.target) ? handler_path(invocation.target) : server_path(invocation.target);
  return json_request("POST", path + "/swap", *document);
}

Result<HostRequest> upgrade_request(const Invocation& invocation) {
  auto document = recipe_document(invocation);
  if (!document) {
    return fail(document.error());
  }
  Json body = {{"extra", invocation.extra}};
  if (document->contains("file")) {
    body["file"] = (*document)["file"];
  } else {
    body["plugin"] = invocation.type;
  }
  if (auto added = add_trial(invocation, body); !added) {
    return fail(std::move(added.error()));
  }
  return json_request("POST", "/v1/upgrade", body);
}

Result<HostRequest> start_request(const Invocation& invocation) {
  auto document = recipe_document(invocation);
  if (!document) {
    return fail(document.error());
  }
  return json_request("POST", "/v1/processes/" + percent_encoded(invocation.target) + "/start", *document);
}

Result<HostRequest> stop_request(const Invocation& invocation) {
  const std::string path = invocation.target.empty()
                               ? "/v1/stop"
                               : "/v1/processes/" + percent_encoded(invocation.target) + "/stop";
  return HostRequest{"POST", path, {}, {}};
}

Result<HostRequest> get(std::string path) {
  return HostRequest{"GET", std::move(path), {}, {}};
}

}  // namespace

std::optional<std::string> target_usage_error(const Invocation& invocation) {
  if (invocation.verb == "remove" && !is_handler(invocation.target)) {
    return needs_handler(invocation).text;
  }
  if (invocation.verb == "cast" && is_handler(invocation.target)) {
    const std::string manager = invocation.target.substr(0, invocation.target.find('/'));
    return fmt::format(
        "casts go to servers only, and `{0}` is a handler; `notify {1} TYPE` sends an event to all "
        "of `{1}`, `call {0} REQUEST` asks this one",
        invocation.target, manager);
  }
  return std::nullopt;
}

Result<nlohmann::ordered_json> options_of(const Invocation& invocation) {
  Json options = Json::object();
  for (const std::string& setting : invocation.settings) {
    const auto equals = setting.find('=');
    if (equals == std::string::npos || equals == 0) {
      return fail(Errc::bad_request, fmt::format("`{}` is no option: KEY=VALUE is expected", setting));
    }
    options[setting.substr(0, equals)] = setting.substr(equals + 1);
  }
  return options;
}

Result<HostRequest> request_of(const Invocation& invocation) {
  using Maker = std::function<Result<HostRequest>(const Invocation&)>;
  static const std::map<std::string, Maker> makers = {
      {"status",
       [](const Invocation&) {
         return get("/v1/status");
       }},
      {"list",
       [](const Invocation&) {
         return get("/v1/status");
       }},
      {"metrics",
       [](const Invocation& i) {
         return get(i.format == OutputFormat::text ? "/metrics" : "/v1/metrics");
       }},
      {"which",
       [](const Invocation& i) {
         return get(manager_path(i.target) + "/handlers");
       }},
      {"call", call_request},
      {"cast", cast_request},
      {"notify", notify_request},
      {"sync-notify", notify_request},
      {"add", add_request},
      {"remove", remove_request},
      {"swap", swap_request},
      {"upgrade", upgrade_request},
      {"start", start_request},
      {"stop", stop_request},
      {"sys", sys_request},
      {"plugins", plugin_verb_request},
      {"plugin", plugin_verb_request},
      {"quarantine", plugin_verb_request},
      {"plan", config_request},
      {"apply", config_request},
      {"reload", config_request},
      {"diff", config_request},
      {"history", config_request},
      {"rollback", config_request},
      {"config", config_request},
      {"crash", crash_request},
      {"record", record_request},
  };
  const auto maker = makers.find(invocation.verb);
  if (maker == makers.end()) {
    return fail(Errc::bad_request, fmt::format("`{}` is not a request to a host", invocation.verb));
  }
  auto request = maker->second(invocation);
  // Whoever waits for messages says so himself, also what he waits without being told.
  if (request && invocation.timeout && request->path.find("timeout_ms=") == std::string::npos) {
    request->path += fmt::format("{}timeout_ms={}", request->path.find('?') == std::string::npos ? "?" : "&",
                                 invocation.timeout->count());
  }
  return request;
}

HostRequest lines_request(const Invocation& invocation, std::string lines) {
  return {"POST", notify_path(invocation), std::move(lines), "application/x-baton-lines"};
}

std::string percent_encoded(std::string_view text) {
  static constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
  std::string encoded;
  for (const char c : text) {
    if (plain.find(c) != std::string_view::npos) {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

}  // namespace baton
