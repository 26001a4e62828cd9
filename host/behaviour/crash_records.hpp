// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/mutex.hpp"
#include "host/behaviour/instance.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace baton {

/// The message that a callback crashed on.
struct CrashedMessage {
  std::string type;
  std::string content_type;
  std::uint64_t seq = 0;  // of an event; 0: a call or info
  std::size_t size = 0;   // of its data
  std::string beginning;  // of its data; empty when format_status has redacted the message
  std::string shown;      // as format_status shows it: `msg "Hello" seq=3`
};

/// A saved state, without its bytes.
struct SavedState {
  std::uint32_t version = 0;
  std::size_t size = 0;
  std::uint64_t at_event = 0;  // the last one that it knows of
};

/// Something that was done about a crash.
struct CrashDeed {
  std::int64_t time_us = 0;  // since 1970, UTC
  std::string text;
};

/// One crash of a handler, and what was done about it.
struct CrashRecord {
  std::uint64_t id = 0;      // from 1; never used again as long as the host lives
  std::int64_t time_us = 0;  // since 1970, UTC
  std::string manager;
  std::string handler;
  std::uint64_t instance = 0;
  std::string type;
  std::string version;   // of the plugin
  CodeOrigin origin;     // of the code
  std::string policy;    // on_crash_name()
  std::string callback;  // where: "handle_event", "handle_call", "handle_info", "change_options"
  CrashedMessage message;
  std::string state;                // as format_status shows what the crash left; empty: it shows nothing
  std::optional<SavedState> saved;  // what a restart begins with
  std::string reason;
  std::vector<CrashDeed> done;  // in the order of doing
};

/// Which contents must not run again. Both are called on the threads of managers, and may wait for the disk.
struct CrashQuarantine {
  std::function<void(const CrashRecord&)> add = {};  // the content of its origin
  std::function<bool(const CodeOrigin&)> has = {};
};

/// The last crashes of handlers, for people: each is kept with what was done about it, and the oldest go
/// when there are too many. Owned by Host; outlives the managers. Threads: any; nothing waits, unless the
/// quarantine does.
class CrashRecords {
 public:
  static constexpr std::size_t records_default = 256;
  static constexpr std::size_t deeds_max = 32;  // of one record; then the last is replaced

  explicit CrashRecords(CrashQuarantine quarantine = {}, std::size_t records_max = records_default)
      : quarantine_(std::move(quarantine)), records_max_(records_max) {}

  /// Returns its id.
  std::uint64_t add(CrashRecord record);

  /// No effect when the record is not kept any more.
  void add_deed(std::uint64_t id, CrashDeed deed);

  /// False: there is no quarantine, or the code comes from no file.
  [[nodiscard]] bool quarantine(const CrashRecord& record) const;

  [[nodiscard]] bool is_quarantined(const CodeOrigin& origin) const;

  /// Newest first; of one manager, or of one of its handlers, when these are not empty.
  [[nodiscard]] std::vector<CrashRecord> list(std::string_view manager = {},
                                              std::string_view handler = {}) const;

  /// Nothing when it never was, or is not kept any more.
  [[nodiscard]] std::optional<CrashRecord> find(std::uint64_t id) const;

  /// How many there ever were.
  [[nodiscard]] std::uint64_t count() const;

 private:
  const CrashQuarantine quarantine_;
  const std::size_t records_max_;
  mutable Mutex mutex_;
  std::uint64_t last_id_ BATON_GUARDED_BY(mutex_) = 0;
  std::deque<CrashRecord> records_ BATON_GUARDED_BY(mutex_);  // by id, without a gap
};

}  // namespace baton
