// SPDX-License-Identifier: Apache-2.0
#include "host/loader/library_store.hpp"

#include "host/base/assert.hpp"
#include "host/loader/process_libraries.hpp"
#include "host/loader/suspects.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace baton {
namespace {

void log_state(Log& log, const LibraryRecord& record) {
  const std::string serial = fmt::to_string(record.serial);
  const std::string file = record.file.string();
  const LogFields fields = {{"file", file},     {"plugin", record.plugin}, {"version", record.version},
                            {"serial", serial}, {"sha256", record.sha256}, {"reason", record.reason}};
  switch (record.state) {
    case LibraryState::loaded:
      log.info("library_loaded", fields);
      break;
    case LibraryState::unloaded:
      log.info("library_unloaded", fields);
      break;
    case LibraryState::pinned:
      log.warning("library_pinned", fields);
      break;
  }
}

LibraryRecord record_of(const Library& library) {
  const PluginIdentity& identity = library.identity();
  return {identity.file,
          identity.sha256,
          identity.manifest.name,
          identity.manifest.version,
          library.serial(),
          LibraryState::loaded,
          {},
          {}};
}

std::chrono::microseconds lap(std::chrono::steady_clock::time_point& since) {
  const auto now = std::chrono::steady_clock::now();
  return std::chrono::duration_cast<std::chrono::microseconds>(now - std::exchange(since, now));
}

}  // namespace

std::string_view library_state_name(LibraryState state) {
  switch (state) {
    case LibraryState::loaded:
      return "loaded";
    case LibraryState::unloaded:
      return "unloaded";
    case LibraryState::pinned:
      return "pinned";
  }
  return "loaded";
}

Result<std::unique_ptr<LibraryStore>> LibraryStore::open(const std::filesystem::path& runtime_directory,
                                                         Log& log, std::optional<Trial> trial) {
  Result<PrivateFolder> folder = PrivateFolder::create(runtime_directory);
  if (!folder) {
    return fail(std::move(folder.error()));
  }
  return std::unique_ptr<LibraryStore>(
      new LibraryStore(std::move(*folder), runtime_directory, log, std::move(trial)));
}

LibraryStore::LibraryStore(PrivateFolder folder, std::filesystem::path runtime_directory, Log& log,
                           std::optional<Trial> trial)
    : folder_(std::move(folder)),
      runtime_directory_(std::move(runtime_directory)),
      trial_(std::move(trial)),
      log_(log) {}

LibraryStore::~LibraryStore() {
  const Lock lock(mutex_);
  BATON_ASSERT(std::ranges::none_of(
      entries_, [](const auto& entry) { return entry.second.record.state == LibraryState::loaded; }));
}

std::shared_ptr<const Library> LibraryStore::find(std::string_view sha256) {
  const Lock lock(mutex_);
  return find_locked(sha256);
}

std::shared_ptr<const Library> LibraryStore::find_locked(std::string_view sha256) {
  for (const auto& [serial, entry] : entries_) {
    if (entry.record.state != LibraryState::loaded || entry.record.sha256 != sha256) {
      continue;
    }
    // Returned at once: letting go of it here could end it, under our mutex.
    if (auto library = entry.library.lock()) {
      return library;
    }
  }
  return nullptr;
}

std::shared_ptr<const Library> LibraryStore::begin_load(const std::string& sha256, std::uint64_t& serial) {
  Lock lock(mutex_);
  for (;;) {
    if (auto library = find_locked(sha256)) {
      return library;
    }
    if (loading_.insert(sha256).second) {
      serial = ++last_serial_;
      return nullptr;
    }
    load_ended_.wait(lock);
  }
}

void LibraryStore::end_load(const std::string& sha256, const std::shared_ptr<const Library>& library,
                            LoadTimes times) {
  const Lock lock(mutex_);
  if (library != nullptr) {
    forget_oldest_gone();
    Entry& entry = entries_[library->serial()];
    entry = {record_of(*library), library->copy(), library};
    entry.record.times = times;
  }
  loading_.erase(sha256);
  load_ended_.notify_all();
}

Judged<std::shared_ptr<const Library>> LibraryStore::load(PluginIdentity identity,
                                                          std::span<const std::byte> bytes) {
  const std::string sha256 = identity.sha256;
  std::uint64_t serial = 0;
  if (auto library = begin_load(sha256, serial)) {
    return library;
  }
  LoadTimes times;
  auto loaded = [&] {
    try {
      return load_copy(std::move(identity), bytes, serial, times);
    } catch (...) {  // no memory, as a rule: whoever waits for this content must not wait for ever
      end_load(sha256, nullptr, {});
      throw;
    }
  }();
  end_load(sha256, loaded.value_or(nullptr), times);
  if (loaded) {
    log_state(log_, record_of(**loaded));
  }
  return loaded;
}

Judged<std::shared_ptr<const Library>> LibraryStore::load_copy(PluginIdentity identity,
                                                               std::span<const std::byte> bytes,
                                                               std::uint64_t serial, LoadTimes& times) {
  auto since = std::chrono::steady_clock::now();
  Result<PrivateCopy> copy = PrivateCopy::write(folder_, identity.sha256, serial, bytes);
  if (!copy) {
    return refuse(RefusalReason::unreadable, std::move(copy.error().text));
  }
  times.copy = lap(since);
  if (trial_) {
    if (auto refusal = trial_->run(copy->path(), runtime_directory_)) {
      return tl::make_unexpected(std::move(*refusal));
    }
    times.trial = lap(since);
  }
  const std::shared_ptr<Suspect> suspect = suspects_ == nullptr ? nullptr : suspects_->watch(identity);
  auto library = Library::load(std::move(identity), std::move(*copy), serial, *this, suspect);
  times.load = lap(since);
  return library;
}

std::optional<Refusal> LibraryStore::try_out(const PluginIdentity& identity,
                                             std::span<const std::byte> bytes) {
  std::uint64_t serial = 0;
  {
    const Lock lock(mutex_);
    serial = ++last_serial_;
  }
  const Result<PrivateCopy> copy = PrivateCopy::write(folder_, identity.sha256, serial, bytes);
  if (!copy) {
    return Refusal{RefusalReason::unreadable, copy.error().text};
  }
  return trial_ ? trial_->run(copy->path(), runtime_directory_) : std::nullopt;
}

void LibraryStore::library_released(std::uint64_t serial, const std::optional<std::string>& pinned) {
  LibraryRecord record;
  {
    const Lock lock(mutex_);
    LibraryRecord& ours = entries_.at(serial).record;
    ours.state = pinned ? LibraryState::pinned : LibraryState::unloaded;
    ours.reason = pinned.value_or("");
    record = ours;
  }
  log_state(log_, record);
}

std::vector<LibraryRecord> LibraryStore::records() {
  std::vector<LibraryRecord> all;
  std::vector<LibraryRecord> gone_late;
  {
    const Lock lock(mutex_);
    for (auto& [serial, entry] : entries_) {
      if (entry.record.state == LibraryState::pinned && !is_mapped(entry.copy)) {
        entry.record.state = LibraryState::unloaded;
        entry.record.reason.clear();
        gone_late.push_back(entry.record);
      }
      all.push_back(entry.record);
    }
  }
  for (const LibraryRecord& record : gone_late) {
    log_state(log_, record);
  }
  return all;
}

std::optional<LibraryRecord> LibraryStore::record(std::uint64_t serial) {
  std::vector<LibraryRecord> all = records();
  const auto found = std::ranges::find(all, serial, &LibraryRecord::serial);
  return found == all.end() ? std::nullopt : std::optional(std::move(*found));
}

void LibraryStore::forget_oldest_gone() {
  const auto is_gone = [](const auto& entry) {
    return entry.second.record.state == LibraryState::unloaded;
  };
  if (std::ranges::count_if(entries_, is_gone) > static_cast<std::ptrdiff_t>(gone_records_max)) {
    entries_.erase(std::ranges::find_if(entries_, is_gone));
  }
}

}  // namespace baton
