// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/loader/option_values.hpp"

#include <nlohmann/json_fwd.hpp>

#include <vector>

/// The words of a process that tries a plugin out (host/loader/probe.hpp): a JSON document that it is given,
/// and a line of JSON for each thing that it tells.
namespace baton {

/// Text that is no UTF-8 is told as well as it can be.
void tell_document(const nlohmann::ordered_json& document);

/// The `options` of what it was given.
[[nodiscard]] std::vector<RawOption> given_options(const nlohmann::ordered_json& input);

}  // namespace baton
