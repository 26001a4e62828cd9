// SPDX-License-Identifier: Apache-2.0
#include "host/loader/units.hpp"

#include <catch2/catch.hpp>

using namespace baton;

TEST_CASE("a duration is a whole number with a unit", "[units]") {
  CHECK(parse_duration_ms("250ms") == 250);
  CHECK(parse_duration_ms("5s") == 5000);
  CHECK(parse_duration_ms("2m") == 120000);
  CHECK(parse_duration_ms("1h") == 3600000);
  CHECK(parse_duration_ms("7d") == 604800000);
  CHECK(parse_duration_ms("0") == 0);
  for (const char* wrong :
       {"", "s", "5 s", "-1s", "1.5s", "5sec", "9223372036854775807h", "99999999999999999999s"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_duration_ms(wrong));
  }
}

TEST_CASE("a duration without a unit is refused with a proposal", "[units]") {
  CHECK(parse_duration_ms("5").error() == "\"5\" has no unit; write for example 5ms or 5s");
}

TEST_CASE("a size is in bytes, or in decimal or binary multiples", "[units]") {
  CHECK(parse_size_bytes("4096") == 4096);
  CHECK(parse_size_bytes("1B") == 1);
  CHECK(parse_size_bytes("10MB") == 10'000'000);
  CHECK(parse_size_bytes("64KiB") == 65'536);
  CHECK(parse_size_bytes("1TiB") == std::int64_t{1} << 40);
  for (const char* wrong : {"", "KiB", "-1", "1.5MB", "10mb", "64 KiB", "9223372036854775807KB"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_size_bytes(wrong));
  }
}
