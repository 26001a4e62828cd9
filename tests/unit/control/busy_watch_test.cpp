// SPDX-License-Identifier: Apache-2.0
// Callbacks that do not return are found.
#include "host/control/busy_watch.hpp"

#include "tests/support/manual_host.hpp"

#include <catch2/catch.hpp>

using namespace baton;
using namespace baton::test;

namespace {

/// A host whose manager `log` is in a callback for as long as the test wants.
struct BusyWatchTest : ManualHost {
  BusyWatch watch{registry, clock, atoms, log};
  std::shared_ptr<EventManager> held = manager();

  void begin() {
    held->activity()->begin("handle_events", 0, nullptr, 0);
    watch.look();
  }

  void look_after(Duration time) {
    scheduler.advance(time);
    watch.look();
  }
};

}  // namespace

TEST_CASE_METHOD(BusyWatchTest, "a callback that does not return is told after a while, and then rarely",
                 "[busy]") {
  begin();
  look_after(std::chrono::seconds(4));
  CHECK(log.count("callback_runs_long") == 0);
  look_after(std::chrono::seconds(1));
  REQUIRE(log.count("callback_runs_long") == 1);
  CHECK(log.all("callback_runs_long")[0].fields.at("in") == "log, handle_events, for 5 s");
  look_after(std::chrono::seconds(54));
  CHECK(log.count("callback_runs_long") == 1);
  look_after(std::chrono::seconds(1));
  CHECK(log.count("callback_runs_long") == 2);
  for (int minute = 1; minute < 60; ++minute) {
    look_after(std::chrono::minutes(1));
  }
  CHECK(log.count("callback_runs_long") == 4);  // after 10 min, and after an hour
  look_after(std::chrono::minutes(30));
  CHECK(log.count("callback_runs_long") == 4);
  look_after(std::chrono::minutes(30));
  CHECK(log.count("callback_runs_long") == 5);

  held->activity()->end();
  watch.look();
  CHECK(log.count("callback_returned") == 1);
}

TEST_CASE_METHOD(BusyWatchTest, "callbacks that return are not told, however many there are", "[busy]") {
  for (int i = 0; i < 20; ++i) {
    begin();
    look_after(std::chrono::seconds(1));
  }
  held->activity()->end();
  CHECK(log.count("callback_runs_long") == 0);
  CHECK(log.count("callback_returned") == 0);
}

TEST_CASE_METHOD(BusyWatchTest, "what keeps the host from ending is told, also when it was given up",
                 "[busy]") {
  begin();
  look_after(std::chrono::minutes(2));
  watch.host_ends();
  held->abandon();
  look_after(std::chrono::seconds(4));
  CHECK(log.count("still_running") == 0);
  look_after(std::chrono::seconds(1));
  REQUIRE(log.count("still_running") == 1);
  CHECK(log.all("still_running")[0].fields.at("in") == "log, handle_events, for 2 min");
  CHECK(log.all("still_running")[0].fields.at("what_now").find("second signal") != std::string::npos);
  look_after(std::chrono::seconds(50));
  CHECK(log.count("still_running") == 1);
  look_after(std::chrono::seconds(10));
  CHECK(log.count("still_running") == 2);
  held->activity()->end();
}

TEST_CASE_METHOD(BusyWatchTest, "what has been running for a second is told to whoever stops the host",
                 "[busy]") {
  CHECK(long_activities(registry, clock, atoms).empty());
  begin();
  CHECK(long_activities(registry, clock, atoms).empty());
  look_after(std::chrono::seconds(1));
  const auto running = long_activities(registry, clock, atoms);
  REQUIRE(running.size() == 1);
  CHECK(to_string(running[0]) == "log, handle_events, for 1 s");
  held->activity()->end();
}
