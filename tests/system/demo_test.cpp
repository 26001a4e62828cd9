// SPDX-License-Identifier: Apache-2.0
#include "tests/system/running_host.hpp"

using namespace baton::test;

TEST_CASE("the demo equals the BEAM line by line", "[demo][otp]") {
  const Ran ran = shell("cd " BATON_SOURCE " && " + std::string(BATON_BINARY) + " demo");

  CHECK(ran.code == 0);
  CHECK(contains(ran.output, "simple_queue: 11 of 11 lines equal the BEAM's"));
  CHECK(contains(ran.output, "event_manager: 12 of 12 lines equal the BEAM's"));
}

TEST_CASE("the demo fails when one line differs", "[demo]") {
  Place place;
  const std::string changed = place.path("changed.transcript").string();
  const Ran copied = shell("sed 's/^\\[1, 2, 3, 20, nil\\]$/[1, 2, 3, 20]/' " BATON_SOURCE
                           "/config/lesson/simple_queue.transcript > " +
                           changed);
  REQUIRE(copied.code == 0);

  const Ran ran = shell(std::string(BATON_BINARY) + " demo " + changed);

  CHECK(ran.code == 1);
  CHECK(contains(ran.output, "expected [1, 2, 3, 20]"));
  CHECK(contains(ran.output, "10 of 11 lines"));
}
