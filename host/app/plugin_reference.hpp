// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace baton {

/// A PLUGIN document of api.hpp as a page of Markdown for its users: what it offers, each option with its
/// default and what is allowed, and a piece of a config that runs it. `plugin doc`.
[[nodiscard]] std::string plugin_reference(const std::string& document);

}  // namespace baton
