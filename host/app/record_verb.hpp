// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/exit_code.hpp"
#include "host/app/invocation.hpp"
#include "host/app/requests.hpp"
#include "host/control/client.hpp"

#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

/// The verb `record`: `record log on 1000`, `record log get --to events.jsonl`, from the words to the text;
/// and the events that a manager has recorded, for whoever wants them.
namespace baton {

/// on, off, status, get.
[[nodiscard]] const std::vector<std::string>& record_switches();

/// What is wrong with the words, for a person; nothing when it is all right.
[[nodiscard]] std::optional<std::string> record_usage_error(const Invocation& invocation);

/// Its request. Errors: bad_request, for what record_usage_error finds too, and for `get`, which is several.
[[nodiscard]] Result<HostRequest> record_request(const Invocation& invocation);

/// The host's answer, as text_of.
[[nodiscard]] std::string record_text(const Invocation& invocation, const std::string& document);

[[nodiscard]] bool is_record_get(const Invocation& invocation);

/// `record MANAGER get [N] [--to FILE]`: an event a line, on `out` or in the file, which is there as a whole
/// or not at all. With `-o json` one document, as the host's answers are.
ExitCode run_record_get(const Invocation& invocation, Client& client, std::ostream& out, std::ostream& err);

/// Gives the last `count` recorded events of a manager (0: all) to `take`, oldest first, and returns the
/// RECORD of api.hpp. Needs memory for some of them at a time. Errors: the host's; process_ended, when the
/// manager was restarted meanwhile; and take's.
Result<nlohmann::ordered_json> fetch_recorded(
    Client& client, const std::string& manager, std::size_t count,
    const std::function<Result<void>(const nlohmann::ordered_json& event)>& take);

/// Why a manager with that RECORD has no events, and what to do.
[[nodiscard]] std::string why_no_events(const std::string& manager, const nlohmann::ordered_json& record);

}  // namespace baton
