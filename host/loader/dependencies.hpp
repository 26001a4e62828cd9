// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace baton {

/// What the dynamic linker says of those libraries (DT_NEEDED) that it cannot load, one text each. Loads the
/// others for good, which runs their constructors: for a process of its own.
[[nodiscard]] std::vector<std::string> missing_dependencies(const std::vector<std::string>& needed);

}  // namespace baton
