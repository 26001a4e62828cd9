// SPDX-License-Identifier: Apache-2.0
#include "tests/system/running_host.hpp"

using namespace baton::test;

namespace {

const std::string log_and_queue =
    log_with_logger + "servers: {queue: {type: SimpleQueue, options: {items: [1, 2]}}}\n";

}  // namespace

TEST_CASE("a suspended manager keeps its events until it is resumed, and status says so", "[sys]") {
  Place place;
  place.start(place.config(log_and_queue));

  CHECK(place.verb("sys suspend log").output == "ok\n");
  CHECK(place.verb("notify log msg waiting").output == "ok\n");
  CHECK(contains(place.verb("status").output, "log#1 (suspended)"));
  const Ran call = place.verb("call log/LoggerHandler messages --timeout 50ms");
  CHECK(call.code == 75);
  CHECK(contains(place.verb("sys status log").output, "Status for event handler log#1: suspended"));

  CHECK(place.verb("sys resume log").output == "ok\n");
  CHECK(place.verb("call log/LoggerHandler messages").output == "[\"waiting\"]\n");
  CHECK_FALSE(contains(place.verb("status").output, "(suspended)"));
}

TEST_CASE("the state of handlers and servers is shown with its version and size, raw with -o json", "[sys]") {
  Place place;
  place.start(place.config(log_and_queue));

  const Ran state = place.verb("sys state queue");
  CHECK(state.code == 0);
  CHECK(contains(state.output, "ID     TYPE         INSTANCE  STATE_VERSION  BYTES"));
  CHECK(contains(state.output, "queue  SimpleQueue  #1        1"));
  CHECK(contains(place.verb("sys state queue -o json").output, "\"state_base64\":\""));
  CHECK(contains(place.verb("sys state log").output, "LoggerHandler"));
}

TEST_CASE("log, trace and statistics of a server are turned on and read", "[sys]") {
  Place place;
  place.start(place.config(log_and_queue));

  CHECK(place.verb("sys log queue get").output == "no events\n");
  CHECK(contains(place.verb("sys stats queue get").output, "they are off"));
  CHECK(place.verb("sys log queue on 5").code == 0);
  CHECK(place.verb("sys stats queue on").code == 0);
  CHECK(place.verb("sys trace queue on").code == 0);
  CHECK(place.verb("call queue dequeue").output == "1\n");

  const Ran log = place.verb("sys log queue get");
  CHECK(contains(log.output, "*DBG* queue got call dequeue from 1\n*DBG* queue sent 1 to 1"));
  CHECK(contains(place.verb("sys stats queue get").output, "messages in 1, out 1, in "));
  CHECK(place.verb("sys no_debug queue").code == 0);
  CHECK(place.verb("sys log queue get").output == "no events\n");
}

TEST_CASE("sys tells names and actions that were mistyped with the ones that were meant", "[sys]") {
  Place place;
  place.start(place.config(log_and_queue));

  const Ran name = place.verb("sys suspend quue");
  CHECK(name.code == 1);
  CHECK(contains(name.output, "did you mean \"queue\"?"));
  const Ran action = place.verb("sys supend queue");
  CHECK(action.code == 64);
  CHECK(contains(action.output, "did you mean \"suspend\"?"));
  CHECK(place.verb("sys suspend nobody -o json").code == 1);
  CHECK(place.verb("__complete -- sys suspend q").output == "queue\n");
}

TEST_CASE("a host with a suspended process ends in order", "[sys]") {
  Place place;
  place.start(place.config(log_and_queue));
  CHECK(place.verb("sys suspend log").code == 0);
  CHECK(place.verb("notify log msg waiting").code == 0);

  CHECK(place.host().stop() == 0);
}
