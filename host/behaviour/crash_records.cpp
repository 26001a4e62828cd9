// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/crash_records.hpp"

#include <algorithm>
#include <utility>

namespace baton {

std::uint64_t CrashRecords::add(CrashRecord record) {
  const Lock lock(mutex_);
  record.id = ++last_id_;
  records_.push_back(std::move(record));
  if (records_.size() > records_max_) {
    records_.pop_front();
  }
  return last_id_;
}

void CrashRecords::add_deed(std::uint64_t id, CrashDeed deed) {
  const Lock lock(mutex_);
  if (records_.empty() || id < records_.front().id || id > records_.back().id) {
    return;
  }
  std::vector<CrashDeed>& done = records_[id - records_.front().id].done;
  if (done.size() < deeds_max) {
    done.push_back(std::move(deed));
  } else {
    done.back() = std::move(deed);
  }
}

bool CrashRecords::quarantine(const CrashRecord& record) const {
  if (!quarantine_.add || record.origin.sha256.empty()) {
    return false;
  }
  quarantine_.add(record);
  return true;
}

bool CrashRecords::is_quarantined(const CodeOrigin& origin) const {
  return quarantine_.has && !origin.sha256.empty() && quarantine_.has(origin);
}

std::vector<CrashRecord> CrashRecords::list(std::string_view manager, std::string_view handler) const {
  std::vector<CrashRecord> found;
  const Lock lock(mutex_);
  std::copy_if(records_.rbegin(), records_.rend(), std::back_inserter(found), [&](const CrashRecord& record) {
    return (manager.empty() || record.manager == manager) && (handler.empty() || record.handler == handler);
  });
  return found;
}

std::optional<CrashRecord> CrashRecords::find(std::uint64_t id) const {
  const Lock lock(mutex_);
  if (records_.empty() || id < records_.front().id || id > records_.back().id) {
    return std::nullopt;
  }
  return records_[id - records_.front().id];
}

std::uint64_t CrashRecords::count() const {
  const Lock lock(mutex_);
  return last_id_;
}

}  // namespace baton
