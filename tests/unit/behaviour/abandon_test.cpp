// SPDX-License-Identifier: Apache-2.0
// What becomes of what an abandoned process was running: it goes, without terminate, and nobody waits for it.
#include "tests/support/manual_host.hpp"
#include "tests/support/scripted_handler.hpp"
#include "tests/support/scripted_server.hpp"

#include <catch2/catch.hpp>

using namespace baton;
using namespace baton::test;

TEST_CASE("the handlers of an abandoned manager go without terminate, in its own last turn", "[supervisor]") {
  HandlerScript script;
  ManualHost host;
  const auto manager = host.manager();
  REQUIRE(manager->add_handler({"h", script.factory(), {}}));

  manager->abandon();
  CHECK(script.trace.empty());
  host.scheduler.run_all();

  CHECK(script.trace == Trace{"h destroyed"});
  CHECK(host.manager() != manager);  // its name is free
}

TEST_CASE("who waits for a reply of an abandoned server is told that it ended", "[supervisor]") {
  ServerScript script;
  ManualHost host;
  const auto server = *ServerProcess::start(host.runtime, {"queue", script.factory(), {}, {}});
  host.scheduler.start(Duration(10), [&server] { server->abandon(); });

  const auto reply = server->call(host.message("later"), Duration(1000));

  CHECK(code_of(reply) == "process_ended");
  CHECK(script.trace == std::vector<std::string>{"call later"});
}
