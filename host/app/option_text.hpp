// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>

/// An OPTION of api.hpp for people: its values as a config file takes them, "5s" and "64KiB".
namespace baton {

/// "required", or the default; "-" when that is empty.
[[nodiscard]] std::string default_text(const nlohmann::ordered_json& option);

/// "any", "0 to 10", "at least 1", "at most 1h", or the values.
[[nodiscard]] std::string allowed_text(const nlohmann::ordered_json& option);

/// A value or a bound of an option of that type. Requires: it is of that type, as api.hpp shows it.
[[nodiscard]] std::string option_value_text(const std::string& type, const nlohmann::ordered_json& value);

}  // namespace baton
