// SPDX-License-Identifier: Apache-2.0
#include "host/loader/quarantine.hpp"

#include "host/loader/file_descriptor.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace baton {
namespace {

using Json = nlohmann::json;

Json to_json(const QuarantineEntry& entry) {
  return {{"sha256", entry.sha256},        {"file", entry.file.string()},
          {"plugin", entry.plugin},        {"version", entry.version},
          {"time_us", entry.time_us},      {"reason", refusal_name(entry.refusal.reason)},
          {"text", entry.refusal.text},    {"step", entry.refusal.step},
          {"signal", entry.refusal.signal}};
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
          {*reason, json.at("text").get<std::string>(), json.value("step", ""), json.value("signal", 0)},
          json.at("time_us")};
}

/// Before the name changes hands: a power cut must not leave an empty file under it.
bool is_on_disk(const std::filesystem::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return file.is_open() && ::fsync(file.get()) == 0;
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

Result<std::vector<QuarantineEntry>> Quarantine::select(std::string_view which) const {
  std::vector<QuarantineEntry> named;
  std::vector<QuarantineEntry> begun;
  for (const QuarantineEntry& entry : list()) {
    if (entry.file == which || entry.file.filename() == which || entry.plugin == which) {
      named.push_back(entry);
    } else if (entry.sha256.starts_with(which)) {
      begun.push_back(entry);
    }
  }
  if (!named.empty() && !which.empty()) {
    return named;
  }
  if (begun.empty() || which.empty()) {
    return fail(
        Errc::not_found,
        fmt::format("nothing in quarantine has a hash that begins with `{0}`, nor is `{0}` one of its "
                    "files or plugins",
                    which));
  }
  if (begun.size() > 1) {
    return fail(Errc::bad_request,
                fmt::format("several hashes in quarantine begin with `{}`; give more of it", which));
  }
  return begun;
}

Result<std::vector<QuarantineEntry>> Quarantine::clear(std::string_view which) {
  auto selected = select(which);
  if (selected) {
    erase(*selected);
  }
  return selected;
}

std::vector<QuarantineEntry> Quarantine::clear_all() {
  std::vector<QuarantineEntry> all = list();
  erase(all);
  return all;
}

void Quarantine::erase(const std::vector<QuarantineEntry>& cleared) {
  const Lock one_at_a_time(store_mutex_);
  Entries entries;
  {
    const Lock lock(mutex_);
    for (const QuarantineEntry& entry : cleared) {
      entries_.erase(entry.sha256);
    }
    entries = entries_;
  }
  store(entries);
  for (const QuarantineEntry& entry : cleared) {
    log_.info("quarantine_cleared", {{"file", entry.file.string()}, {"sha256", entry.sha256}});
  }
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
  if (!error && !is_on_disk(fresh)) {
    error.assign(errno, std::generic_category());
  }
  if (!error) {
    std::filesystem::rename(fresh, file_, error);
  }
  if (error) {  // still refused as long as the host lives
    log_.warning("quarantine_unwritable", {{"file", file_.string()}, {"reason", error.message()}});
  }
}

}  // namespace baton
