// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/log.hpp"
#include "host/base/mutex.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace baton::test {

/// Keeps what is logged, so that tests assert on names and fields and never on prose.
class RecordingLog final : public Log {
 public:
  struct Record {
    LogLevel level;
    std::string name;
    std::map<std::string, std::string> fields;
  };

  void write(LogLevel level, std::string_view name, LogFields fields) override {
    Record record{level, std::string(name), {}};
    for (const LogField& field : fields) {
      record.fields.emplace(field.key, field.value);
    }
    const Lock lock(mutex_);
    records_.push_back(std::move(record));
  }

  [[nodiscard]] std::vector<Record> all(std::string_view name) const {
    const Lock lock(mutex_);
    std::vector<Record> found;
    std::copy_if(records_.begin(), records_.end(), std::back_inserter(found),
                 [name](const Record& record) { return record.name == name; });
    return found;
  }

  [[nodiscard]] std::size_t count(std::string_view name) const { return all(name).size(); }

  [[nodiscard]] std::size_t count_at_least(LogLevel level) const {
    const Lock lock(mutex_);
    return static_cast<std::size_t>(std::count_if(
        records_.begin(), records_.end(), [level](const Record& record) { return record.level >= level; }));
  }

  /// Forgets all, where a test is about memory.
  void clear() {
    const Lock lock(mutex_);
    records_.clear();
    records_.shrink_to_fit();
  }

 private:
  mutable Mutex mutex_;
  std::vector<Record> records_ BATON_GUARDED_BY(mutex_);
};

}  // namespace baton::test
