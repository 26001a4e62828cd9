// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/invocation.hpp"
#include "host/app/requests.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The verbs `plugins`, `plugin show|doc|check` and `quarantine list|show|clear`, from the words to the text.
namespace baton {

/// `plugins`, `plugin` or `quarantine`.
[[nodiscard]] bool is_plugin_verb(std::string_view verb);

/// What may follow the verb: show, doc, check; list, show, clear. Empty for the others.
[[nodiscard]] const std::vector<std::string>& plugin_verb_actions(std::string_view verb);

/// What is wrong with the words, for a person; nothing when it is all right.
[[nodiscard]] std::optional<std::string> plugin_verb_usage_error(const Invocation& invocation);

/// Its request. Errors: bad_request, for `plugin check` too, which is nothing for a host.
[[nodiscard]] Result<HostRequest> plugin_verb_request(const Invocation& invocation);

/// The answer, as text_of.
[[nodiscard]] std::string plugin_verb_text(const Invocation& invocation, const std::string& document);

}  // namespace baton
