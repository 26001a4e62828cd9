// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/services.hpp"

#include "tests/support/manual_host.hpp"
#include "tests/support/scripted_handler.hpp"
#include "tests/support/scripted_server.hpp"

#include <catch2/catch.hpp>

using namespace baton;
using namespace baton::test;

namespace {

struct ServicesTest {
  ManualHost host;
  HandlerScript script;
  ServerScript server_script;
  std::shared_ptr<EventManager> manager = host.manager();
  std::shared_ptr<ServerProcess> server;

  ServicesTest() {
    REQUIRE(manager->add_handler({"a", script.factory(), {}}));
    REQUIRE(manager->add_handler({"b", script.factory(), {}}));
    auto started = ServerProcess::start(host.runtime, {"queue", server_script.factory(), {}, {}});
    REQUIRE(started);
    server = *started;
  }

  /// Runs a closure inside a callback of handler a.
  void inside_a(std::function<void(Services&)> body) {
    script.on_run = std::move(body);
    REQUIRE(manager->call("a", host.message("run")));
  }
};

}  // namespace

TEST_CASE_METHOD(ServicesTest, "a timer's info reaches the handler that started it and no other",
                 "[services][otp]") {
  inside_a([&](Services& services) { REQUIRE(services.start_timer(Duration(100), host.message("tick"))); });

  host.scheduler.advance(Duration(99));
  CHECK(script.trace.empty());
  host.scheduler.advance(Duration(1));

  CHECK(script.trace == Trace{"a info tick"});
}

TEST_CASE_METHOD(ServicesTest, "a cancelled timer does not arrive", "[services][otp]") {
  inside_a([&](Services& services) {
    const auto timer = services.start_timer(Duration(100), host.message("tick"));
    REQUIRE(timer);
    CHECK(services.cancel_timer(*timer));
    CHECK(code_of(services.cancel_timer(*timer)) == "not_found");
  });

  host.scheduler.advance(Duration(200));

  CHECK(script.trace.empty());
}

TEST_CASE_METHOD(ServicesTest, "a timer of a handler that is gone reaches nobody, not even its successor",
                 "[services]") {
  inside_a([&](Services& services) { REQUIRE(services.start_timer(Duration(100), host.message("tick"))); });
  REQUIRE(manager->delete_handler("a", {}));
  REQUIRE(manager->add_handler({"a", script.factory(), {}}));
  script.trace.clear();

  host.scheduler.advance(Duration(200));

  CHECK(script.trace.empty());
}

TEST_CASE_METHOD(ServicesTest, "an instance has so many timers and no more", "[services]") {
  inside_a([&](Services& services) {
    for (std::size_t i = 0; i < Services::timers_max; ++i) {
      REQUIRE(services.start_timer(Duration(100), host.message("tick")));
    }
    CHECK(code_of(services.start_timer(Duration(100), host.message("tick"))) == "overloaded");
  });
}

TEST_CASE_METHOD(ServicesTest, "a handler can call a server and another handler's manager, but not its own",
                 "[services][otp]") {
  inside_a([&](Services& services) {
    const auto reply = services.call("queue", host.message("echo", "x"), default_call_timeout);
    REQUIRE(reply);
    CHECK(reply->data == "x");
    CHECK(code_of(services.call("log/b", host.message("echo"), default_call_timeout)) == "calling_self");
    CHECK(code_of(services.call("nobody", host.message("echo"), default_call_timeout)) == "not_found");
  });
}

TEST_CASE_METHOD(ServicesTest, "two processes that wait for each other time out and live on",
                 "[services][otp]") {
  server_script.on_run = [&](Services& services) {
    CHECK(code_of(services.call("log/b", host.message("echo"), Duration(100))) == "timed_out");
  };

  inside_a([&](Services& services) {
    const auto reply = services.call("queue", host.message("run"), default_call_timeout);
    REQUIRE(reply);
    CHECK(reply->data == "ran");
  });
}

TEST_CASE_METHOD(ServicesTest, "a handler can cast to a server and notify a manager", "[services][otp]") {
  inside_a([&](Services& services) {
    CHECK(services.cast("queue", host.message("add", "x")));
    CHECK(services.notify("log", host.message("msg", "y")));
    CHECK(code_of(services.notify("queue", host.message("msg"))) == "not_found");  // it is no event manager
  });
  host.scheduler.run_all();

  const auto sum = server->call(host.message("sum"));
  REQUIRE(sum);
  CHECK(sum->data == "x");
  CHECK(script.trace == Trace{"a msg y", "b msg y"});
}
