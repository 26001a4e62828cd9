// SPDX-License-Identifier: Apache-2.0
#include "host/app/try_verb.hpp"

#include "host/app/document_text.hpp"
#include "host/app/replay_events.hpp"
#include "host/app/replay_process.hpp"
#include "host/app/requests.hpp"
#include "host/app/session.hpp"
#include "host/app/temporary_folder.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <ostream>
#include <utility>

namespace baton {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr Duration default_limit{60'000};

Result<Json> ask(Client& client, const std::string& path) {
  const auto body = ask_host(client, {"GET", path, {}, {}});
  return body ? Result<Json>(Json::parse(*body)) : fail(body.error());
}

/// The file whose code runs as a handler of that type in the manager; empty when it is not to be found.
fs::path running_file(Client& client, const std::string& manager, const std::string& type) {
  const auto plugins = ask(client, "/v1/plugins?which=" + percent_encoded(type));
  for (const Json& file : plugins ? plugins->value("plugins", Json::array()) : Json::array()) {
    for (const Json& user : file.value("used_by", Json::array())) {
      if (user.get<std::string>().starts_with(manager + "/")) {
        return file.value("file", "");
      }
    }
  }
  return {};
}

Result<Json> input_of(const Invocation& invocation, const ReplayEvents& events) {
  auto options = options_of(invocation);
  if (!options) {
    return fail(options.error());
  }
  return Json{{"handler", invocation.handler_type},
              {"options", std::move(*options)},
              {"directory", fs::current_path().string()},
              {"events", events.file.string()}};
}

Json document_of(const fs::path& file, const Replay& replay) {
  Json effects = Json::array();
  Json problems = Json::array();
  double sum_us = 0;
  double max_us = 0;
  for (std::size_t i = 0; i < replay.events.size(); ++i) {
    const ReplayedEvent& event = replay.events[i];
    for (const std::string& effect : event.effects) {
      effects.push_back({{"event", i}, {"effect", effect}});
    }
    if (event.verdict != "handled") {
      problems.push_back({{"event", i}, {"verdict", event.verdict}, {"reason", event.reason}});
    }
    sum_us += event.us;
    max_us = std::max(max_us, event.us);
  }
  const double count = static_cast<double>(std::max<std::size_t>(replay.events.size(), 1));
  Json document = {{"file", file.string()},
                   {"type", replay.type},
                   {"version", replay.version},
                   {"handled", replay.count("handled")},
                   {"refused", replay.count("refused")},
                   {"failed", replay.events.size() - replay.count("handled") - replay.count("refused")},
                   {"mean_us", sum_us / count},
                   {"max_us", max_us},
                   {"effects", std::move(effects)},
                   {"problems", std::move(problems)}};
  if (replay.has_state) {
    document["state_bytes"] = replay.state_bytes;
  }
  if (!replay.error.empty()) {
    document["error"] = replay.error;
  }
  return document;
}

std::string verdict_at(const Replay& replay, std::size_t i) {
  return i < replay.events.size() ? replay.events[i].verdict : "not reached";
}

/// Where the two did not do the same; times apart.
Json differences(const Replay& candidate, const Replay& running) {
  Json all = Json::array();
  for (std::size_t i = 0; i < std::max(candidate.events.size(), running.events.size()); ++i) {
    const bool are_both_there = i < candidate.events.size() && i < running.events.size();
    if (verdict_at(candidate, i) != verdict_at(running, i)) {
      all.push_back(
          {{"event", i}, {"candidate", verdict_at(candidate, i)}, {"running", verdict_at(running, i)}});
    } else if (are_both_there && candidate.events[i].effects != running.events[i].effects) {
      all.push_back(
          {{"event", i}, {"candidate", candidate.events[i].effects}, {"running", running.events[i].effects}});
    }
  }
  return all;
}

/// A manager may well be called as some file in this folder: that one needs a `./` or an ending.
bool is_file_name(const std::string& source) {
  std::error_code ignored;
  return source.find('/') != std::string::npos ||
         (source.find('.') != std::string::npos && fs::is_regular_file(source, ignored));
}

std::string number(const Json& of, const char* key) {
  return of.contains(key) ? of[key].dump() : "-";
}

std::string time(const Json& of, const char* key) {
  return fmt::format("{:.1f} us", of.value(key, 0.0));
}

std::string text_of(const Json& document) {
  std::vector<Json> sides = {document.at("candidate")};
  if (document.contains("running")) {
    sides.push_back(document.at("running"));
  }
  std::vector<std::vector<std::string>> rows = {{"", "CANDIDATE", "RUNNING"},
                                                {"version"},
                                                {"handled"},
                                                {"refused"},
                                                {"failed"},
                                                {"effects"},
                                                {"time, mean"},
                                                {"time, max"},
                                                {"state, bytes"}};
  if (sides.size() == 1) {
    rows[0].pop_back();
  }
  for (const Json& side : sides) {
    const std::vector<std::string> column = {side.value("version", ""),
                                             number(side, "handled"),
                                             number(side, "refused"),
                                             number(side, "failed"),
                                             std::to_string(side.at("effects").size()),
                                             time(side, "mean_us"),
                                             time(side, "max_us"),
                                             number(side, "state_bytes")};
    for (std::size_t i = 0; i < column.size(); ++i) {
      rows[i + 1].push_back(column[i].empty() ? "-" : column[i]);
    }
  }
  std::string text = fmt::format("{} events", document.value("events", 0));
  if (const int left_out = document.value("left_out", 0); left_out > 0) {
    text += fmt::format("; {} more are left out: too large for what the manager keeps", left_out);
  }
  text += "\n" + table(rows);
  const Json& candidate = sides.front();
  if (candidate.contains("error")) {
    text += "\ncandidate: " + candidate.value("error", "");
  }
  for (const Json& problem : candidate.at("problems")) {
    text += fmt::format("\nevent {}: {}: {}", problem.value("event", 0), problem.value("verdict", ""),
                        problem.value("reason", ""));
  }
  for (const Json& effect : candidate.at("effects")) {
    text += fmt::format("\nevent {}: effect: {}", effect.value("event", 0), effect.value("effect", ""));
  }
  for (const Json& difference : document.value("differences", Json::array())) {
    text += fmt::format("\nevent {} differs: candidate {}, running {}", difference.value("event", 0),
                        difference["candidate"].dump(), difference["running"].dump());
  }
  return text;
}

/// The candidate may take the other one's place as far as these events can tell.
bool is_good(const Replay& candidate, const std::optional<Replay>& running) {
  if (!candidate.error.empty()) {
    return false;
  }
  for (std::size_t i = 0; i < candidate.events.size(); ++i) {
    const bool is_expected = running && verdict_at(*running, i) == candidate.events[i].verdict;
    if (candidate.events[i].verdict != "handled" && !is_expected) {
      return false;
    }
  }
  return true;
}

}  // namespace

ExitCode run_try(const Invocation& invocation, Client& client, std::ostream& out, std::ostream& err) {
  Session session(client, out, err);
  const TemporaryFolder folder;
  const fs::path into = folder.path() + "/events.jsonl";
  const bool is_file = is_file_name(invocation.replay);
  const auto events = is_file ? events_of_file(invocation.replay, invocation.event_type, into)
                              : events_of_manager(client, invocation.replay, into);
  const auto input = events ? input_of(invocation, *events) : fail(events.error());
  if (!input) {
    return session.print(invocation, fail(input.error()));
  }
  const Duration limit = invocation.timeout.value_or(default_limit);
  const fs::path file = fs::absolute(invocation.file).lexically_normal();
  const Replay candidate = replay_in_process(file, *input, limit);
  Json document = {
      {"events", events->count}, {"left_out", events->left_out}, {"candidate", document_of(file, candidate)}};
  std::optional<Replay> running;
  if (const fs::path other = is_file || candidate.type.empty()
                                 ? fs::path()
                                 : running_file(client, invocation.replay, candidate.type);
      !other.empty()) {
    Json same = *input;
    same["handler"] = candidate.type;
    running = replay_in_process(other, same, limit);
    document["running"] = document_of(other, *running);
    document["differences"] = differences(candidate, *running);
  }
  out << (invocation.format == OutputFormat::text
              ? text_of(document)
              : document.dump(-1, ' ', false, Json::error_handler_t::replace))
      << std::endl;
  return is_good(candidate, running) ? ExitCode::done : ExitCode::refused;
}

}  // namespace baton
