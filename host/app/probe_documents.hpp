// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/loader/option_values.hpp"
#include "host/loader/probe.hpp"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// The words of a process that tries a plugin out (host/loader/probe.hpp): a JSON document that it is given,
/// and a line of JSON for each thing that it tells.
namespace baton {

/// Runs this program as `baton VERB LIBRARY INPUT FOLDER` and waits for it. INPUT is a file in `folder` with
/// that document; `limits` are taken as they are, but for the size of what it tells: 512 MiB.
[[nodiscard]] ProbeEnd run_documented(const char* verb, const std::filesystem::path& library,
                                      const nlohmann::ordered_json& input,
                                      const std::filesystem::path& folder, ProbeLimits limits);

/// Calls `hear` with each document that it has told, in order. What it was about to tell when it ended is
/// none; a line that is no JSON comes as a value without members.
void hear_documents(std::string_view report, const std::function<void(const nlohmann::ordered_json&)>& hear);

// ---- In that process ----

/// Text that is no UTF-8 is told as well as it can be.
void tell_document(const nlohmann::ordered_json& document);

/// The `options` of what it was given.
[[nodiscard]] std::vector<RawOption> given_options(const nlohmann::ordered_json& input);

}  // namespace baton
