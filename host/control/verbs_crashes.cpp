// SPDX-License-Identifier: Apache-2.0
// The part of Verbs that is about handlers that crashed.
#include "host/control/verbs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

namespace baton {
namespace {

constexpr Duration look_timeout{1000};

bool has_handler(const EventManagerStatus& status, std::string_view id) {
  const auto is_it = [id](const auto& handler) {
    return handler.id == id;
  };
  return std::any_of(status.handlers.begin(), status.handlers.end(), is_it) ||
         std::any_of(status.missing.begin(), status.missing.end(), is_it);
}

}  // namespace

Result<std::vector<CrashRecord>> Verbs::crashes(std::string_view manager, std::string_view handler) const {
  std::vector<CrashRecord> crashes = parts_.crashes.list(manager, handler);
  // A name that is nothing is probably misspelt; one that has ended may have crashes.
  if (crashes.empty() && !manager.empty()) {
    const auto found = find_manager(manager);
    if (!found) {
      return fail(found.error());
    }
    // A manager that is busy may have it: then there is nothing to say.
    const auto status = (*found)->status(look_timeout);
    if (!handler.empty() && status && !has_handler(*status, handler)) {
      return fail(unknown_handler(**found, handler));
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
