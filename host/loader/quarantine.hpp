// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/clock.hpp"
#include "host/base/log.hpp"
#include "host/base/mutex.hpp"
#include "host/base/result.hpp"
#include "host/loader/refusal.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace baton {

/// A content that must not be loaded again, and why.
struct QuarantineEntry {
  std::string sha256;
  std::filesystem::path file;  // where it was found
  std::string plugin;
  std::string version;
  Refusal refusal;
  std::int64_t time_us = 0;  // since 1970, UTC
};

/// What failed is remembered by its content, over restarts of the host: the same bytes are refused at once,
/// other bytes are tried again. Owned by Host; outlives the catalog. Threads: any.
/// Log records: quarantined, quarantine_cleared, quarantine_unreadable, quarantine_unwritable.
class Quarantine {
 public:
  /// Remembers only as long as it lives.
  Quarantine(const Clock& clock, Log& log) : clock_(clock), log_(log) {}

  /// Remembers in `file`, whose folder must exist. What cannot be read there is logged and dropped: a
  /// damaged file must not keep the host from starting.
  Quarantine(std::filesystem::path file, const Clock& clock, Log& log);

  [[nodiscard]] std::optional<QuarantineEntry> find(std::string_view sha256) const;

  /// By time, oldest first.
  [[nodiscard]] std::vector<QuarantineEntry> list() const;

  /// Replaces what is known of that content. The time of the entry is now.
  void add(QuarantineEntry entry);

  /// What `which` means: a file's path or name, a plugin, or the one content whose hash begins so; oldest
  /// first, never empty. Errors: not_found; bad_request when several hashes begin so.
  [[nodiscard]] Result<std::vector<QuarantineEntry>> select(std::string_view which) const;

  /// Lets that be tried again, and returns it. Errors: as select.
  Result<std::vector<QuarantineEntry>> clear(std::string_view which);

  std::vector<QuarantineEntry> clear_all();

 private:
  using Entries = std::map<std::string, QuarantineEntry, std::less<>>;  // by sha256

  void erase(const std::vector<QuarantineEntry>& cleared);

  /// Writes a new file and renames it over the old one.
  void store(const Entries& entries);

  const std::filesystem::path file_;  // empty: none
  const Clock& clock_;
  Log& log_;
  Mutex store_mutex_;  // one at a time, so that an older list never replaces a newer one
  mutable Mutex mutex_;
  Entries entries_ BATON_GUARDED_BY(mutex_);
};

}  // namespace baton
