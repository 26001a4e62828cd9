// SPDX-License-Identifier: Apache-2.0
#include "plugins/sequence_check/sequence.hpp"
#include "plugins/sequence_check/times.hpp"

#include <baton/testing/fake_host.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace baton::testing;

namespace {

struct Check {
  PluginFile file{PLUGIN_sequence_check};
  FakeHost host;

  Instance create(const std::optional<SavedState>& state = {}) {
    return host.create(file, "SequenceCheck", {{"run", "r"}}, state);
  }
};

void notify(Instance& check, const std::vector<std::string>& events) {
  for (const std::string& event : events) {
    check.notify("bench", event);
  }
}

bool reports(Instance& check, const std::string& part) {
  return check.call("report").reply.find(part) != std::string::npos;
}

Sequence seen(const std::vector<std::uint64_t>& numbers) {
  Sequence sequence;
  for (const std::uint64_t number : numbers) {
    sequence.see(number);
  }
  return sequence;
}

}  // namespace

TEST_CASE("numbers that come once and in order are no finding") {
  const Sequence sequence = seen({1, 2, 3, 4});
  CHECK(sequence.events() == 4);
  CHECK(sequence.next() == 5);
  CHECK(sequence.missing() == 0);
  CHECK(sequence.duplicated() == 0);
  CHECK(sequence.out_of_order() == 0);
}

TEST_CASE("a number that is skipped is missing until it comes, and then out of order") {
  Sequence sequence = seen({1, 2, 6});
  CHECK(sequence.missing() == 3);

  sequence.see(4);
  CHECK(sequence.missing() == 2);
  CHECK(sequence.out_of_order() == 1);

  sequence.see(3);
  sequence.see(5);
  CHECK(sequence.missing() == 0);
  CHECK(sequence.out_of_order() == 3);
  CHECK(sequence.duplicated() == 0);
}

TEST_CASE("a number that comes again is duplicated, also one that came late") {
  CHECK(seen({1, 2, 2}).duplicated() == 1);
  CHECK(seen({1, 2, 1}).duplicated() == 1);
  const Sequence late = seen({1, 4, 3, 3});
  CHECK(late.duplicated() == 1);
  CHECK(late.out_of_order() == 1);
  CHECK(late.missing() == 1);
}

TEST_CASE("a percentile is what so many are not above, at most an eighth too high") {
  Times times;
  CHECK(times.per_mille(990) == 0);
  for (std::int64_t us = 1; us <= 1000; ++us) {
    times.add(us);
  }
  CHECK(times.per_mille(10) == 10);
  CHECK(times.per_mille(500) >= 500);
  CHECK(times.per_mille(500) <= 563);
  CHECK(times.per_mille(1000) == 1000);
  times.add(1'000'000'000'000);
  CHECK(times.longest() == 1'000'000'000'000);
}

TEST_CASE("the longest pauses are kept, longest first") {
  Pauses pauses;
  for (std::int64_t length = 1; length <= 40; ++length) {
    pauses.add({100, 100 + length, static_cast<std::uint64_t>(length)});
  }
  pauses.add({200, 200, 1});
  REQUIRE(pauses.all().size() == Pauses::kept);
  CHECK(pauses.all().front().length() == 40);
  CHECK(pauses.all().back().length() == 25);
}

TEST_CASE("a checker counts the events of its run by producer, and lets others pass by") {
  Check plugin;
  Instance check = plugin.create();
  notify(check, {"r 0 1", "r 1 1 .....", "r 0 2", "x 0 3", "r", "r 0", "r 0 x", "r 0 0", "rr 0 3", "r 0 4"});

  CHECK(reports(check, R"({"events":4,)"));
  CHECK(reports(check, R"({"producer":0,"events":3,"last":4,"missing":1,"duplicated":0,"out_of_order":0})"));
  CHECK(reports(check, R"({"producer":1,"events":1,"last":1,)"));
}

TEST_CASE("a checker hands on all that it knows, and what it counted stays the old instance's") {
  Check plugin;
  Instance old = plugin.create();
  notify(old, {"r 0 1", "r 0 5", "r 0 3"});
  const auto state = old.save();
  REQUIRE(state);

  Instance check = plugin.create(state);
  CHECK(reports(check, R"("missing":2,"duplicated":0,"out_of_order":1})"));
  notify(check, {"r 0 2", "r 0 5", "r 0 6"});

  CHECK(reports(check, R"("last":6,"missing":1,"duplicated":1,"out_of_order":2})"));
  CHECK(reports(check, R"({"events":6,)"));
}

TEST_CASE("a checker does not take over the state of another run, or half of one") {
  Check plugin;
  Instance old = plugin.create();
  notify(old, {"r 0 1"});
  auto state = old.save();
  REQUIRE(state);

  CHECK_THROWS(plugin.host.create(plugin.file, "SequenceCheck", {{"run", "other"}}, state));
  state->data.pop_back();
  CHECK_THROWS(plugin.create(state));
}
