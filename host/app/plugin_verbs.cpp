// SPDX-License-Identifier: Apache-2.0
#include "host/app/plugin_verbs.hpp"

#include "host/app/conformance.hpp"
#include "host/app/document_text.hpp"
#include "host/app/given_call.hpp"
#include "host/app/option_text.hpp"
#include "host/app/plugin_reference.hpp"
#include "host/base/suggest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <map>

namespace baton {
namespace {

using Json = nlohmann::ordered_json;

std::string or_dash(const std::string& text) {
  return text.empty() ? "-" : text;
}

std::string list_at(const Json& document, const char* key) {
  std::string text;
  for (const Json& element : document.value(key, Json::array())) {
    text += (text.empty() ? "" : ", ") + (element.is_string() ? element.get<std::string>() : element.dump());
  }
  return text;
}

std::string short_hash(const Json& document) {
  return shown_at(document, "sha256").substr(0, 12);
}

/// 2026-01-31T12:00:00Z.
std::string utc_time(std::int64_t time_us) {
  const std::time_t seconds = time_us / 1'000'000;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::string signal_text(const Json& entry) {
  const int signal = entry.value("signal", 0);
  return signal == 0 ? std::string() : fmt::format("{} ({})", signal, ::strsignal(signal));
}

/// The host has another working directory. What is no file is left as it is.
std::string which_of(const Invocation& invocation) {
  const bool is_path = invocation.target.find('/') != std::string::npos;
  return is_path ? std::filesystem::absolute(invocation.target).lexically_normal().string()
                 : invocation.target;
}

// ---- plugins ------------------------------------------------------------------------------------------

std::string state_text(const Json& file) {
  const std::string state = shown_at(file, "state");
  return file.contains("refused") ? fmt::format("{}: {}: {}", state, shown_at(file["refused"], "reason"),
                                                shown_at(file["refused"], "text"))
         : file.value("elsewhere", false) ? state + ", in no plugin directory"
                                          : state;
}

std::string provides_text(const Json& file) {
  std::string text;
  for (const Json& offer : file.value("provides", Json::array())) {
    text += (text.empty() ? "" : ", ") + shown_at(offer, "kind") + " " + shown_at(offer, "name");
  }
  return text;
}

std::string options_text(const Json& file) {
  std::string text;
  for (const Json& offer : file.value("provides", Json::array())) {
    for (const Json& option : offer.value("options", Json::array())) {
      text += (text.empty() ? "" : ",") + shown_at(option, "name");
    }
  }
  return text;
}

std::string files_text(const Json& document) {
  Rows rows = {
      {"FILE", "NAME", "VERSION", "ABI", "PROVIDES", "OPTIONS", "SHA256", "SIGNED", "USED BY", "STATE"}};
  for (const Json& file : document.at("plugins")) {
    const std::filesystem::path path(shown_at(file, "file"));
    rows.push_back({(file.value("elsewhere", false) ? path : path.filename()).string(),
                    or_dash(shown_at(file, "name")), or_dash(shown_at(file, "version")),
                    or_dash(shown_at(file, "abi")), or_dash(provides_text(file)), or_dash(options_text(file)),
                    or_dash(short_hash(file)), shown_at(file, "signature"), or_dash(list_at(file, "used_by")),
                    state_text(file)});
  }
  return rows.size() > 1 ? table(rows)
                         : "no files in the plugin directories, and none that runs from elsewhere";
}

std::string offer_text(const Json& offer) {
  const Json& state = offer.at("state");
  std::string text = fmt::format("{} {}: {}\n", shown_at(offer, "kind"), shown_at(offer, "name"),
                                 or_dash(shown_at(offer, "help")));
  text += state.value("writes", 0) == 0 && state.at("reads").empty()
              ? "  state         none is handed over\n"
              : fmt::format("  state         writes version {}, reads {}\n", shown_at(state, "writes"),
                            or_dash(list_at(state, "reads")));
  text += fmt::format("  capabilities  {}", or_dash(list_at(offer, "capabilities")));
  Rows rows = {{"  OPTION", "TYPE", "DEFAULT", "ALLOWED", "HOT", "HELP"}};
  for (const Json& option : offer.at("options")) {
    rows.push_back({"  " + shown_at(option, "name"), shown_at(option, "type"), default_text(option),
                    allowed_text(option), option.value("hot", false) ? "yes" : "-",
                    shown_at(option, "help")});
  }
  return text + (rows.size() > 1 ? "\n" + table(rows) : "\n  options       none");
}

std::string file_text(const Json& file) {
  std::string text = fmt::format("{} {}  {}\n", or_dash(shown_at(file, "name")),
                                 or_dash(shown_at(file, "version")), shown_at(file, "file"));
  const Rows facts = {
      {"  size", shown_at(file, "size") + " bytes"},    {"  sha256", or_dash(shown_at(file, "sha256"))},
      {"  abi", or_dash(shown_at(file, "abi"))},        {"  signature", shown_at(file, "signature")},
      {"  used by", or_dash(list_at(file, "used_by"))}, {"  state", state_text(file)}};
  text += table(facts);
  for (const Json& offer : file.value("provides", Json::array())) {
    text += "\n" + offer_text(offer);
  }
  return text;
}

std::string shown_text(const Json& document) {
  std::string text;
  for (const Json& file : document.at("plugins")) {
    text += (text.empty() ? "" : "\n") + file_text(file);
  }
  return text;
}

// ---- quarantine ---------------------------------------------------------------------------------------

std::string way_out(const std::string& which) {
  return "fix the plugin, or: baton quarantine clear " + which;
}

/// What `quarantine clear` knows it by.
std::string name_of(const Json& entry) {
  const std::string plugin = shown_at(entry, "plugin");
  return plugin.empty() ? short_hash(entry) : plugin;
}

std::string entries_text(const Json& document) {
  Rows rows = {{"SHA256", "PLUGIN", "VERSION", "SINCE", "REASON", "STEP", "SIGNAL", "LEFT OUT", "FILE"}};
  for (const Json& entry : document.at("quarantined")) {
    rows.push_back({short_hash(entry), or_dash(shown_at(entry, "plugin")),
                    or_dash(shown_at(entry, "version")), utc_time(entry.value("time_us", std::int64_t{0})),
                    shown_at(entry, "reason"), or_dash(shown_at(entry, "step")), or_dash(signal_text(entry)),
                    or_dash(list_at(entry, "left_out")), shown_at(entry, "file")});
  }
  if (rows.size() == 1) {
    return "nothing is in quarantine";
  }
  return table(rows) + "\n" +
         way_out(rows.size() == 2 ? name_of(document.at("quarantined").front()) : "PLUGIN");
}

std::string entry_text(const Json& document) {
  std::string text;
  for (const Json& entry : document.at("quarantined")) {
    const Rows rows = {{"plugin", shown_at(entry, "plugin") + " " + shown_at(entry, "version")},
                       {"file", shown_at(entry, "file")},
                       {"sha256", shown_at(entry, "sha256")},
                       {"since", utc_time(entry.value("time_us", std::int64_t{0}))},
                       {"reason", shown_at(entry, "reason")},
                       {"step", or_dash(shown_at(entry, "step"))},
                       {"signal", or_dash(signal_text(entry))},
                       {"text", shown_at(entry, "text")},
                       {"left out", or_dash(list_at(entry, "left_out"))},
                       {"way out", way_out(name_of(entry))}};
    text += (text.empty() ? "" : "\n\n") + table(rows);
  }
  return text;
}

std::string cleared_text(const Json& document) {
  if (document.at("cleared").empty()) {
    return "nothing was in quarantine";
  }
  std::string text;
  for (const Json& entry : document.at("cleared")) {
    text += fmt::format("{}ok  {} {} {} may be tried again", text.empty() ? "" : "\n", short_hash(entry),
                        shown_at(entry, "plugin"), shown_at(entry, "version"));
    if (const std::string left_out = list_at(entry, "left_out"); !left_out.empty()) {
      text += fmt::format(
          "; {} was left out and is not started by this: `baton apply` does, or `add` or `start`, or a "
          "restart",
          left_out);
    }
  }
  return text;
}

}  // namespace

bool is_plugin_verb(std::string_view verb) {
  return verb == "plugins" || verb == "plugin" || verb == "quarantine";
}

const std::vector<std::string>& plugin_verb_actions(std::string_view verb) {
  static const std::vector<std::string> of_plugin = {"show", "doc", "check"};
  static const std::vector<std::string> of_quarantine = {"list", "show", "clear"};
  static const std::vector<std::string> none;
  return verb == "plugin" ? of_plugin : verb == "quarantine" ? of_quarantine : none;
}

std::optional<std::string> plugin_verb_usage_error(const Invocation& invocation) {
  const std::string& verb = invocation.verb;
  const std::string& action = invocation.action;
  const std::vector<std::string>& actions = plugin_verb_actions(verb);
  if (actions.empty()) {
    return std::nullopt;
  }
  if (std::find(actions.begin(), actions.end(), action) == actions.end()) {
    return fmt::format("`{}` is nothing that {} can do{}; there are {}", action, verb,
                       did_you_mean(action, actions), fmt::join(actions, ", "));
  }
  const bool is_clear = action == "clear";
  if (invocation.is_all && !is_clear) {
    return fmt::format("--all is for {} clear", verb);
  }
  const bool has_trial =
      !invocation.settings.empty() || !invocation.calls.empty() || !invocation.replay.empty();
  if (verb == "plugin" && action != "check" && has_trial) {
    return "options, --call and --replay are for plugin check";
  }
  if (auto wrong = calls_usage_error(invocation.calls)) {
    return wrong;
  }
  if (action == "list") {
    return invocation.target.empty() ? std::nullopt
                                     : std::optional<std::string>("list takes nothing more; show does");
  }
  if (invocation.target.empty() != invocation.is_all) {
    return is_clear ? "clear needs a HASH, FILE or PLUGIN, or --all"
                    : fmt::format("{} {} needs to know which", verb, action);
  }
  return std::nullopt;
}

Result<HostRequest> plugin_verb_request(const Invocation& invocation) {
  if (auto wrong = plugin_verb_usage_error(invocation)) {
    return fail(Errc::bad_request, std::move(*wrong));
  }
  const std::string which =
      invocation.target.empty() ? std::string() : "?which=" + percent_encoded(which_of(invocation));
  if (invocation.verb == "plugins") {
    return HostRequest{"GET", "/v1/plugins", {}, {}};
  }
  if (invocation.verb == "plugin") {
    return invocation.action == "check"
               ? fail(Errc::bad_request, "`plugin check` is no request to a host: type it at a shell")
               : Result<HostRequest>(HostRequest{"GET", "/v1/plugins" + which, {}, {}});
  }
  if (invocation.action == "clear") {
    return HostRequest{
        "POST", "/v1/quarantine/clear" + (invocation.is_all ? std::string("?all=true") : which), {}, {}};
  }
  return HostRequest{"GET", "/v1/quarantine" + which, {}, {}};
}

std::string plugin_verb_text(const Invocation& invocation, const std::string& document) {
  const Json parsed = Json::parse(document);
  if (invocation.verb == "plugins") {
    return files_text(parsed);
  }
  if (invocation.verb == "plugin") {
    return invocation.action == "check" ? conformance_text(document)
           : invocation.action == "doc" ? plugin_reference(document)
                                        : shown_text(parsed);
  }
  if (invocation.action == "clear") {
    return cleared_text(parsed);
  }
  return invocation.action == "show" ? entry_text(parsed) : entries_text(parsed);
}

}  // namespace baton
