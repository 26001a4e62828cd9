// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"
#include "host/config/plan.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace baton {

/// A config file that was changed as little as need be.
struct EditedConfig {
  std::string text;
  std::vector<std::string>
      changes;  // for people: "+ log/b  {type: B, id: b}", "- log/c", "* log/a  options {…}"
};

/// Whether a step is about the version of a plugin only, of which a config file says nothing.
[[nodiscard]] bool is_of_version_only(const PlanStep& step, const HostShape& running,
                                      const HostShape& wanted);

/// Makes the text of a config say what runs: `plan` leads from `running` to what the text says now
/// (`wanted`). Comments and all that need not change stay. What it cannot write is an error, and it is for
/// the caller to look whether the result says what runs. `lookup` gives the defaults, which are left out.
/// Pure. Errors: not_supported, with all that cannot be written; the lookup's.
[[nodiscard]] Result<EditedConfig> edited_config(std::string_view text, const Plan& plan,
                                                 const HostShape& running, const HostShape& wanted,
                                                 const OfferedLookup& lookup);

}  // namespace baton
