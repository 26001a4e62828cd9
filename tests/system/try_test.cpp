// SPDX-License-Identifier: Apache-2.0
#include "tests/system/running_host.hpp"

using namespace baton::test;

namespace {

/// A host with a counter of version 1 that keeps its last events.
struct TryPlace : Place {
  TryPlace() {
    const std::string plugins = path("plugins").string();
    shell("cp " PLUGIN_counter_v1 " " + plugins);
    start(config("managers: {log: {handlers: [{type: CounterHandler, id: c}]}}\n", plugins));
    verb("record log on 100 --bytes 16KiB");
  }

  /// `baton try` with the manager's events.
  [[nodiscard]] Ran try_out(const std::string& file, const std::string& more = {}) const {
    return verb("try " + file + " --replay log " + more);
  }
};

}  // namespace

TEST_CASE_METHOD(TryPlace, "a candidate gets the recorded events of a live manager beside the one that runs",
                 "[try]") {
  for (const char* data : {"1", "2", "3"}) {
    verb(std::string("sync-notify log msg ") + data);
  }
  verb("sync-notify log msg " + std::string(20'000, 'x'));

  const Ran good = try_out(PLUGIN_counter_v2, "-o json");

  CHECK(good.code == 0);
  CHECK(contains(good.output, R"({"events":3,"left_out":1,"candidate":{)"));
  CHECK(contains(good.output, R"("version":"2.0.0","handled":3,"refused":0,"failed":0)"));
  CHECK(contains(good.output, R"("state_bytes":8},"running":{)"));
  CHECK(contains(good.output, R"("version":"1.0.0","handled":3)"));
  CHECK(contains(good.output, R"("differences":[]})"));
  CHECK(contains(try_out(PLUGIN_counter_v2).output, "3 events; 1 more are left out"));
  CHECK(verb("call log/c count").output == "1.0.0 4 4\n");  // nothing of it has reached the host
}

TEST_CASE_METHOD(TryPlace, "what a candidate does wrong is told with its event, and harms nobody", "[try]") {
  CHECK(contains(try_out(PLUGIN_counter_v2).output, "log keeps its last 100 events, and has had none since"));
  verb("record log off");
  const Ran unrecorded = try_out(PLUGIN_counter_v2);
  CHECK(unrecorded.code == 1);
  CHECK(contains(unrecorded.output, "`baton record log on 1000` keeps its last 1000 from now on"));
  CHECK(contains(verb("try " PLUGIN_counter_v2 " --replay logs").output, "did you mean \"log\"?"));
  verb("record log on 100");
  verb("sync-notify log msg 1");
  verb("sync-notify log segfault");
  verb("sync-notify log throw");

  const Ran crash = try_out(PLUGIN_ends_host);
  CHECK(crash.code == 1);
  CHECK(contains(crash.output, "event 1: ended the process: ended by signal 11 (Segmentation fault)"));

  const Ran fails = try_out(PLUGIN_event_throws);
  CHECK(fails.code == 1);
  CHECK(contains(fails.output, "event 2: failed: "));

  const Ran hangs = try_out(PLUGIN_constructor_hangs, "--timeout 300ms");
  CHECK(hangs.code == 1);
  CHECK(contains(hangs.output, "candidate: not done after 300 ms"));

  CHECK(contains(try_out(PLUGIN_counter_v2, "start=x").output, "candidate: start: "));
  CHECK(try_out("/nowhere.so").code == 1);
  CHECK(verb("call log/c count").output == "1.0.0 3 3\n");
}

TEST_CASE("a candidate is tried with the events of a file, without a host", "[try]") {
  Place place;
  const std::string events =
      place.write("events.jsonl", "{\"type\":\"msg\",\"data\":\"a\"}\n{\"type\":\"x\"}\n");
  const std::string lines = place.write("lines.txt", "one\ntwo\nthree\n");

  CHECK(contains(place.verb("try " PLUGIN_counter_v2 " --replay " + events).output, "2 events\n"));
  const Ran of_lines = place.verb("try " PLUGIN_counter_v2 " --event-type line --replay " + lines);
  CHECK(of_lines.code == 0);
  CHECK(contains(of_lines.output, "3 events\n"));
  const Ran wrong = place.verb("try " PLUGIN_counter_v2 " --replay " + lines);
  CHECK(wrong.code == 65);
  CHECK(contains(wrong.output, "lines.txt:1: it is no JSON object; a line is"));
  CHECK(place.verb("try " PLUGIN_counter_v2 " --replay ./nowhere").code == 65);
}
