// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace baton::simulation {

/// What one run came to.
struct RunResult {
  std::string failure;  // empty: every rule held
  std::uint64_t fingerprint = 0;
};

/// One run: a world of this seed, so many steps, rest, the end. The same arguments give the same run.
[[nodiscard]] RunResult run(std::uint64_t seed, std::uint64_t steps);

/// Steps of a run: BATON_SIMULATION_STEPS, or 1,000.
[[nodiscard]] std::uint64_t steps_of_environment();

/// The number in an environment variable, or `otherwise`.
[[nodiscard]] std::uint64_t number_of_environment(const char* name, std::uint64_t otherwise);

}  // namespace baton::simulation
