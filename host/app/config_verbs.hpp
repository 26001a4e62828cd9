// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/exit_code.hpp"
#include "host/app/invocation.hpp"
#include "host/app/requests.hpp"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>

/// The verbs about the config of a running host: plan, apply, reload, diff, history, rollback, config.
namespace baton {

/// The request of any of them. Errors: none of its own.
[[nodiscard]] Result<HostRequest> config_request(const Invocation& invocation);

/// Their documents as text, see text_of.
[[nodiscard]] std::string plan_text(const nlohmann::ordered_json& document);
[[nodiscard]] std::string save_text(const nlohmann::ordered_json& document);
[[nodiscard]] std::string apply_text(const nlohmann::ordered_json& document);
[[nodiscard]] std::string reload_text(const nlohmann::ordered_json& document);
[[nodiscard]] std::string history_text(const nlohmann::ordered_json& document);
[[nodiscard]] std::string rollback_text(const nlohmann::ordered_json& document);

/// How a plan or what came of one ends the command; nothing when it is another document.
[[nodiscard]] std::optional<ExitCode> config_exit_code(const nlohmann::ordered_json& document);

}  // namespace baton
