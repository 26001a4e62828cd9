// SPDX-License-Identifier: Apache-2.0
#include "host/app/try_document.hpp"

#include "host/app/given_call.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace baton {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

void put_times(const Tried& tried, Json& document) {
  double sum_us = 0;
  double max_us = 0;
  for (const TriedEvent& event : tried.events) {
    sum_us += event.us;
    max_us = std::max(max_us, event.us);
  }
  document["mean_us"] = sum_us / static_cast<double>(std::max<std::size_t>(tried.events.size(), 1));
  document["max_us"] = max_us;
}

Json effects_document(const Tried& tried) {
  Json effects = Json::array();
  for (const std::string& effect : tried.create_effects) {
    effects.push_back({{"step", "create"}, {"effect", effect}});
  }
  for (std::size_t i = 0; i < tried.events.size(); ++i) {
    for (const std::string& effect : tried.events[i].effects) {
      effects.push_back({{"event", i}, {"effect", effect}});
    }
  }
  for (std::size_t i = 0; i < tried.calls.size(); ++i) {
    for (const std::string& effect : tried.calls[i].effects) {
      effects.push_back({{"call", i}, {"effect", effect}});
    }
  }
  return effects;
}

Json problems_document(const Tried& tried) {
  Json problems = Json::array();
  for (std::size_t i = 0; i < tried.events.size(); ++i) {
    const TriedEvent& event = tried.events[i];
    if (event.verdict != "handled") {
      problems.push_back({{"event", i}, {"verdict", event.verdict}, {"reason", event.reason}});
    }
  }
  return problems;
}

Json calls_document(const Tried& tried, const std::vector<std::string>& calls) {
  Json all = Json::array();
  for (std::size_t i = 0; i < std::min(tried.calls.size(), calls.size()); ++i) {
    const GivenCall given = read_call(calls[i]);
    Json call = {{"request", given.request}};
    if (!given.data.empty()) {
      call["data"] = given.data;
    }
    call.update(tried.calls[i].answer);
    all.push_back(std::move(call));
  }
  return all;
}

}  // namespace

Json tried_document(const fs::path& file, const Tried& tried, const std::vector<std::string>& calls) {
  const std::size_t handled = tried.count("handled");
  const std::size_t refused = tried.count("refused");
  Json document = {{"file", file.string()},    {"type", tried.type},
                   {"version", tried.version}, {"handled", handled},
                   {"refused", refused},       {"failed", tried.events.size() - handled - refused}};
  put_times(tried, document);
  document["effects"] = effects_document(tried);
  document["problems"] = problems_document(tried);
  if (!calls.empty()) {
    document["calls"] = calls_document(tried, calls);
  }
  if (tried.state_bytes) {
    document["state_bytes"] = *tried.state_bytes;
  }
  if (!tried.error.empty()) {
    document["error"] = tried.error;
  }
  return document;
}

std::string verdict_at(const Tried& tried, std::size_t event) {
  return event < tried.events.size() ? tried.events[event].verdict : "not reached";
}

Json differences(const Tried& candidate, const Tried& running) {
  Json all = Json::array();
  if (candidate.create_effects != running.create_effects) {
    all.push_back(
        {{"step", "create"}, {"candidate", candidate.create_effects}, {"running", running.create_effects}});
  }
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

}  // namespace baton
