// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/runner.hpp"
#include "tests/simulation/world.hpp"

#include <catch2/catch.hpp>

#include <cstdio>

using namespace baton::simulation;

namespace {

// A thousand seeds, in pieces that ctest can run side by side.
constexpr std::uint64_t seeds_per_case = 125;

void run_seeds(std::uint64_t first, std::uint64_t count) {
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const RunResult result = run(seed, steps_of_environment());
    if (!result.failure.empty()) {
      std::fputs(result.failure.c_str(), stderr);  // as it is: Catch2 would break its lines
      FAIL("seed " << seed << " breaks a rule");
    }
  }
}

void run_piece(std::uint64_t piece) {
  run_seeds(piece * seeds_per_case + 1, seeds_per_case);
}

}  // namespace

TEST_CASE("every rule holds in the runs of the first seeds") {
  run_piece(0);
}

TEST_CASE("every rule holds in the runs of the second seeds") {
  run_piece(1);
}

TEST_CASE("every rule holds in the runs of the third seeds") {
  run_piece(2);
}

TEST_CASE("every rule holds in the runs of the fourth seeds") {
  run_piece(3);
}

TEST_CASE("every rule holds in the runs of the fifth seeds") {
  run_piece(4);
}

TEST_CASE("every rule holds in the runs of the sixth seeds") {
  run_piece(5);
}

TEST_CASE("every rule holds in the runs of the seventh seeds") {
  run_piece(6);
}

TEST_CASE("every rule holds in the runs of the eighth seeds") {
  run_piece(7);
}

TEST_CASE("the same seed gives the same run, and another seed another") {
  const RunResult first = run(42, 500);
  CHECK(run(42, 500).fingerprint == first.fingerprint);
  CHECK(run(43, 500).fingerprint != first.fingerprint);
}

TEST_CASE("a broken rule is reported once, with the seed, the step, how to see it again and what led to it") {
  World world(17);
  world.populate();
  world.step(1);
  world.finish();
  world.expect(true, "a rule that holds");
  CHECK_FALSE(world.has_failed());

  world.expect(false, "the first rule", 4, 5);
  world.expect(false, "the second rule");

  CHECK(world.has_failed());
  const std::string report = world.report();
  CHECK(report.find("seed 17, step 1: this rule is broken: the first rule (4, 5)") != std::string::npos);
  CHECK(report.find("BATON_SIMULATION_SEED=17 BATON_SIMULATION_STEPS=1 ") != std::string::npos);
  CHECK(report.find("begins") != std::string::npos);
  CHECK(report.find("second") == std::string::npos);
}

// BATON_SIMULATION_SEED=17 [BATON_SIMULATION_SEEDS=1] [BATON_SIMULATION_STEPS=1000] simulation_test [replay]
TEST_CASE("every rule holds in the runs that the environment asks for", "[.][replay]") {
  run_seeds(number_of_environment("BATON_SIMULATION_SEED", 1),
            number_of_environment("BATON_SIMULATION_SEEDS", 1));
}
