// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/crash_policy.hpp"
#include "host/behaviour/crash_records.hpp"
#include "host/control/api_documents.hpp"

/// The documents about crashes. For the .cpp files of host/control only.
namespace baton {

[[nodiscard]] Json to_json(const CrashRecord& crash);
[[nodiscard]] Json to_json(const MissingHandler& missing);

/// The policy at "crash_policy"; the default when there is none. Errors: bad_request, bad_options.
[[nodiscard]] Result<CrashPolicy> crash_policy_at(const Json& document);

}  // namespace baton
