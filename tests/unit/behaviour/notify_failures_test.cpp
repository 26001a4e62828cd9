// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/notify_failures.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace baton;

namespace {

NotifyFailures reaching(std::size_t back) {
  return NotifyFailures([back] { return back; });
}

}  // namespace

TEST_CASE("failures are found by the events they happened at", "[notify_failures]") {
  NotifyFailures failures = reaching(100);
  failures.add(3, 5, {"a", false, "full"});

  NotifyOutcome inside;
  failures.collect(4, 10, inside);
  NotifyOutcome outside;
  failures.collect(6, 10, outside);

  CHECK(inside.refused == 2);
  REQUIRE(inside.failures.size() == 1);
  CHECK(inside.failures[0].reason == "full");
  CHECK(outside.refused == 0);
}

TEST_CASE("an event that two handlers failed at counts once, and both are named", "[notify_failures]") {
  NotifyFailures failures = reaching(100);
  failures.add(1, 4, {"a", false, "full"});
  failures.add(3, 6, {"b", true, "died"});

  NotifyOutcome outcome;
  failures.collect(1, 6, outcome);

  CHECK(outcome.refused == 6);
  CHECK(outcome.failures.size() == 2);
}

TEST_CASE("a handler that fails again and again is named once", "[notify_failures]") {
  NotifyFailures failures = reaching(100);
  for (std::uint64_t seq = 1; seq <= 50; ++seq) {
    failures.add(seq, seq, {"a", false, "full"});
  }

  NotifyOutcome outcome;
  failures.collect(1, 50, outcome);

  CHECK(outcome.refused == 50);
  CHECK(outcome.failures.size() == 1);
}

TEST_CASE("what is further back than anybody can ask is forgotten", "[notify_failures]") {
  NotifyFailures failures = reaching(10);
  for (std::uint64_t seq = 2; seq <= 2000; seq += 2) {
    failures.add(seq, seq, {"a", false, "full"});
  }

  NotifyOutcome old;
  failures.collect(1, 1000, old);
  NotifyOutcome recent;
  failures.collect(1991, 2000, recent);

  CHECK(old.refused < 260);
  CHECK(recent.refused == 5);
}

TEST_CASE("as long as nothing is out of reach, a failure is not looked at again for each that comes",
          "[notify_failures]") {
  std::size_t looks = 0;
  NotifyFailures failures([&looks] {
    ++looks;
    return std::size_t{1'000'000};
  });
  for (std::uint64_t seq = 1; seq <= 100'000; ++seq) {
    failures.add(seq, seq, {"a", false, "full: " + std::to_string(seq)});
  }

  CHECK(looks < 20);
  NotifyOutcome all;
  failures.collect(1, 100'000, all);
  CHECK(all.refused == 100'000);
}

TEST_CASE("a handler that refuses one event after the other takes no memory for each", "[notify_failures]") {
  std::size_t looks = 0;
  NotifyFailures failures([&looks] {
    ++looks;
    return std::size_t{1'000'000};
  });
  for (std::uint64_t seq = 1; seq <= 1000; ++seq) {
    failures.add(seq, seq, {"a", false, "full"});
  }
  failures.add(1001, 1001, {"a", true, "died"});

  CHECK(looks <= 1);
  NotifyOutcome outcome;
  failures.collect(1, 1001, outcome);
  CHECK(outcome.refused == 1001);
  CHECK(outcome.failures.size() == 2);
}
