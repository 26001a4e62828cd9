// SPDX-License-Identifier: Apache-2.0
// The canary of a server: which requests it is given, and what of it is told.
#include "host/behaviour/canary.hpp"
#include "host/behaviour/server_process.hpp"
#include "tests/support/manual_host.hpp"
#include "tests/support/scripted_server.hpp"

#include <catch2/catch.hpp>

using namespace baton;
using namespace baton::test;
using namespace std::chrono_literals;

namespace {

using Trace = std::vector<std::string>;
using Said = ServerOutcome::Verdict;

struct ServerCanaryTest {
  ManualHost host;
  ServerScript old_script;
  ServerScript new_script;
  std::shared_ptr<ServerProcess> server;

  ServerCanaryTest() {
    new_script.version = "2";
    server = *ServerProcess::start(host.runtime, {"queue", old_script.factory(), {}, {}});
  }

  void cast(const std::string& data) {
    const Message request = host.message("add", data);
    REQUIRE(server->cast({&request, 1}));
    host.scheduler.run_all();
  }

  void call(const std::string& type) { (void)server->call(host.message(type)); }

  Result<CanaryReport> canary(std::size_t requests = 100) {
    auto material = server->canary_material(requests);
    REQUIRE(material);
    return run_canary(*new_script.factory(), {"queue", "queue", 0, {}, {}}, std::move(*material),
                      host.runtime);
  }

  void new_one(Said said, const std::string& reason = {}) {
    new_script.on_call = [said, reason](std::string_view /*type*/) {
      return std::optional(ServerOutcome{said, 0, {}, reason});
    };
  }
};

}  // namespace

TEST_CASE_METHOD(ServerCanaryTest, "a canary is given the last requests beside the state, and then ended",
                 "[swap][canary][server]") {
  cast("1");  // nobody wants any yet
  REQUIRE(canary(3)->events == 0);
  call("echo");
  call("echo");
  cast("2");
  call("sum");
  new_script.trace.clear();
  std::string casts;
  new_script.on_cast = [&](std::string_view data) {
    casts += data;
  };

  const auto report = canary(3);

  REQUIRE(report);
  CHECK(report->events == 3);
  CHECK(casts == "2");
  CHECK(new_script.trace ==
        Trace{"takes over 12 with ", "call echo", "call sum", "terminate stop the canary has done its work"});
  CHECK(server->status()->version == "1");
}

TEST_CASE_METHOD(ServerCanaryTest, "a server whose config wants a canary keeps requests from the start",
                 "[swap][canary][server]") {
  ServerSpec spec{"other", old_script.factory(), {}, {}};
  spec.recent_requests = 2;
  const auto other = *ServerProcess::start(host.runtime, spec);
  CHECK(other->spec()->recent_requests == 2);
  for (int i = 0; i < 3; ++i) {
    (void)other->call(host.message("echo"));
  }
  CHECK(other->canary_material(100)->requests.size() == 2);

  REQUIRE(server->keep_recent(1));
  call("echo");
  call("echo");
  CHECK(server->canary_material(100)->requests.size() == 1);
}

TEST_CASE_METHOD(ServerCanaryTest,
                 "a canary that fails says at which request, and the server has seen nothing of it",
                 "[swap][canary][server]") {
  REQUIRE(canary());
  cast("1");
  call("echo");
  old_script.trace.clear();
  std::string expected;
  SECTION("at a call") {
    new_one(Said::failed, "map::at");
    expected = "the canary failed at the call `echo`, number 2 of 2: map::at";
  }
  SECTION("at a cast") {
    new_script.on_cast = [](std::string_view /*data*/) {
      throw std::runtime_error("thrown");
    };
    expected = "the canary failed at the cast `add`, number 1 of 2: thrown";
  }
  SECTION("by stopping with an error") {
    new_one(Said::stop, "no more");
    expected = "the canary failed at the call `echo`, number 2 of 2: it stopped: no more";
  }
  SECTION("in what it wants to do next") {
    new_script.on_call = [](std::string_view /*type*/) {
      ServerOutcome outcome;
      outcome.then = {Then::Kind::handle_continue, {}, "on"};
      return std::optional(std::move(outcome));
    };
    new_script.on_continue = [](std::string_view /*what*/) -> ServerOutcome {
      throw std::runtime_error("thrown");
    };
    expected = "the canary failed at the call `echo`, number 2 of 2: thrown";
  }
  SECTION("when it begins") {
    new_script.after_init = {Then::Kind::handle_continue, {}, "go"};
    new_script.on_continue = [](std::string_view /*what*/) -> ServerOutcome {
      throw std::runtime_error("thrown");
    };
    expected = "the canary failed when it began: thrown";
  }

  const auto report = canary();

  CHECK(code_of(report) == "crashed");
  CHECK(report.error().text == expected);
  CHECK(old_script.trace.empty());
}

TEST_CASE_METHOD(ServerCanaryTest,
                 "calls that it refuses are told, those that it does not know if the old one did",
                 "[swap][canary][server]") {
  REQUIRE(canary());
  call("echo");
  call("nobody knows this");
  SECTION("refused") {
    new_one(Said::refused, "disk full");
    CHECK(canary()->refused == 2);
    CHECK(canary()->reason == "disk full");
  }
  SECTION("unknown") {
    new_one(Said::unknown_request);
    CHECK(canary()->refused == 1);
    CHECK(canary()->reason == "it does not know `echo`");
  }
}

TEST_CASE_METHOD(ServerCanaryTest, "a canary of a server reaches nobody", "[swap][canary][server]") {
  REQUIRE(canary());
  (void)server->send_request(host.message("later"));
  host.scheduler.run_all();
  new_script.on_call = [&](std::string_view /*type*/) {
    Services& services = *new_script.services;
    CHECK(code_of(services.cast("queue", host.message("add", "x"))) == "not_found");
    CHECK(code_of(services.reply(1, {"x", BATON_TEXT_PLAIN})) == "not_found");
    return std::optional(ServerOutcome{Said::no_reply, 0, {}, {}});
  };
  CHECK(canary()->events == 1);
}

TEST_CASE_METHOD(ServerCanaryTest, "a canary of a server that cannot be made is told like a failed create",
                 "[swap][canary][server]") {
  new_script.create_throws = true;
  CHECK(code_of(canary()) == "init_failed");
  new_script.create_throws = false;
  new_script.state_reads = {7};
  CHECK(code_of(canary()) == "state_refused");
}
