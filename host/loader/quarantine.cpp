// SPDX-License-Identifier: Apache-2.0
#include "host/loader/quarantine.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

namespace baton {
namespace {

using Json = nlohmann::json;

Json to_json(const QuarantineEntry& entry) {
  return {{"sha256", entry.sha256},    {"file", entry.file.string()},
          {"plugin", entry.plugin},    {"version", entry.version},
          {"time_us", entry.time_us},  {"reason", refusal_name(entry.refusal.reason)},
          {"text", entry.refusal.text}};
}

/// Throws Json::exception or std::invalid_argument.
QuarantineEntry from_json(const Json& json) {
  const auto reason = refusal_from_name(json.at("reason").get<std::string>());
  if (!reason) {
    throw std::invalid_argument("unknown reason");
  }
  return {json.at("sha256"),
          json.at("file").get<std::string>(),
          json.at("plugin"),
          json.at("version"),
          {*reason, json.at("text").get<std::string>()},
          json.at("time_us")};
}

}  // namespace

Quarantine::Quarantine(std::filesystem::path file, const Clock& clock, Log& log)
    : file_(std::move(file)), clock_(clock), log_(log) {
  std::ifstream stream(file_);
  if (!stream) {
    return;  // nothing has failed yet
  }
  try {
    const Json document = Json::parse(stream);
    const Lock lock(mutex_);
    for (const Json& json : document.at("quarantined")) {
      QuarantineEntry entry = from_json(json);
      std::string sha256 = entry.sha256;
      entries_.insert_or_assign(std::move(sha256), std::move(entry));
    }
  } catch (const std::exception& error) {
    log_.warning("quarantine_unreadable", {{"file", file_.string()}, {"reason", error.what()}});
  }
}

std::optional<QuarantineEntry> Quarantine::find(std::string_view sha256) const {
  const Lock lock(mutex_);
  const auto found = entries_.find(sha256);
  return found == entries_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<QuarantineEntry> Quarantine::list() const {
  std::vector<QuarantineEntry> all;
  {
    const Lock lock(mutex_);
    std::ranges::transform(entries_, std::back_inserter(all), [](const auto& entry) { return entry.second; });
  }
  std::ranges::stable_sort(all, {}, &QuarantineEntry::time_us);
  return all;
}

void Quarantine::add(QuarantineEntry entry) {
  entry.time_us = clock_.utc_now_us();
  log_.error("quarantined", {{"file", entry.file.string()},
                             {"plugin", entry.plugin},
                             {"version", entry.version},
                             {"sha256", entry.sha256},
                             {"reason", refusal_name(entry.refusal.reason)},
                             {"text", entry.refusal.text}});
  const Lock one_at_a_time(store_mutex_);
  Entries entries;
  {
    const Lock lock(mutex_);
    std::string sha256 = entry.sha256;
    entries_.insert_or_assign(std::move(sha256), std::move(entry));
    entries = entries_;
  }
  store(entries);
}

Result<QuarantineEntry> Quarantine::clear(std::string_view prefix) {
  const Lock one_at_a_time(store_mutex_);
  Entries entries;
  QuarantineEntry cleared;
  {
    const Lock lock(mutex_);
    const auto begins = [prefix](const auto& entry) {
      return entry.first.starts_with(prefix);
    };
    const auto found = std::ranges::find_if(entries_, begins);
    if (prefix.empty() || found == entries_.end()) {
      return fail(Errc::not_found,
                  fmt::format("nothing in quarantine has a hash that begins with `{}`", prefix));
    }
    if (std::find_if(std::next(found), entries_.end(), begins) != entries_.end()) {
      return fail(Errc::bad_request,
                  fmt::format("several hashes in quarantine begin with `{}`; give more of it", prefix));
    }
    cleared = std::move(found->second);
    entries_.erase(found);
    entries = entries_;
  }
  store(entries);
  log_.info("quarantine_cleared", {{"file", cleared.file.string()}, {"sha256", cleared.sha256}});
  return cleared;
}

void Quarantine::store(const Entries& entries) {
  if (file_.empty()) {
    return;
  }
  Json list = Json::array();
  for (const auto& [sha256, entry] : entries) {
    list.push_back(to_json(entry));
  }
  const std::filesystem::path fresh = file_.string() + ".new";
  std::ofstream stream(fresh, std::ios::trunc);
  // A plugin's text may be anything; what is not UTF-8 is replaced.
  stream << Json{{"quarantined", std::move(list)}}.dump(2, ' ', false, Json::error_handler_t::replace)
         << '\n';
  stream.close();
  std::error_code error = stream ? std::error_code() : std::error_code(errno, std::generic_category());
  if (!error) {
    std::filesystem::rename(fresh, file_, error);
  }
  if (error) {  // still refused as long as the host lives
    log_.warning("quarantine_unwritable", {{"file", file_.string()}, {"reason", error.message()}});
  }
}

}  // namespace baton
