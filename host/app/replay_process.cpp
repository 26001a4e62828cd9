// SPDX-License-Identifier: Apache-2.0
#include "host/app/replay_process.hpp"

#include "host/app/replay_child.hpp"
#include "host/app/temporary_folder.hpp"
#include "host/loader/probe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <limits>

namespace baton {
namespace {

using Json = nlohmann::ordered_json;

/// Takes the documents of the process in; returns whether it was through.
bool take_in(const std::string& output, Replay& replay) {
  bool is_done = false;
  std::size_t begin = 0;
  for (std::size_t end = output.find('\n'); end != std::string::npos; end = output.find('\n', begin)) {
    const Json line = Json::parse(output.substr(begin, end - begin), nullptr, false);
    begin = end + 1;
    if (line.contains("made")) {
      replay.type = line["made"].value("type", "");
      replay.version = line["made"].value("version", "");
    } else if (line.contains("error")) {
      replay.error = line.value("error", "");
      is_done = true;
    } else if (line.contains("event")) {
      replay.events.push_back({"", "", 0, {}});
    } else if (line.contains("verdict") && !replay.events.empty()) {
      replay.events.back() = {line.value("verdict", ""), line.value("reason", ""), line.value("us", 0.0),
                              line.value("effects", std::vector<std::string>())};
    } else if (line.contains("state_version")) {
      replay.has_state = true;
      replay.state_bytes = line.value("state_bytes", std::size_t{0});
    }
    is_done = is_done || line.contains("done");
  }
  return is_done;
}

}  // namespace

std::size_t Replay::count(std::string_view verdict) const {
  return static_cast<std::size_t>(std::count_if(
      events.begin(), events.end(), [verdict](const auto& event) { return event.verdict == verdict; }));
}

Replay replay_in_process(const std::filesystem::path& library, const Json& input, Duration limit) {
  Replay replay;
  const TemporaryFolder folder;
  const std::string input_file = folder.path() + "/input.json";
  std::ofstream(input_file) << input.dump();
  if (!folder.is_made()) {
    replay.error = "cannot make a temporary folder";
    return replay;
  }
  ProbeLimits limits;
  limits.time = limit;
  limits.report_bytes = std::numeric_limits<std::size_t>::max();
  limits.hears_errors = false;
  const ProbeEnd end = run_probe(
      {"/proc/self/exe", replay_verb, library.string(), input_file, folder.path() + "/libraries"}, limits);
  if (end.start_error != 0) {
    replay.error = fmt::format("no process can be started: {}", std::strerror(end.start_error));
    return replay;
  }
  if (!take_in(end.report, replay)) {
    replay.error = end.text();
    if (!replay.events.empty() && replay.events.back().verdict.empty()) {
      replay.events.back().verdict = "ended the process";
      replay.events.back().reason = replay.error;
    }
  }
  return replay;
}

}  // namespace baton
