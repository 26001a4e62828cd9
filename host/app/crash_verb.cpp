// SPDX-License-Identifier: Apache-2.0
#include "host/app/crash_verb.hpp"

#include "host/app/document_text.hpp"
#include "host/base/suggest.hpp"
#include "host/loader/units.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <utility>

namespace baton {
namespace {

using Json = nlohmann::ordered_json;

bool is_number(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// "2026-11-22 14:02:11.204Z".
std::string time_at(const Json& document, const char* key) {
  const auto time_us = document.value(key, std::int64_t{0});
  constexpr std::int64_t us_per_second = 1'000'000;
  return fmt::format("{:%F %T}.{:03}Z", fmt::gmtime(static_cast<std::time_t>(time_us / us_per_second)),
                     time_us % us_per_second / 1000);
}

/// On one line.
std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

std::string handler_of(const Json& crash) {
  return fmt::format("{}/{}#{}", shown_at(crash, "manager"), shown_at(crash, "handler"),
                     shown_at(crash, "instance"));
}

// ---- list and show ------------------------------------------------------------------------------------

std::string list_text(const Json& document) {
  std::vector<std::vector<std::string>> rows = {
      {"CRASH", "TIME", "HANDLER", "TYPE", "VERSION", "IN", "REASON", "DONE"}};
  for (const Json& crash : document["crashes"]) {
    rows.push_back({shown_at(crash, "id"), time_at(crash, "time_us"), handler_of(crash),
                    shown_at(crash, "type"), shown_at(crash, "version"), shown_at(crash, "callback"),
                    one_line(shown_at(crash, "reason")), one_line(shown_at(crash, "done"))});
  }
  return rows.size() > 1 ? table(rows) : "no crashes";
}

std::string message_text(const Json& message) {
  std::string text = fmt::format("{}  {} bytes, {}", shown_at(message, "shown"), shown_at(message, "size"),
                                 shown_at(message, "content_type"));
  const std::string base64 = shown_at(message, "beginning_base64");
  return base64.empty() ? text : text + "\nbegins     base64 " + base64;
}

std::string saved_text(const Json& crash) {
  if (!crash.contains("saved_state")) {
    return "none";
  }
  const Json& saved = crash["saved_state"];
  return fmt::format("of event {}, version {}, {} bytes", shown_at(saved, "at_event"),
                     shown_at(saved, "version"), shown_at(saved, "size"));
}

std::string plugin_text(const Json& crash) {
  const std::string plugin = shown_at(crash, "plugin");
  return plugin.empty() ? "linked into the host"
                        : fmt::format("{}  {}  sha256 {}", plugin, shown_at(crash, "file"),
                                      shown_at(crash, "sha256").substr(0, 12));
}

std::string show_text(const Json& document) {
  const Json& crash = document["crash"];
  std::string text = fmt::format("crash {}  {}  {}  {} {}", shown_at(crash, "id"), time_at(crash, "time_us"),
                                 handler_of(crash), shown_at(crash, "type"), shown_at(crash, "version"));
  const std::string state = shown_at(crash, "state");
  const std::vector<std::pair<std::string, std::string>> lines = {
      {"reason", shown_at(crash, "reason")},
      {"where", shown_at(crash, "callback")},
      {"message", message_text(crash["message"])},
      {"state", state.empty() ? "it shows none" : state},
      {"saved", saved_text(crash)},
      {"plugin", plugin_text(crash)},
      {"policy", shown_at(crash, "policy")}};
  for (const auto& [name, value] : lines) {
    text += fmt::format("\n{:<11}{}", name, value);
  }
  for (const Json& deed : crash["done"]) {
    text += fmt::format("\n{:<11}{}  {}", "done", time_at(deed, "time_us"), shown_at(deed, "text"));
  }
  return text;
}

// ---- A policy -----------------------------------------------------------------------------------------

Result<Json> value_of(const std::string& key, const std::string& text, bool is_time) {
  if (is_time) {
    const auto time = parse_duration_ms(text);
    return time ? Result<Json>(*time)
                : fail(Errc::bad_request, fmt::format("--on-crash: {}: {}", key, time.error()));
  }
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return fail(Errc::bad_request, fmt::format("--on-crash: {}: `{}` is no whole number", key, text));
  }
  return number;
}

struct PolicyKey {
  std::string_view word;
  const char* section;  // of the document; empty: the policy itself
  const char* name;
  bool is_time;
};

constexpr std::array<PolicyKey, 7> policy_keys = {{{"max_restarts", "", "max_restarts", false},
                                                   {"within", "", "within_ms", true},
                                                   {"save_every", "", "save_every_ms", true},
                                                   {"initial", "backoff", "initial_ms", true},
                                                   {"max", "backoff", "max_ms", true},
                                                   {"factor", "backoff", "factor", false},
                                                   {"jitter", "backoff", "jitter_percent", false}}};

Result<void> add_setting(const std::string& setting, Json& document) {
  const auto equals = setting.find('=');
  const std::string word = setting.substr(0, equals);
  const auto key = std::find_if(policy_keys.begin(), policy_keys.end(),
                                [&word](const PolicyKey& known) { return known.word == word; });
  if (key == policy_keys.end() || equals == std::string::npos) {
    std::vector<std::string> words;
    std::transform(policy_keys.begin(), policy_keys.end(), std::back_inserter(words),
                   [](const PolicyKey& known) { return std::string(known.word); });
    return fail(Errc::bad_request, fmt::format("--on-crash: `{}` is no KEY=VALUE{}; keys are {}", setting,
                                               did_you_mean(word, words), fmt::join(words, ", ")));
  }
  auto value = value_of(word, setting.substr(equals + 1), key->is_time);
  if (!value) {
    return fail(std::move(value.error()));
  }
  Json& section = *key->section == '\0' ? document : document[key->section];
  section[key->name] = std::move(*value);
  return {};
}

// ---- What is missing ------------------------------------------------------------------------------------

std::string missing_line(const std::string& manager, const Json& missing) {
  const std::string why = shown_at(missing, "why");
  std::string what = why;
  if (why == "backing_off") {
    what = fmt::format("comes back in {}", readable_time(missing.value("restarts_in_ms", std::uint64_t{0})));
  } else if (why == "gave_up") {
    what = "is given up";
  } else if (why == "quarantined") {
    what = "is out: its plugin is in quarantine";
  } else if (why == "removed") {
    what = "crashed and was removed";
  }
  std::string text =
      fmt::format("! {}/{} {}; restarts {}, missed events {}", manager, shown_at(missing, "id"), what,
                  shown_at(missing, "restarts"), shown_at(missing, "missed"));
  const std::string crash = shown_at(missing, "crash");
  if (why == "quarantined" && crash != "0") {
    text += "; fix the plugin, or clear it: baton quarantine list";
  }
  return text +
         (crash == "0" ? "; " + one_line(shown_at(missing, "reason")) : "    baton crash show " + crash);
}

}  // namespace

const std::vector<std::string>& crash_actions() {
  static const std::vector<std::string> actions = {"list", "show", "clear"};
  return actions;
}

std::optional<std::string> crash_usage_error(const Invocation& invocation) {
  const std::string& action = invocation.action;
  const std::vector<std::string>& actions = crash_actions();
  if (std::find(actions.begin(), actions.end(), action) == actions.end()) {
    return fmt::format("`{}` is nothing that crash can do{}; there are {}", action,
                       did_you_mean(action, actions), fmt::join(actions, ", "));
  }
  if (action == "show" && !is_number(invocation.target)) {
    return "crash show needs the number of a crash; `crash list` has them";
  }
  if (action == "clear" && invocation.target.find('/') == std::string::npos) {
    return "crash clear needs MANAGER/ID of a handler that is missing";
  }
  return std::nullopt;
}

Result<HostRequest> crash_request(const Invocation& invocation) {
  if (auto wrong = crash_usage_error(invocation)) {
    return fail(Errc::bad_request, std::move(*wrong));
  }
  const std::string& target = invocation.target;
  if (invocation.action == "show") {
    return HostRequest{"GET", "/v1/crashes/" + target, {}, {}};
  }
  const auto slash = target.find('/');
  const std::string manager = percent_encoded(target.substr(0, slash));
  const std::string handler = slash == std::string::npos ? "" : percent_encoded(target.substr(slash + 1));
  if (invocation.action == "clear") {
    return HostRequest{"POST", "/v1/handlers/" + manager + "/" + handler + "/forget", {}, {}};
  }
  std::string path = "/v1/crashes";
  path += manager.empty() ? "" : "?manager=" + manager;
  path += handler.empty() ? "" : "&handler=" + handler;
  return HostRequest{"GET", std::move(path), {}, {}};
}

std::string crash_text(const Invocation& invocation, const std::string& document) {
  if (invocation.action == "clear") {
    return "ok";
  }
  const Json parsed = Json::parse(document);
  return invocation.action == "show" ? show_text(parsed) : list_text(parsed);
}

Result<Json> crash_policy_document(const std::string& words) {
  Json document = Json::object();
  auto end = std::min(words.find(','), words.size());
  document["on_crash"] = words.substr(0, end);
  while (end < words.size()) {
    const auto begin = end + 1;
    end = std::min(words.find(',', begin), words.size());
    if (auto added = add_setting(words.substr(begin, end - begin), document); !added) {
      return fail(std::move(added.error()));
    }
  }
  return document;
}

std::string missing_text(const Json& managers) {
  std::string text;
  for (const Json& manager : managers) {
    for (const Json& missing : manager.value("missing", Json::array())) {
      text += (text.empty() ? "" : "\n") + missing_line(shown_at(manager, "name"), missing);
    }
  }
  return text;
}

std::string degraded_text(const Json& managers) {
  std::size_t count = 0;
  for (const Json& manager : managers) {
    count += manager.value("missing", Json::array()).size();
  }
  return count == 0 ? "" : fmt::format("  DEGRADED: {} handler{} missing", count, count == 1 ? "" : "s");
}

}  // namespace baton
