// SPDX-License-Identifier: Apache-2.0
#include "tests/system/running_host.hpp"

using namespace baton::test;

TEST_CASE("a host starts what its config says, and the verbs reach it", "[host]") {
  Place place;
  place.start(
      place.config(log_with_logger + "servers: {queue: {type: SimpleQueue, options: {items: [1, 2]}}}\n"));

  CHECK(place.verb("call queue dequeue").output == "1\n");
  CHECK(place.verb("cast queue enqueue 20").output == "ok\n");
  CHECK(place.verb("call queue queue").output == "[2, 20]\n");
  CHECK(place.verb("sync-notify log msg 'Hello World'").output == "ok\n");
  CHECK(place.verb("call log/LoggerHandler messages").output == "[\"Hello World\"]\n");
  CHECK(place.host().read_available() == "Logging new message: Hello World\n");
  CHECK(contains(place.verb("which log").output, "LoggerHandler"));
  CHECK(contains(place.verb("status -o json").output, "\"accepted\":1"));
}

TEST_CASE("handlers are added, swapped and removed while it runs", "[host]") {
  Place place;
  place.start(place.config(log_with_logger));

  CHECK(place.verb("add log LoggerHandler --id second print=false").code == 0);
  CHECK(contains(place.verb("add log LoggerHandler --id second").output, "already_present"));
  place.verb("sync-notify log msg x");
  const Ran swapped = place.verb("swap log/second LoggerHandler");
  CHECK(swapped.code == 0);
  CHECK(contains(swapped.output, "version 1, "));
  CHECK(place.verb("call log/second messages").output == "[\"x\"]\n");
  CHECK(place.verb("remove log/second").code == 0);
  CHECK(contains(place.verb("call log/second messages").output, "not_found"));
}

TEST_CASE("names that were mistyped are told with the one that was meant", "[host]") {
  Place place;
  place.start(place.config(log_with_logger));

  const Ran ran = place.verb("call log/LoggerHandlr messages");

  CHECK(ran.code == 1);
  CHECK(contains(ran.output, "LoggerHandler"));
}

TEST_CASE("exit codes tell what kind of failure it was", "[host]") {
  Place place;
  CHECK(place.verb("status").code == 69);
  place.start(place.config(log_with_logger));
  CHECK(place.verb("status").code == 0);
  CHECK(place.verb("call nobody x").code == 1);
  CHECK(place.verb("call").code == 64);
  CHECK(place.verb("nonsense").code == 64);
  // A value that is no good, whoever finds it out; words that cannot be meant.
  CHECK(place.verb("add log LoggerHandler no_such_option=1").code == 65);
  CHECK(place.verb("add log LoggerHandler --id second --on-crash restart,max=often").code == 65);
  CHECK(place.verb("add log LoggerHandler --id second --on-crash often").code == 65);
  CHECK(place.verb("add log LoggerHandler --id 'a b'").code == 65);
  CHECK(place.verb("remove log").code == 64);
  CHECK(place.verb("cast log/LoggerHandler x").code == 64);
}

TEST_CASE("a second host on the same socket is refused and the first goes on", "[host]") {
  Place place;
  const auto config = place.config(log_with_logger);
  place.start(config);

  const Ran second =
      shell(std::string(BATON_BINARY) + " run " + config.string() + " --no-console < /dev/null");

  CHECK(second.code == 1);
  CHECK(contains(second.output, "already_started"));
  CHECK(place.verb("status -q").code == 0);
}

TEST_CASE("SIGTERM and the verb stop end a host in order", "[host]") {
  Place place;
  place.start(place.config(log_with_logger));

  SECTION("by signal") {
    CHECK(place.host().stop() == 0);
  }
  SECTION("by verb") {
    CHECK(place.verb("stop").code == 0);
    CHECK(eventually([&] { return !place.host().is_running(); }));
    CHECK(place.host().stop() == 0);
  }
  CHECK_FALSE(std::filesystem::exists(place.path("host.sock")));
}

TEST_CASE("the socket of a host that was killed is taken over by the next one", "[host]") {
  Place place;
  const auto config = place.config(log_with_logger);
  place.start(config);
  shell("kill -9 $(" + std::string(BATON_BINARY) + " --socket " + place.path("host.sock").string() +
        " status -o json | sed 's/.*\"pid\":\\([0-9]*\\).*/\\1/')");
  REQUIRE(eventually([&] { return !place.host().is_running(); }));
  CHECK(std::filesystem::exists(place.path("host.sock")));

  place.start(config);

  CHECK(place.verb("sync-notify log msg x").code == 0);
}

TEST_CASE("only the host's user may use its socket", "[host]") {
  Place place;
  place.start(place.config(log_with_logger));

  const auto mode = std::filesystem::status(place.path("host.sock")).permissions();

  CHECK((mode & std::filesystem::perms::all) ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
}

TEST_CASE("a handler of the config that cannot start keeps the host from starting, and says why", "[host]") {
  Place place;
  const auto config = place.config(
      "managers: {log: {handlers: [{type: PersistenceHandler, options: {path: /no/such/folder/x.db}}]}}\n");

  const Ran ran = shell(std::string(BATON_BINARY) + " run " + config.string() + " --no-console < /dev/null");

  CHECK(ran.code == 1);
  CHECK(contains(ran.output, "/no/such/folder"));
}
