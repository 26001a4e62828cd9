// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/abi.h>

#include <string_view>

namespace told {

/// The types of told.hpp, linked into the program. In a source file of their own, because the C++ layer of
/// plugins and the host have names in common that no file can use both.
[[nodiscard]] const baton_plugin& linked_table();
[[nodiscard]] std::string_view linked_manifest();

}  // namespace told
