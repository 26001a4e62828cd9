// SPDX-License-Identifier: Apache-2.0
#include "host/app/try_document.hpp"

#include "tests/unit/app/parsed_words.hpp"

#include <catch2/catch.hpp>

using namespace baton;
using namespace baton::test;

namespace {

using Json = nlohmann::ordered_json;

/// One that has handled so many events.
Tried handler_of(std::size_t events) {
  Tried tried;
  tried.type = "Geo";
  tried.version = "1.0.0";
  tried.events.assign(events, {"handled", "", 2, {}});
  return tried;
}

}  // namespace

TEST_CASE("two are compared event by event, and in what their creation asks of a host", "[try]") {
  Tried candidate = handler_of(3);
  Tried running = handler_of(3);
  CHECK(differences(candidate, running).dump() == "[]");

  candidate.events[0].us = 1000;
  candidate.create_effects = {"start a timer of 5 ms: tick"};
  candidate.events[1].effects = {"notify log: msg"};
  running.events[2].verdict = "refused";
  CHECK(differences(candidate, running).dump() ==
        R"([{"step":"create","candidate":["start a timer of 5 ms: tick"],"running":[]},)"
        R"({"event":1,"candidate":["notify log: msg"],"running":[]},)"
        R"({"event":2,"candidate":"handled","running":"refused"}])");

  running = handler_of(3);
  running.events.pop_back();
  CHECK(contains(differences(candidate, running).dump(),
                 R"({"event":2,"candidate":"handled","running":"not reached"})"));
}

TEST_CASE("each effect is told with what it is one of", "[try]") {
  Tried tried = handler_of(2);
  tried.create_effects = {"log info: hello"};
  tried.events[1].effects = {"cast to queue: enqueue"};
  tried.calls = {{{{"reply", "3"}, {"content_type", "text/plain"}}, {"call log: messages"}}};
  const Json document = {{"candidate", tried_document("/p/geo.so", tried, {"count"})}};

  CHECK(document["candidate"]["effects"].dump() ==
        R"([{"step":"create","effect":"log info: hello"},{"event":1,"effect":"cast to queue: enqueue"},)"
        R"({"call":0,"effect":"call log: messages"}])");
  CHECK(try_text(document) ==
        "create: effect: log info: hello\n"
        "event 1: effect: cast to queue: enqueue\n"
        "call 0: effect: call log: messages\n"
        "3");
}

TEST_CASE("a call is told with its data, and its reply as `call` prints it", "[try]") {
  Tried tried = handler_of(0);
  tried.calls = {{{{"reply_base64", "/w=="}, {"content_type", "application/octet-stream"}}, {}},
                 {{{"error", {{"code", "refused"}, {"text", "not on a Sunday"}}}}, {}}};
  const Json document = {{"candidate", tried_document("/p/geo.so", tried, {"bytes", "open the door"})}};

  CHECK(document["candidate"]["calls"].dump() ==
        R"([{"request":"bytes","reply_base64":"/w==","content_type":"application/octet-stream"},)"
        R"({"request":"open","data":"the door","error":{"code":"refused","text":"not on a Sunday"}}])");
  CHECK(try_text(document) == "base64 /w==\ncall open the door: error[refused]: not on a Sunday");
}

TEST_CASE("events are counted by what became of them", "[try]") {
  Tried tried = handler_of(4);
  tried.events[1] = {"refused", "no such city", 4, {}};
  tried.events[3] = {"failed", "map::at", 0, {}};
  const Json document = tried_document("/p/geo.so", tried, {});

  CHECK(contains(document.dump(), R"("handled":2,"refused":1,"failed":1,"mean_us":2.0,"max_us":4.0)"));
  CHECK(document["problems"].dump() == R"([{"event":1,"verdict":"refused","reason":"no such city"},)"
                                       R"({"event":3,"verdict":"failed","reason":"map::at"}])");
  CHECK_FALSE(document.contains("calls"));
  CHECK_FALSE(document.contains("state_bytes"));
}
