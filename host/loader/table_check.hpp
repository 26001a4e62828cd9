// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/loader/manifest.hpp"

#include <baton/abi.h>

#include <optional>
#include <string>

namespace baton {

/// What is wrong with the table of a loaded plugin: sizes, version, functions that must be there, and
/// whether it offers what its manifest says; nothing when it is in order. Calls nothing.
[[nodiscard]] std::optional<std::string> table_problem(const baton_plugin& plugin, const Manifest& manifest);

}  // namespace baton
