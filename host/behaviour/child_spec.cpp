// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/child_spec.hpp"

#include <fmt/format.h>

#include <unordered_set>

namespace baton {
namespace {

/// A mistake that a check finds, by OTP's name.
Result<void> refuse(std::string_view mistake, const ChildSpec& spec, std::string_view what) {
  return fail(Errc::bad_options, fmt::format("{}: `{}`: {}", mistake, spec.id, what));
}

// An enumeration may hold any number that somebody read elsewhere.
bool is_known(Restart restart) {
  return restart <= Restart::temporary;
}

bool is_known(ChildType type) {
  return type <= ChildType::supervisor;
}

Result<void> check_significant(const ChildSpec& spec, std::optional<AutoShutdown> auto_shutdown) {
  if (!spec.significant) {
    return {};
  }
  if (spec.restart == Restart::permanent) {
    return refuse("bad_combination", spec, "a permanent child cannot be significant: it never ends for good");
  }
  if (auto_shutdown == AutoShutdown::never) {
    return refuse("bad_combination", spec,
                  "it is significant, and the supervisor's auto_shutdown is `never`");
  }
  return {};
}

/// All but how it is started.
Result<void> check_fields(const ChildSpec& spec, std::optional<AutoShutdown> auto_shutdown) {
  if (!is_known(spec.restart)) {
    return refuse("invalid_restart_type", spec, "expected permanent, transient or temporary");
  }
  if (spec.shutdown && *spec.shutdown != brutal_kill && *spec.shutdown < Duration(0)) {
    return refuse(
        "invalid_shutdown", spec,
        fmt::format("{} ms; expected 0 ms or more, infinity or brutal_kill", spec.shutdown->count()));
  }
  if (!is_known(spec.type)) {
    return refuse("invalid_child_type", spec, "expected worker or supervisor");
  }
  return check_significant(spec, auto_shutdown);
}

Result<void> check_childspec(const ChildSpec& spec, std::optional<AutoShutdown> auto_shutdown) {
  if (spec.id.empty()) {
    return fail(Errc::bad_options, "missing_id: every child needs one");
  }
  if (!spec.start) {
    return refuse("missing_start", spec, "it has no function that starts it");
  }
  if (spec.start_dynamic) {
    return refuse("invalid_start", spec, "start_dynamic is for simple_one_for_one");
  }
  return check_fields(spec, auto_shutdown);
}

}  // namespace

Result<void> check_childspecs(std::span<const ChildSpec> specs, std::optional<AutoShutdown> auto_shutdown) {
  std::unordered_set<std::string_view> ids;
  for (const ChildSpec& spec : specs) {
    if (auto checked = check_childspec(spec, auto_shutdown); !checked) {
      return checked;
    }
    if (!ids.insert(spec.id).second) {
      return refuse("duplicate_child_name", spec, "two children cannot have one id");
    }
  }
  return {};
}

Result<void> check_dynamic_childspec(std::span<const ChildSpec> specs, AutoShutdown auto_shutdown) {
  if (specs.size() != 1) {
    return fail(Errc::bad_options,
                fmt::format("bad_start_spec: simple_one_for_one needs exactly one specification, found {}",
                            specs.size()));
  }
  const ChildSpec& spec = specs.front();
  if (spec.id.empty()) {
    return fail(Errc::bad_options, "missing_id: the ids of the children begin with it");
  }
  if (!spec.start_dynamic) {
    return refuse("missing_start", spec, "simple_one_for_one needs start_dynamic");
  }
  if (spec.start) {
    return refuse("invalid_start", spec, "simple_one_for_one starts its children with start_dynamic");
  }
  return check_fields(spec, auto_shutdown);
}

Duration shutdown_of(const ChildSpec& spec) {
  return spec.shutdown.value_or(spec.type == ChildType::supervisor ? infinity : Duration(5000));
}

std::string_view restart_name(Restart restart) {
  switch (restart) {
    case Restart::permanent:
      return "permanent";
    case Restart::transient:
      return "transient";
    case Restart::temporary:
      break;
  }
  return "temporary";
}

std::string_view child_type_name(ChildType type) {
  return type == ChildType::worker ? "worker" : "supervisor";
}

std::string shutdown_name(Duration shutdown) {
  if (shutdown == infinity) {
    return "infinity";
  }
  return shutdown == brutal_kill ? "brutal_kill" : fmt::format("{}ms", shutdown.count());
}

}  // namespace baton
