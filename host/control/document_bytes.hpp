// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

/// Bytes as a member of a JSON document: KEY where they are UTF-8, which people can read, else KEY_base64.
/// For .cpp files only.
namespace baton {

void put_bytes(nlohmann::ordered_json& document, const std::string& key, std::string_view bytes);

[[nodiscard]] bool has_bytes(const nlohmann::ordered_json& document, const std::string& key);

/// Leaves `target` alone when there is no such member. Errors: bad_request, the text says what is wrong.
[[nodiscard]] Result<void> take_bytes(const nlohmann::ordered_json& document, const std::string& key,
                                      std::string& target);

}  // namespace baton
