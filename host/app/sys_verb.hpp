// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/invocation.hpp"
#include "host/app/requests.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The verb `sys`: its actions, `sys suspend NAME`, `sys log NAME on 20`, from the words to the text.
namespace baton {

/// suspend, resume, status, ….
[[nodiscard]] const std::vector<std::string>& sys_actions();

/// What may follow the name: on, off, get; nothing for most actions.
[[nodiscard]] std::vector<std::string> sys_switches(std::string_view action);

/// What is wrong with the words of a `sys`, for a person; nothing when it is all right.
[[nodiscard]] std::optional<std::string> sys_usage_error(const Invocation& invocation);

/// It asks for something that there is to show.
[[nodiscard]] bool sys_is_query(const Invocation& invocation);

/// Its request. Errors: bad_request, for what sys_usage_error finds too.
[[nodiscard]] Result<HostRequest> sys_request(const Invocation& invocation);

/// The host's answer, as text_of.
[[nodiscard]] std::string sys_text(const Invocation& invocation, const std::string& document);

}  // namespace baton
