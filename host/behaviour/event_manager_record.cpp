// SPDX-License-Identifier: Apache-2.0
// EventManager: what it keeps of its last events, for whoever wants to see them again.
#include "host/base/log.hpp"
#include "host/behaviour/event_manager.hpp"

#include <string>
#include <utility>

namespace baton {

Result<RecordStatus> EventManager::record(RecordLimits limits, Duration timeout) {
  return ask_system_change<RecordStatus>(timeout, [this, limits](From<RecordStatus> from) {
    recent_.record(limits);
    runtime().log.info("record_changed", {{"manager", name()},
                                          {"events", std::to_string(limits.events)},
                                          {"bytes", std::to_string(limits.bytes)}});
    from.reply(record_status());
  });
}

Result<RecordedEvents> EventManager::recorded(RecordQuery query, Duration timeout) {
  return ask_system<RecordedEvents>(timeout, [this, query](From<RecordedEvents> from) {
    RecordedEvents recorded = recent_.collect(query);
    recorded.status.instance = instance();
    from.reply(std::move(recorded));
  });
}

RecordStatus EventManager::record_status() const {
  RecordStatus status = recent_.status();
  status.instance = instance();
  return status;
}

}  // namespace baton
