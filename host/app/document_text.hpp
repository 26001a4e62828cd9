// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What the texts of all verbs are made with.
namespace baton {

using Rows = std::vector<std::vector<std::string>>;

/// Rows in columns as wide as their widest cell, two blanks apart, no blanks at the end of a line.
[[nodiscard]] std::string table(const Rows& rows);

/// A member of a document, as text; empty when it is not there or null.
[[nodiscard]] std::string shown_at(const nlohmann::ordered_json& document, const char* key);

/// "1 event", "2 events".
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view what);

/// "3 d 4 h", "5 min 2 s", "1.2 s".
[[nodiscard]] std::string readable_time(std::uint64_t milliseconds);

}  // namespace baton
