// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/supervisor.hpp"

#include "tests/support/manual_host.hpp"
#include "tests/support/scripted_handler.hpp"
#include "tests/support/scripted_server.hpp"

#include <catch2/catch.hpp>

using namespace baton;
using namespace baton::test;

namespace {

struct SupervisorTest {
  ManualHost host;
  ServerScript script;
  std::vector<std::string> starts;

  ChildSpec child(const std::string& id, Restart restart = Restart::permanent) {
    return {id,
            [this, id]() -> Result<std::shared_ptr<Process>> {
              starts.push_back(id);
              auto started = ServerProcess::start(host.runtime, {id, script.factory(), {}, {}});
              if (!started) {
                return fail(started.error());
              }
              return std::shared_ptr<Process>(*started);
            },
            restart, Duration(5000)};
  }

  std::shared_ptr<Supervisor> start(std::vector<ChildSpec> children, SupervisorOptions options = {}) {
    auto started = Supervisor::start(host.runtime, "root", options, std::move(children));
    REQUIRE(started);
    return *started;
  }

  std::shared_ptr<ServerProcess> server(const std::string& name) {
    return std::dynamic_pointer_cast<ServerProcess>(host.registry.whereis(name));
  }

  void crash(const std::string& name) {
    const auto victim = server(name);
    REQUIRE(victim);
    CHECK_FALSE(victim->call(host.message("throw")));
    host.scheduler.run_all();
  }
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE_METHOD(SupervisorTest, "children are started in order and stopped in reverse order",
                 "[supervisor][otp]") {
  const auto supervisor = start({child("a"), child("b")});
  CHECK(starts == Names{"a", "b"});

  REQUIRE(supervisor->stop(ExitReason::shutdown(), infinity));

  const auto stopped = host.log.all("server_stopped");
  REQUIRE(stopped.size() == 2);
  CHECK(stopped[0].fields.at("server") == "b");
  CHECK(stopped[1].fields.at("server") == "a");
}

TEST_CASE_METHOD(SupervisorTest, "when a child cannot start, those before it are stopped again",
                 "[supervisor][otp]") {
  ServerScript bad;
  bad.create_fails = true;
  ChildSpec failing = child("b");
  failing.start = [&]() -> Result<std::shared_ptr<Process>> {
    auto started = ServerProcess::start(host.runtime, {"b", bad.factory(), {}, {}});
    return fail(started.error());
  };

  const auto started = Supervisor::start(host.runtime, "root", {}, {child("a"), failing});

  CHECK(code_of(started) == "init_failed");
  CHECK(started.error().text == "`b` did not start: will not");
  CHECK(host.registry.all().empty());
}

TEST_CASE_METHOD(SupervisorTest, "a permanent child that crashes is started again, the others are left alone",
                 "[supervisor][otp]") {
  const auto supervisor = start({child("a"), child("b")});

  crash("a");

  CHECK(starts == Names{"a", "b", "a"});
  REQUIRE(server("a"));
  CHECK(server("a")->instance() == 2);
  CHECK(server("b")->instance() == 1);
}

TEST_CASE_METHOD(SupervisorTest, "who is started again depends on restart and on how it ended",
                 "[supervisor][otp]") {
  const auto supervisor = start(
      {child("permanent"), child("transient", Restart::transient), child("temporary", Restart::temporary)},
      {10, Duration(5000)});
  const std::vector<std::string> all = {"permanent", "transient", "temporary"};

  SECTION("normally") {
    for (const std::string& name : all) {
      (void)server(name)->call(host.message("stop"));
      host.scheduler.run_all();
    }
    CHECK(server("permanent"));
    CHECK_FALSE(server("transient"));
    CHECK_FALSE(server("temporary"));
  }
  SECTION("by a crash") {
    for (const std::string& name : all) {
      crash(name);
    }
    CHECK(server("permanent"));
    CHECK(server("transient"));
    CHECK_FALSE(server("temporary"));
  }
}

TEST_CASE_METHOD(SupervisorTest, "more restarts than allowed end the supervisor and all its children",
                 "[supervisor][otp]") {
  const auto supervisor = start({child("a"), child("b")}, {1, Duration(5000)});

  crash("a");
  CHECK_FALSE(supervisor->has_ended());
  crash("a");

  CHECK(supervisor->has_ended());
  CHECK(host.registry.all().empty());
  CHECK(host.log.count("too_many_restarts") == 1);
}

TEST_CASE_METHOD(SupervisorTest, "crashes are counted for each child, restarts also for all of them",
                 "[supervisor]") {
  const auto supervisor = start({child("a"), child("b")}, {10, Duration(5000)});
  CHECK(supervisor->restarts() == 0);
  crash("a");
  crash("a");
  crash("b");
  (void)server("b")->call(host.message("stop"));  // it ends normally, and comes back
  host.scheduler.run_all();
  REQUIRE(supervisor->terminate_child("a"));  // by us: no crash

  const auto children = *supervisor->which_children();  // newest first
  CHECK(children[0].crashes == 1);
  CHECK(children[0].restarts == 2);
  CHECK(children[1].crashes == 2);
  CHECK(supervisor->restarts() == 4);
}

TEST_CASE_METHOD(SupervisorTest, "restarts that are long ago do not count", "[supervisor][otp]") {
  const auto supervisor = start({child("a")}, {1, Duration(5000)});

  for (int i = 0; i < 5; ++i) {
    crash("a");
    host.scheduler.advance(Duration(5001));
  }

  CHECK_FALSE(supervisor->has_ended());
}

TEST_CASE_METHOD(SupervisorTest, "a restart that fails is tried again and counts each time",
                 "[supervisor][otp]") {
  const auto supervisor = start({child("a")}, {3, Duration(5000)});
  const auto victim = server("a");
  script.create_fails = true;

  (void)victim->call(host.message("throw"));
  host.scheduler.run_all();

  CHECK(host.log.count("start_error") == 3);
  CHECK(supervisor->has_ended());
}

TEST_CASE_METHOD(SupervisorTest, "a terminated child stays known and can be started again or forgotten",
                 "[supervisor][otp]") {
  const auto supervisor = start({child("a")});

  REQUIRE(supervisor->terminate_child("a"));
  host.scheduler.run_all();
  CHECK_FALSE(server("a"));
  CHECK(code_of(supervisor->start_child(child("a"))) == "already_present");

  const auto again = supervisor->restart_child("a");
  REQUIRE(again);
  CHECK(again->instance == 2);
  CHECK(code_of(supervisor->restart_child("a")) == "already_started");
  CHECK(code_of(supervisor->delete_child("a")) == "already_started");

  REQUIRE(supervisor->terminate_child("a"));
  REQUIRE(supervisor->delete_child("a"));
  CHECK(code_of(supervisor->restart_child("a")) == "not_found");
}

TEST_CASE_METHOD(SupervisorTest, "children can be added while it runs", "[supervisor][otp]") {
  const auto supervisor = start({child("a")});

  REQUIRE(supervisor->start_child(child("b")));
  const auto twice = supervisor->start_child(child("b"));

  CHECK(code_of(twice) == "already_started");
  CHECK(twice.error().text == "`b` is running already: b#1");
  const auto children = supervisor->which_children();
  REQUIRE(children);
  CHECK((*children)[0].id == "b");
  CHECK((*children)[1].id == "a");
}
