// SPDX-License-Identifier: Apache-2.0
#include "host/loader/probe.hpp"

#include <catch2/catch.hpp>

using namespace baton;

TEST_CASE("the last words of a process are its last line", "[probe]") {
  ProbeEnd end;
  CHECK(end.last_words().empty());
  end.errors = "starting\nterminate called without an active exception\n\n";
  CHECK(end.last_words() == "; it said: terminate called without an active exception");
}

TEST_CASE("of a sanitizer's report the line counts that says what is wrong, not the end of the stack",
          "[probe]") {
  ProbeEnd end;
  end.errors =
      "words.cpp:299:20: runtime error: null pointer passed as argument 2\n    #0 0x55 in count\n    #1 "
      "_start\n";
  CHECK(end.last_words() == "; it said: words.cpp:299:20: runtime error: null pointer passed as argument 2");
  end.errors =
      "=====\n==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x60\n    #0 0x55 in count\n";
  CHECK(end.last_words() == "; it said: ==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x60");
}
