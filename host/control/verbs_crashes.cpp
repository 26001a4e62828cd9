// SPDX-License-Identifier: Apache-2.0
// The part of Verbs that is about handlers that crashed.
#include "host/control/verbs.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

namespace baton {

Result<std::vector<CrashRecord>> Verbs::crashes(std::string_view manager, std::string_view handler) const {
  std::vector<CrashRecord> crashes = parts_.crashes.list(manager, handler);
  // A name that is nothing is probably misspelt; one that has ended may have crashes.
  if (crashes.empty() && !manager.empty()) {
    if (const auto found = find_manager(manager); !found) {
      return fail(found.error());
    }
  }
  return crashes;
}

Result<CrashRecord> Verbs::crash(std::uint64_t id) const {
  if (auto found = parts_.crashes.find(id)) {
    return std::move(*found);
  }
  const std::uint64_t count = parts_.crashes.count();
  return fail(Errc::not_found, id > 0 && id <= count
                                   ? fmt::format("crash {} is not kept any more; only the last are", id)
                                   : fmt::format("there is no crash {}; there were {} so far", id, count));
}

Result<void> Verbs::forget_missing(const Caller& caller, std::string_view manager, std::string_view id,
                                   Duration timeout) {
  const auto found = find_running_manager(manager);
  auto forgotten = found ? (*found)->forget_missing(std::string(id), timeout) : fail(found.error());
  const Error* const error = forgotten ? nullptr : &forgotten.error();
  log_change(caller, "crash clear", handler_target(manager, id), error);
  return forgotten;
}

}  // namespace baton
