// SPDX-License-Identifier: Apache-2.0
// Plugins that were built when ABI 1.0 was new, in the real host of today: found, tried out, loaded, run,
// swapped to today's build with their state and back.
#include "tests/system/running_host.hpp"

using namespace baton::test;

namespace {

const std::string old_logger = PLUGIN_baseline_logger;
const std::string old_queue = PLUGIN_baseline_simple_queue;
const std::string old_counter = PLUGIN_baseline_c_counter;

void notify(const Place& place, const std::vector<std::string>& events) {
  for (const std::string& event : events) {
    CHECK(place.verb("sync-notify log msg " + event).code == 0);
  }
}

}  // namespace

TEST_CASE("an old handler runs in the host of today, and its state goes to today's build and back", "[abi]") {
  Place place;
  place.start(
      place.config("managers: {log: {handlers: [{type: LoggerHandler, options: {max_messages: 3}}]}}\n"));

  notify(place, {"one", "two", "three"});
  CHECK(place.verb("call log/LoggerHandler messages").output == "[\"one\", \"two\", \"three\"]\n");

  const Ran there = place.verb("swap log/LoggerHandler " PLUGIN_logger);
  CHECK(contains(there.output, "version 1, "));
  notify(place, {"four"});

  const Ran back = place.verb("swap log/LoggerHandler " + old_logger);
  CHECK(contains(back.output, "version 1, "));
  CHECK(place.verb("call log/LoggerHandler messages").output == "[\"two\", \"three\", \"four\"]\n");
  CHECK(contains(place.verb("sys state log").output, "\"messages\":3"));
  CHECK(contains(place.verb("status -o json").output, "\"state\":\"unloaded\""));
  CHECK_FALSE(contains(place.log(), "library_pinned"));
}

TEST_CASE("an old handler in C runs in the host of today, and its state goes to today's build and back",
          "[abi]") {
  Place place;
  place.start(place.config("managers: {log: {handlers: [{type: CCounter, id: c, options: {start: 40}}]}}\n"));

  notify(place, {"a"});
  CHECK(place.verb("swap log/c " PLUGIN_c_counter).code == 0);
  notify(place, {"a"});
  CHECK(place.verb("swap log/c " + old_counter).code == 0);

  CHECK(place.verb("call log/c count").output == "42\n");
}

TEST_CASE("an old server runs in the host of today, and its state goes to today's build and back", "[abi]") {
  Place place;
  place.start(place.config("servers: {queue: {type: SimpleQueue, options: {items: [1, 2]}}}\n"));

  CHECK(place.verb("cast queue enqueue 3").code == 0);
  CHECK(place.verb("call queue dequeue").output == "1\n");
  CHECK(place.verb("swap queue " PLUGIN_simple_queue).code == 0);
  CHECK(place.verb("cast queue enqueue 4").code == 0);
  CHECK(place.verb("swap queue " + old_queue).code == 0);

  CHECK(place.verb("call queue queue").output == "[2, 3, 4]\n");
}

TEST_CASE("an old server and an old handler end in order with the host of today", "[abi]") {
  Place place;
  place.start(place.config(
      "managers: {log: {handlers: [LoggerHandler, CCounter]}}\nservers: {queue: {type: SimpleQueue}}\n"));

  CHECK(place.verb("remove log/CCounter").code == 0);
  CHECK(place.verb("stop").code == 0);
  CHECK(eventually([&place] { return !place.host().is_running(); }));
  CHECK_FALSE(contains(place.log(), "crash"));
}
