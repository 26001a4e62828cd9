// SPDX-License-Identifier: Apache-2.0
#include "host/loader/probe.hpp"

#include <catch2/catch.hpp>

using namespace baton;

namespace {

/// What becomes of a process that runs this script. Who hears for ever does not come to the end of these
/// tests.
ProbeEnd probe_of(const char* script, std::chrono::milliseconds time = std::chrono::minutes(1)) {
  ProbeLimits limits;
  limits.time = time;
  return run_probe({"/bin/sh", "-c", script}, limits);
}

}  // namespace

TEST_CASE("a process that tells without end is late when its time is over, and what is kept of it is bounded",
          "[probe]") {
  const ProbeEnd end = probe_of("yes >&3", std::chrono::milliseconds(300));
  CHECK(end.is_late);
  CHECK(end.is_cut);
  CHECK(end.report.size() == ProbeLimits().report_bytes);
}

TEST_CASE("a process that prints without end is late when its time is over, and what it told before is heard",
          "[probe]") {
  const ProbeEnd end = probe_of("echo told >&3; yes >&2", std::chrono::milliseconds(300));
  CHECK(end.is_late);
  CHECK(end.report == "told\n");
}

TEST_CASE("what a process told last is heard, and not what it has left behind goes on saying", "[probe]") {
  const ProbeEnd end = probe_of("yes >&2 & echo told >&3");
  CHECK(end.has_ended_with(0));
  CHECK(end.report == "told\n");
  CHECK(end.leaves_process);
}

TEST_CASE("a process that has ended is not late because another one goes on telling", "[probe]") {
  const ProbeEnd end = probe_of("yes >&3 & exit 3");
  CHECK(end.has_ended_with(3));
  CHECK(end.leaves_process);
}

TEST_CASE("a process that ends in time leaves nobody, and says so when it has told too much", "[probe]") {
  const ProbeEnd silent = probe_of("exit 3");
  CHECK_FALSE(silent.leaves_process);
  CHECK(silent.text() == "ended the process with status 3");
  const ProbeEnd talkative = probe_of("yes | head -n 5000 >&3");
  CHECK_FALSE(talkative.leaves_process);
  CHECK(talkative.text() == "told more than it may and ended the process with status 0");
}

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
