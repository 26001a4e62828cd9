// SPDX-License-Identifier: Apache-2.0
#include "host/base/log.hpp"

#include <catch2/catch.hpp>

using namespace baton;

TEST_CASE("a record is its name and its fields", "[log]") {
  CHECK(format_log_record("handler_added", {{"manager", "log"}, {"id", "store"}}) ==
        "handler_added manager=log id=store");
}

TEST_CASE("a value that could be misread is quoted", "[log]") {
  CHECK(format_log_record("x", {{"reason", "disk full"}}) == "x reason=\"disk full\"");
  CHECK(format_log_record("x", {{"reason", ""}}) == "x reason=\"\"");
  CHECK(format_log_record("x", {{"reason", "a=b"}}) == "x reason=\"a=b\"");
}

TEST_CASE("whatever a plugin says, a record stays one line", "[log]") {
  CHECK(format_log_record("x", {{"text", "a\nerror forged=1\x1b[31m"}}) ==
        "x text=\"a\\nerror forged=1\\x1b[31m\"");
  CHECK(format_log_record("x", {{"text", "say \"hi\""}}) == "x text=\"say \\\"hi\\\"\"");
}
