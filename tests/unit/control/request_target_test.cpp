// SPDX-License-Identifier: Apache-2.0
#include "host/control/request_target.hpp"

#include <catch2/catch.hpp>

using namespace baton;

TEST_CASE("a target is its parts and its query, decoded", "[request_target]") {
  const auto target = parse_request_target("/v1/managers/a%20b/notify?type=x%26y&mode=sync&empty");

  REQUIRE(target);
  CHECK(target->path == std::vector<std::string>{"v1", "managers", "a b", "notify"});
  CHECK(target->get("type") == "x&y");
  CHECK(target->get("mode") == "sync");
  CHECK(target->get("empty").empty());
  CHECK(target->get("missing").empty());
}

TEST_CASE("an encoded slash is part of a name", "[request_target]") {
  const auto target = parse_request_target("/v1/processes/a%2Fb/stop");
  REQUIRE(target);
  CHECK(target->path[2] == "a/b");
}

TEST_CASE("a broken escape is told", "[request_target]") {
  for (const char* broken : {"/a%", "/a%2", "/a%zz", "/a?x=%1"}) {
    CHECK_FALSE(parse_request_target(broken));
  }
}
