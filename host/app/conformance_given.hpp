// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/invocation.hpp"
#include "host/base/result.hpp"
#include "host/loader/manifest.hpp"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>

/// What a conformance check gives to the types of a plugin.
namespace baton {

/// The events of the invocation's file, or a hundred made-up ones, an EVENT of api.hpp a line. Errors:
/// bad_request, io_failed.
[[nodiscard]] Result<void> write_events(const Invocation& invocation, const std::filesystem::path& into);

/// {name: text}: the given options that it has, and what it cannot do without. Files it is to write in the
/// folder of the check, wherever its defaults would have them.
[[nodiscard]] nlohmann::ordered_json options_for(const Offer& offer, const nlohmann::ordered_json& given);

/// Options that no type of the file has are a mistake in the command. Errors: bad_request.
[[nodiscard]] Result<void> check_given(const Manifest& manifest, const nlohmann::ordered_json& given);

}  // namespace baton
