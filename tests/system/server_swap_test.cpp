// SPDX-License-Identifier: Apache-2.0
// Swaps of the lesson's queue while it is used, with versions that do well and versions that do not. The
// fixtures are queue.cpp, the old version is the plugin itself.
#include "tests/system/running_host.hpp"

#include <fmt/format.h>

#include <string>
#include <thread>

using namespace baton::test;

namespace {

struct ServerSwapTest {
  Place place;

  explicit ServerSwapTest(const std::string& keys = "") {
    place.start(place.config("servers: {queue: {type: SimpleQueue, options: {items: [1]}" + keys + "}}\n"));
  }

  std::string items() { return place.verb("call queue queue").output; }

  void enqueue(int item) { REQUIRE(place.verb(fmt::format("cast queue enqueue {}", item)).code == 0); }

  /// With its version, and whether it is watched.
  std::string list() { return place.verb("list").output; }
};

/// A swap that waits for its watch, and what it says in the end.
class WatchedSwap {
 public:
  WatchedSwap(Place& place, const std::string& words)
      : thread_([this, &place, words] { said_ = place.verb(words); }) {}

  WatchedSwap(const WatchedSwap&) = delete;
  WatchedSwap& operator=(const WatchedSwap&) = delete;

  ~WatchedSwap() { join(); }

  const Ran& join() {
    if (thread_.joinable()) {
      thread_.join();
    }
    return said_;
  }

 private:
  Ran said_;
  std::thread thread_;
};

struct ConfiguredTest : ServerSwapTest {
  ConfiguredTest() : ServerSwapTest(", canary: 10, watch: {window: 60s}") {}
};

}  // namespace

TEST_CASE_METHOD(ServerSwapTest, "new code of a server that does well stays when its watch is over",
                 "[swap][server]") {
  WatchedSwap swap(place, "swap queue " PLUGIN_queue_v2 " --watch 500ms");
  CHECK(eventually([this] { return contains(list(), "2.0.0"); }));
  enqueue(2);

  const Ran& said = swap.join();

  CAPTURE(said.output);
  CHECK(said.code == 0);
  std::size_t at = 0;
  for (const char* const step :
       {"check", "copy", "trial", "load", "state", "create", "cut over", "watch", "unload"}) {
    CAPTURE(step);
    at = said.output.find(std::string("\n  ") + step, at);
    CHECK(at != std::string::npos);
  }
  CHECK(contains(said.output, " requests, 0 errors"));
  CHECK(contains(said.output, "its mapping is gone"));
  CHECK(items() == "[1, 2]\n");
}

TEST_CASE_METHOD(ServerSwapTest,
                 "new code of a server that crashes at a cast is swapped back, and no cast is lost",
                 "[swap][server]") {
  WatchedSwap swap(place, "swap queue " PLUGIN_queue_casts_crash " --watch 60s");
  REQUIRE(eventually([this] { return contains(list(), "2.2.0 (watched)"); }));
  for (int item = 2; item <= 6; ++item) {
    enqueue(item);
  }

  const Ran& said = swap.join();

  CAPTURE(said.output);
  CHECK(said.code == 3);
  CHECK(contains(said.output, "\n  watch      FAILED"));
  CHECK(contains(said.output, "it crashed: the third one"));
  CHECK(contains(said.output, "state: the new one's, version 1; 1 requests were given to it again"));
  CHECK(contains(said.output, "error[swapped_back]"));
  CHECK(contains(said.output, "queue#3 (1.0.0) has taken over again"));
  CHECK(items() == "[1, 2, 3, 4, 5, 6]\n");
  CHECK_FALSE(contains(place.log(), "child_terminated"));  // the process is the same
  CHECK(contains(place.log(), "swapped_back server=queue from=2.2.0 to=1.0.0"));
  CHECK(contains(place.log(), "server_crashed server=queue"));
}

TEST_CASE_METHOD(ServerSwapTest, "a caller whose call crashed new code has one answer, from the old code",
                 "[swap][server]") {
  enqueue(2);
  WatchedSwap swap(place, "swap queue " PLUGIN_queue_calls_crash " --watch 60s");
  REQUIRE(eventually([this] { return contains(list(), "2.3.0 (watched)"); }));
  CHECK(place.verb("call queue dequeue").output == "1\n");

  const Ran answered = place.verb("call queue dequeue");

  CHECK(answered.code == 0);
  CHECK(answered.output == "2\n");
  CHECK(swap.join().code == 3);
  CHECK(items() == "[]\n");
}

TEST_CASE_METHOD(ServerSwapTest, "new code of a server that refuses too much is swapped back",
                 "[swap][server]") {
  WatchedSwap swap(place, "swap queue " PLUGIN_queue_refuses " --watch 60s --max-errors 1");
  REQUIRE(eventually([this] { return contains(list(), "2.4.0 (watched)"); }));
  CHECK(contains(place.verb("call queue dequeue").output, "the warehouse is closed"));
  CHECK(place.verb("call queue dequeue").output == "1\n");
  CHECK(contains(swap.join().output,
                 "2 of 2 requests failed (limit 1), the last one: the warehouse is closed"));
}

TEST_CASE_METHOD(ConfiguredTest, "a server's config says how its swaps are tried and watched",
                 "[swap][server]") {
  enqueue(2);
  CHECK(place.verb("call queue dequeue").output == "1\n");

  const Ran refused = place.verb("swap queue " PLUGIN_queue_requests_fail);
  CAPTURE(refused.output);
  CHECK(refused.code == 1);
  CHECK(contains(refused.output, "\n  canary     FAILED"));
  CHECK(contains(refused.output, "the canary failed at the cast `enqueue`, number 1 of 2: the third one"));
  CHECK(contains(refused.output, "; queue#1 (1.0.0) never stopped"));

  WatchedSwap swap(place, "swap queue " PLUGIN_queue_casts_crash);
  REQUIRE(eventually([this] { return contains(list(), "2.2.0 (watched)"); }));
  for (int item = 3; item <= 5; ++item) {
    enqueue(item);
  }
  const Ran& said = swap.join();
  CAPTURE(said.output);
  CHECK(said.code == 3);
  CHECK(contains(said.output, "a throw-away copy got the last 2 requests: 0 errors"));
  CHECK(items() == "[2, 3, 4, 5]\n");

  place.config("servers: {queue: {type: SimpleQueue, options: {items: [1]}, canary: 20}}\n");
  const Ran applied = place.verb("apply");
  CAPTURE(applied.output);
  CHECK(contains(applied.output, "canary 10 -> 20, watch {window: 1m"));
  CHECK(items() == "[2, 3, 4, 5]\n");
  CHECK(place.verb("plan").code == 0);  // nothing is left to do
}

TEST_CASE("what goes back after an upgrade goes back alone", "[swap][server]") {
  Place place;
  place.start(
      place.config("servers: {one: {type: SimpleQueue, canary: 5, watch: {window: 60s}}, "
                   "two: {type: SimpleQueue, watch: {window: 1s}}, three: {type: SimpleQueue}}\n"));
  place.verb("cast one enqueue 1");

  const Ran refused = place.verb("upgrade " PLUGIN_queue_requests_fail);
  CAPTURE(refused.output);
  CHECK(refused.code == 1);
  CHECK(contains(refused.output,
                 "the upgrade failed at the step `canary`: one: the canary failed at the cast"));
  CHECK(contains(refused.output, "nothing was changed"));
  CHECK(contains(place.verb("list").output, "server one#1  SimpleQueue 1.0.0\n"));

  WatchedSwap upgrade(place, "upgrade " PLUGIN_queue_casts_crash);
  REQUIRE(eventually([&] { return contains(place.verb("list").output, "2.2.0 (watched)"); }));
  for (int item = 2; item <= 5; ++item) {
    place.verb(fmt::format("cast one enqueue {}", item));
  }
  place.verb("cast two enqueue 7");

  const Ran& said = upgrade.join();

  CAPTURE(said.output);
  CHECK(said.code == 3);
  CHECK(contains(said.output, "one: a throw-away copy got the last 1 requests"));
  CHECK(contains(said.output, "one: it crashed: the third one"));
  CHECK(contains(said.output, " requests, 0 errors"));  // of `two`
  CHECK(contains(said.output,
                 "one has gone back to 1.0.0, alone: it crashed: the third one; "
                 "2 of 3 run simple_queue 2.2.0"));
  const std::string list = place.verb("list").output;
  CAPTURE(list);
  CHECK(contains(list, "server one#3  SimpleQueue 1.0.0"));
  CHECK(contains(list, "server two#2  SimpleQueue 2.2.0"));
  CHECK(contains(list, "server three#2  SimpleQueue 2.2.0"));
  CHECK(place.verb("call one queue").output == "[1, 2, 3, 4, 5]\n");
  CHECK(place.verb("call two queue").output == "[7]\n");
}
