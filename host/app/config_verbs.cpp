// SPDX-License-Identifier: Apache-2.0
#include "host/app/config_verbs.hpp"

#include "host/app/document_text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <ctime>
#include <filesystem>
#include <utility>
#include <vector>

namespace baton {
namespace {

using Json = nlohmann::ordered_json;

HostRequest post(std::string path, const Json& body) {
  return {"POST", std::move(path), body.dump(), "application/json"};
}

/// The body that names a file; the host has another working directory.
Json file_document(const Invocation& invocation) {
  Json document = Json::object();
  if (!invocation.file.empty()) {
    document["file"] = std::filesystem::absolute(invocation.file).lexically_normal().string();
  }
  return document;
}

/// The id of a plan, and not a file that happens to be called so.
bool is_plan_id(const std::filesystem::path& word) {
  const std::string text = word.string();
  std::error_code ignored;
  return text.size() == 6 && text.find_first_not_of("0123456789abcdef") == std::string::npos &&
         !std::filesystem::exists(word, ignored);
}

HostRequest apply_request(const Invocation& invocation) {
  return is_plan_id(invocation.file) ? post("/v1/config/apply", {{"plan", invocation.file.string()}})
                                     : post("/v1/config/apply", file_document(invocation));
}

std::string symbol_of(const std::string& action) {
  static constexpr std::array<std::pair<const char*, const char*>, 5> symbols = {
      {{"add", "+"}, {"start", "+"}, {"remove", "-"}, {"stop", "-"}, {"swap", "*"}}};
  const auto found = std::find_if(symbols.begin(), symbols.end(),
                                  [&](const auto& symbol) { return action == symbol.first; });
  return found == symbols.end() ? "~" : found->second;
}

std::string joined(const Json& names) {
  std::string text;
  for (const Json& name : names) {
    text += (text.empty() ? "" : ", ") + name.get<std::string>();
  }
  return text;
}

std::string later_text(const Json& later) {
  std::string text;
  for (const Json& line : later) {
    text += fmt::format("\n  ! {}  with the next start of the host", line.get<std::string>());
  }
  return text;
}

std::string indented(const std::string& lines) {
  std::string text;
  for (std::size_t begin = 0; begin < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', begin), lines.size());
    text += "\n  " + lines.substr(begin, end - begin);
    begin = end + 1;
  }
  return text;
}

/// What there is to know before one goes back.
std::string undo_text(const Json& apply) {
  std::string text;
  if (apply.value("found_by_hand", false)) {
    text += fmt::format("\n  generation {} is what ran, with what was changed since the last apply",
                        shown_at(apply, "previous"));
  }
  const Json not_kept = apply.value("not_kept", Json::array());
  if (!not_kept.empty()) {
    text +=
        fmt::format("\n  rollback does not bring back {}: no file of that version is left", joined(not_kept));
  }
  for (const Json& step : apply["steps"]) {
    if (step.value("loses_state", false)) {
      text += fmt::format("\n  rollback does not bring back the state of {}", shown_at(step, "target"));
    }
  }
  return text;
}

std::string utc(std::int64_t microseconds) {
  const std::time_t seconds = microseconds / 1'000'000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text.data(), size};
}

}  // namespace

Result<HostRequest> config_request(const Invocation& invocation) {
  if (invocation.verb == "apply") {
    return apply_request(invocation);
  }
  if (invocation.verb == "reload") {
    return post(invocation.waits ? "/v1/config/apply" : "/v1/config/reload", Json::object());
  }
  if (invocation.verb == "history") {
    return HostRequest{"GET", "/v1/config/history", {}, {}};
  }
  if (invocation.verb == "rollback") {
    return post("/v1/config/rollback",
                {{"generation", invocation.count}, {"dry_run", invocation.is_dry_run}});
  }
  if (invocation.verb == "config") {
    return post("/v1/config/save", {{"dry_run", invocation.is_dry_run}});
  }
  if (invocation.is_drift) {
    return HostRequest{"GET", "/v1/config/drift", {}, {}};
  }
  return post("/v1/config/plan", file_document(invocation));
}

std::string plan_text(const Json& document) {
  const Json& plan = document["plan"];
  const std::string warnings = shown_at(plan, "warnings");
  const std::string unchanged = joined(plan["unchanged"]);
  const std::string goal =
      plan.contains("back_to") ? "generation " + shown_at(plan, "back_to") : shown_at(plan, "file");
  const std::string rest = (unchanged.empty() ? "" : "\n  = " + unchanged + "  unchanged, not touched") +
                           later_text(plan["later"]);
  if (plan["steps"].empty()) {
    return fmt::format("{}nothing to do: generation {} is what {} says{}", warnings,
                       shown_at(plan, "generation"), goal, later_text(plan["later"]));
  }
  Rows rows;
  for (const Json& step : plan["steps"]) {
    const std::string action = shown_at(step, "action");
    rows.push_back({symbol_of(action) + " " + shown_at(step, "target"), action, shown_at(step, "what"),
                    shown_at(step, "reason")});
  }
  const std::string id = shown_at(plan, "id");
  return fmt::format(
      "{}plan of {} {} from generation {} to {}; nothing has been changed\n{}{}\napply it: baton apply {}",
      warnings, rows.size(), rows.size() == 1 ? "step" : "steps", shown_at(plan, "generation"), goal,
      indented(table(rows)), rest, id);
}

std::string save_text(const Json& document) {
  const Json& save = document["save"];
  const std::string file = shown_at(save, "file");
  std::string text = save["changes"].empty()        ? fmt::format("nothing to do: {} says what runs", file)
                     : save.value("written", false) ? "written into " + file
                                                    : "would be written into " + file;
  for (const Json& change : save["changes"]) {
    text += "\n  " + change.get<std::string>();
  }
  for (const Json& version : save.value("versions", Json::array())) {
    text += fmt::format(
        "\nnot in a config, and undone by the next apply ({}): copy its file into a plugin folder",
        version.get<std::string>());
  }
  return text;
}

namespace {

std::string applied_text(const Json& apply) {
  const std::string result = shown_at(apply, "result");
  const std::string later = later_text(apply["later"]);
  if (apply["steps"].empty()) {
    return fmt::format("nothing to do: generation {} goes on{}", shown_at(apply, "generation"), later);
  }
  Rows rows;
  for (const Json& step : apply["steps"]) {
    const std::string action = shown_at(step, "action");
    const std::string text = shown_at(step, "text");
    const bool has_taken_time = step.value("took_us", 0) > 0;
    rows.push_back({symbol_of(action) + " " + shown_at(step, "target"), action, shown_at(step, "outcome"),
                    has_taken_time ? fmt::format("{:.2f} ms", step.value("took_us", 0.0) / 1000) : "",
                    text.empty() ? shown_at(step, "what") : shown_at(step, "what") + "  " + text});
  }
  const std::string steps = table(rows);
  if (result == "done") {
    return fmt::format("{}\ngeneration {} in {} ms, {} of {} steps done; undo: baton rollback {}{}{}", steps,
                       shown_at(apply, "generation"), shown_at(apply, "took_ms"), rows.size(), rows.size(),
                       shown_at(apply, "previous"), undo_text(apply), later);
  }
  return fmt::format("{}\n{}: {}\ngeneration {} {}", steps, result == "taken_back" ? "failed" : "FAILED",
                     shown_at(apply, "error"), shown_at(apply, "generation"),
                     result == "taken_back"
                         ? "goes on: what was done has been taken back"
                         : "is NOT what runs: see the step that failed, and those that were "
                           "not taken back");
}

}  // namespace

std::string apply_text(const Json& document) {
  const Json& apply = document["apply"];
  return apply.value("warnings", "") + applied_text(apply);
}

std::string reload_text(const Json& document) {
  return document.contains("apply") ? apply_text(document)
                                    : "asked for; `baton history` and the log say what came of it";
}

std::string history_text(const Json& document) {
  Rows rows = {{"GENERATION", "WHEN", "WHO", "WHAT", "STEPS", "RESULT"}};
  const Json& history = document["history"];
  for (auto record = history.rbegin(); record != history.rend(); ++record) {
    const bool is_failure = record->value("failed", false);
    rows.push_back({is_failure ? "-" : shown_at(*record, "generation"),
                    utc(record->value("time_us", std::int64_t{0})), shown_at(*record, "who"),
                    shown_at(*record, "what"), shown_at(*record, "steps"), shown_at(*record, "result")});
  }
  return table(rows);
}

std::string rollback_text(const Json& document) {
  return document.contains("plan") ? plan_text(document) : apply_text(document);
}

std::optional<ExitCode> config_exit_code(const Json& document) {
  if (!document.is_object()) {
    return std::nullopt;
  }
  if (const auto plan = document.find("plan"); plan != document.end() && plan->is_object()) {
    return (*plan)["steps"].empty() ? ExitCode::done : ExitCode::changes;
  }
  const auto apply = document.find("apply");
  if (apply == document.end() || !apply->is_object()) {
    return std::nullopt;
  }
  const std::string result = shown_at(*apply, "result");
  if (result == "done") {
    return ExitCode::done;
  }
  return result == "taken_back" ? ExitCode::taken_back : ExitCode::half_taken_back;
}

}  // namespace baton
