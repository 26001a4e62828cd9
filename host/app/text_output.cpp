// SPDX-License-Identifier: Apache-2.0
#include "host/app/text_output.hpp"

#include "host/app/config_verbs.hpp"
#include "host/app/crash_verb.hpp"
#include "host/app/document_text.hpp"
#include "host/app/plugin_verbs.hpp"
#include "host/app/record_verb.hpp"
#include "host/app/swap_text.hpp"
#include "host/app/sys_verb.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <utility>

namespace baton {
namespace {

using Json = nlohmann::ordered_json;

std::string instance_of(const Json& process) {
  return shown_at(process, "name") + "#" + shown_at(process, "instance") +
         (process.value("suspended", false) ? " (suspended)" : "");
}

std::uint64_t number_at(const Json& document, const char* key) {
  return document.value(key, std::uint64_t{0});
}

std::uint64_t dropped(const Json& mailbox) {
  return number_at(mailbox, "rejected") + number_at(mailbox, "dropped_newest") +
         number_at(mailbox, "dropped_oldest");
}

/// "2.0.0", "2.0.0 (watched)".
std::string version_of(const Json& instance) {
  return shown_at(instance, "version") + (instance.value("watched", false) ? " (watched)" : "");
}

std::string handler_table(const Json& handlers, const std::string& indent) {
  const bool has_order = handlers.size() > 1;  // as which_handlers of OTP, whatever the order of dispatch
  Rows rows = {{indent + (has_order ? "ID (newest first)" : "ID"), "TYPE", "VERSION", "INSTANCE", "HANDLED",
                "REFUSED"}};
  for (const Json& handler : handlers) {
    rows.push_back({indent + shown_at(handler, "id"), shown_at(handler, "type"), version_of(handler),
                    "#" + shown_at(handler, "instance"), shown_at(handler, "handled"),
                    shown_at(handler, "refused")});
  }
  return table(rows);
}

// ---- One function per verb that has something to say ------------------------------------------------

/// "3", or "2 of 3" when one is missing.
std::string handlers_count(const Json& manager) {
  const std::size_t there = manager["handlers"].size();
  const std::size_t missing = manager.value("missing", Json::array()).size();
  return missing == 0 ? std::to_string(there) : fmt::format("{} of {}", there, there + missing);
}

std::string managers_text(const Json& managers) {
  Rows rows = {{"MANAGER", "WAITING", "ACCEPTED", "DROPPED", "HANDLERS", "CRASHES"}};
  for (const Json& manager : managers) {
    const Json& mailbox = manager["mailbox"];
    const bool is_busy = manager.value("busy", false);
    rows.push_back({instance_of(manager), shown_at(mailbox, "waiting"), shown_at(mailbox, "accepted"),
                    std::to_string(dropped(mailbox)), is_busy ? "busy" : handlers_count(manager),
                    shown_at(manager, "crashes")});
  }
  return rows.size() > 1 ? table(rows) : "";
}

std::string servers_text(const Json& servers) {
  Rows rows = {{"SERVER", "TYPE", "VERSION", "WAITING", "CALLS", "CASTS", "DROPPED"}};
  for (const Json& server : servers) {
    const Json& mailbox = server["mailbox"];
    rows.push_back({instance_of(server), server.value("busy", false) ? "busy" : shown_at(server, "type"),
                    version_of(server), shown_at(mailbox, "waiting"), shown_at(server, "calls"),
                    shown_at(server, "casts"), std::to_string(dropped(mailbox))});
  }
  return rows.size() > 1 ? table(rows) : "";
}

/// A line for each process that does not answer, with what it is in.
std::string busy_text(const Json& status) {
  std::string text;
  for (const char* kind : {"managers", "servers"}) {
    for (const Json& process : status[kind]) {
      const Json activity = process.value("activity", Json::object());
      if (process.value("busy", false) && !activity.empty()) {
        text += fmt::format("{}busy: {}", text.empty() ? "" : "\n", shown_at(activity, "text"));
      }
    }
  }
  return text;
}

std::string libraries_text(const Json& libraries) {
  Rows rows = {{"LIBRARY", "VERSION", "SHA256", "STATE"}};
  for (const Json& library : libraries) {
    const std::string reason = shown_at(library, "reason");
    rows.push_back({shown_at(library, "plugin"), shown_at(library, "version"),
                    shown_at(library, "sha256").substr(0, 12),
                    shown_at(library, "state") + (reason.empty() ? "" : ": " + reason)});
  }
  return rows.size() > 1 ? table(rows) : "";
}

std::string refused_text(const Json& files) {
  std::string text;
  for (const Json& file : files) {
    text += fmt::format("{}refused {}: {}: {}", text.empty() ? "" : "\n", shown_at(file, "file"),
                        shown_at(file["refused"], "reason"), shown_at(file["refused"], "text"));
  }
  return text;
}

std::string stopped_text(const Json& names) {
  std::string text;
  for (const Json& name : names) {
    text += (text.empty() ? "stopped: " : ", ") + name.get<std::string>();
  }
  return text;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) {
    if (!part.empty()) {
      text += (text.empty() ? "" : "\n") + part;
    }
  }
  return text;
}

std::string status_text(const Json& status) {
  const Json& host = status["host"];
  const std::string head =
      fmt::format("{}  baton {}  pid {}  up {}  {}", shown_at(host, "name"), shown_at(host, "version"),
                  shown_at(host, "pid"), readable_time(number_at(host, "uptime_ms")),
                  shown_at(host, "config")) +
      degraded_text(status["managers"]);
  return joined({head, managers_text(status["managers"]), missing_text(status["managers"]),
                 servers_text(status["servers"]), busy_text(status), stopped_text(status["stopped"]),
                 libraries_text(status["libraries"]), refused_text(status["refused_files"])});
}

std::string list_text(const Json& status) {
  std::vector<std::string> parts;
  for (const Json& manager : status["managers"]) {
    parts.push_back("manager " + instance_of(manager) + (manager.value("busy", false) ? "  busy" : ""));
    if (manager.contains("handlers") && !manager["handlers"].empty()) {
      parts.push_back(handler_table(manager["handlers"], "  "));
    }
  }
  for (const Json& server : status["servers"]) {
    parts.push_back(
        fmt::format("server {}  {} {}", instance_of(server), shown_at(server, "type"), version_of(server)));
  }
  parts.push_back(missing_text(status["managers"]));
  parts.push_back(busy_text(status));
  parts.push_back(stopped_text(status["stopped"]));
  parts.push_back(refused_text(status["refused_files"]));
  return joined(parts);
}

std::string which_text(const Json& document) {
  return document["handlers"].empty() ? "no handlers" : handler_table(document["handlers"], "");
}

std::string call_text(const Json& document) {
  const std::string base64 = shown_at(document, "reply_base64");
  return base64.empty() ? shown_at(document, "reply") : "base64 " + base64;
}

std::string_view failure_text(const Json& failure) {
  if (!failure.value("crashed", false)) {
    return "refused it";
  }
  return failure.value("restarted", false) ? "crashed on it and is going to be restarted"
                                           : "crashed on it and was removed";
}

std::string notify_text(const Json& document) {
  std::string text = number_at(document, "refused") == 0 ? "ok" : "";
  for (const Json& failure : document.value("failures", Json::array())) {
    text += fmt::format("{}handler `{}` {}: {}", text.empty() ? "" : "\n", shown_at(failure, "handler"),
                        failure_text(failure), shown_at(failure, "reason"));
  }
  return text;
}

std::string add_text(const Json& document) {
  const Json& handler = document["handler"];
  const std::string note = shown_at(document, "note");
  return fmt::format("ok  {}#{} is {} {}{}", shown_at(handler, "id"), shown_at(handler, "instance"),
                     shown_at(handler, "type"), shown_at(handler, "version"),
                     note.empty() ? "" : "; " + note);
}

std::string stop_text(const Json& document) {
  const Json running = document.value("still_running", Json::array());
  std::string text =
      running.empty() ? "ok" : "stopping; the host ends when these return, or with a second signal:";
  for (const Json& activity : running) {
    text += "\n  still running: " + shown_at(activity, "text");
  }
  return text;
}

std::string start_text(const Json& document) {
  return "ok  " + shown_at(document, "started");
}

}  // namespace

std::string text_of(const Invocation& invocation, const std::string& document) {
  static const std::map<std::string, std::string (*)(const Json&)> texts = {
      {"status", status_text},     {"list", list_text},     {"which", which_text},
      {"call", call_text},         {"notify", notify_text}, {"sync-notify", notify_text},
      {"add", add_text},           {"start", start_text},   {"stop", stop_text},
      {"upgrade", upgrade_text},   {"plan", plan_text},     {"diff", plan_text},
      {"apply", apply_text},       {"reload", reload_text}, {"history", history_text},
      {"rollback", rollback_text}, {"config", save_text}};
  if (invocation.verb == "sys") {
    return sys_text(invocation, document);
  }
  if (is_plugin_verb(invocation.verb)) {
    return plugin_verb_text(invocation, document);
  }
  if (invocation.verb == "swap") {
    return swap_text(invocation, Json::parse(document));
  }
  if (invocation.verb == "crash") {
    return crash_text(invocation, document);
  }
  if (invocation.verb == "record") {
    return record_text(invocation, document);
  }
  if (invocation.verb == "metrics") {
    return document.substr(0, document.find_last_not_of('\n') + 1);
  }
  const auto text = texts.find(invocation.verb);
  return text == texts.end() ? "ok" : text->second(Json::parse(document));
}

}  // namespace baton