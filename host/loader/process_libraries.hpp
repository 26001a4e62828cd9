// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string_view>

namespace baton {

/// Whether the dynamic linker lists a library that was loaded under this very path. Threads: any.
[[nodiscard]] bool is_mapped(const std::filesystem::path& path);

/// Whether a library of this file name, in whatever folder, is part of the process. Threads: any.
[[nodiscard]] bool has_library_named(std::string_view file_name);

}  // namespace baton
