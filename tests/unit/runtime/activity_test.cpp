// SPDX-License-Identifier: Apache-2.0
#include "host/runtime/activity.hpp"

#include "tests/support/manual_host.hpp"

#include <catch2/catch.hpp>

using namespace baton;
using namespace baton::test;

namespace {

struct ActivityTest : ManualHost {
  std::shared_ptr<Activity> activity = std::make_shared<Activity>("log");

  std::string told() const {
    const auto now = activity->now(clock, atoms);
    return now ? to_string(*now) : "";
  }
};

}  // namespace

TEST_CASE_METHOD(ActivityTest, "it tells the callback, its instance and its message", "[activity]") {
  const ActivitySubject subject(activity, "log/Fragile");
  Message event = message("hang");
  event.seq = 7;
  CHECK(told().empty());

  activity->begin("handle_events", subject.number(), &event, 1);
  CHECK(told() == R"(log/Fragile, handle_events, event "hang" seq 7, for 0 s)");
  activity->end();
  CHECK(told().empty());

  activity->begin("handle_events", subject.number(), &event, 40);
  CHECK(told() ==
        R"(log/Fragile, handle_events, one of 40 messages from seq 7, the first is "hang", for 0 s)");
  activity->begin("terminate", 0, nullptr, 0);
  CHECK(told() == "log, terminate, for 0 s");
}

TEST_CASE_METHOD(ActivityTest, "how long it lasts is known since somebody first looked", "[activity]") {
  activity->begin("handle_call", 0, nullptr, 0);
  activity->look(clock.steady_now());
  scheduler.advance(std::chrono::seconds(90));
  activity->look(clock.steady_now());
  CHECK(activity->now(clock, atoms)->lasted == std::chrono::seconds(90));
  CHECK(told() == "log, handle_call, for 90 s");

  activity->end();
  activity->begin("handle_call", 0, nullptr, 0);  // another one
  CHECK(activity->now(clock, atoms)->lasted == Duration(0));
}

TEST_CASE_METHOD(ActivityTest, "an instance that has gone is told of no more", "[activity]") {
  {
    const ActivitySubject subject(activity, "log/Fragile");
    activity->begin("terminate", subject.number(), nullptr, 0);
  }
  CHECK(told() == "log, terminate, for 0 s");
}

TEST_CASE("spans of time are told as people do", "[activity]") {
  CHECK(readable_span(Duration(40'500)) == "40 s");
  CHECK(readable_span(std::chrono::minutes(10)) == "10 min");
  CHECK(readable_span(std::chrono::hours(3)) == "3 h");
}
