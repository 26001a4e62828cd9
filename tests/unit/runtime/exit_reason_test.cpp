// SPDX-License-Identifier: Apache-2.0
#include "host/runtime/exit_reason.hpp"

#include <catch2/catch.hpp>

using namespace baton;

TEST_CASE("normal and shutdown, with or without a text, are quiet and everything else is an error",
          "[exit_reason][otp]") {
  for (const char* quiet : {"normal", "shutdown", "shutdown: too old"}) {
    CAPTURE(quiet);
    CHECK(ExitReason::parse(quiet).is_quiet());
    CHECK(to_string(ExitReason::parse(quiet)) == quiet);
  }
  CHECK(ExitReason::parse("") == ExitReason::normal());
  CHECK(ExitReason::parse("shutdown: too old").text == "too old");
  CHECK(ExitReason::parse("shutdown now") == ExitReason::error("shutdown now"));
  CHECK(to_string(ExitReason::error("disk full")) == "disk full");
}
