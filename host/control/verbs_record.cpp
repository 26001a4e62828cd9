// SPDX-License-Identifier: Apache-2.0
// The part of Verbs that is about the events that managers record.
#include "host/control/verbs.hpp"

#include <fmt/format.h>

namespace baton {

Result<RecordStatus> Verbs::record(const Caller& caller, std::string_view manager, const RecordLimits& limits,
                                   Duration timeout) {
  const auto found = find_manager(manager);
  auto changed = found ? (*found)->record(limits, timeout) : Result<RecordStatus>(fail(found.error()));
  log_change(caller, fmt::format("record {}", limits.events == 0 ? "off" : "on"), manager,
             changed ? nullptr : &changed.error());
  return changed;
}

Result<RecordedEvents> Verbs::recorded(std::string_view manager, const RecordQuery& query, Duration timeout) {
  const auto found = find_manager(manager);
  return found ? (*found)->recorded(query, timeout) : Result<RecordedEvents>(fail(found.error()));
}

}  // namespace baton
