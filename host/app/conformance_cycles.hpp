// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/trial_loader.hpp"

#include <nlohmann/json_fwd.hpp>

#include <filesystem>

namespace baton {

/// The part "cycles" of conformance_child.hpp. Returns the exit status.
int check_cycles(TrialLoader& loader, const nlohmann::ordered_json& input,
                 const std::filesystem::path& folder);

}  // namespace baton
