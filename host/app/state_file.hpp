// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"
#include "host/control/state_documents.hpp"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>

/// States that people keep in files (state_documents.hpp).
namespace baton {

/// Errors: bad_request, with the name of the file.
[[nodiscard]] Result<DescribedState> state_of_file(const std::filesystem::path& file);

/// Writes such a document; who reads meanwhile sees the old file or the new one. Errors: io_failed.
[[nodiscard]] Result<void> write_state_file(const std::filesystem::path& file,
                                            const nlohmann::ordered_json& document);

}  // namespace baton
