// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/invocation.hpp"
#include "host/app/requests.hpp"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <vector>

/// The verb `crash`: its actions, `crash list [TARGET]`, `crash show ID`, `crash clear MANAGER/ID`, from the
/// words to the text; and what other verbs say of handlers that have crashed.
namespace baton {

/// list, show, clear.
[[nodiscard]] const std::vector<std::string>& crash_actions();

/// What is wrong with the words of a `crash`, for a person; nothing when it is all right.
[[nodiscard]] std::optional<std::string> crash_usage_error(const Invocation& invocation);

/// Its request. Errors: bad_request, for what crash_usage_error finds too.
[[nodiscard]] Result<HostRequest> crash_request(const Invocation& invocation);

/// The host's answer, as text_of.
[[nodiscard]] std::string crash_text(const Invocation& invocation, const std::string& document);

/// The document of a policy as `add --on-crash` has it: "restart,max_restarts=5,within=1m". Errors:
/// bad_request.
[[nodiscard]] Result<nlohmann::ordered_json> crash_policy_document(const std::string& words);

/// A line for each handler that is missing, of the host's status; empty when none is.
[[nodiscard]] std::string missing_text(const nlohmann::ordered_json& managers);

/// "  DEGRADED: 2 handlers missing", of the host's status; empty when none is.
[[nodiscard]] std::string degraded_text(const nlohmann::ordered_json& managers);

}  // namespace baton
