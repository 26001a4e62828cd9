// SPDX-License-Identifier: Apache-2.0
// A handler that does not return: verbs keep their time, say what becomes of what was asked for, and are
// called off.
#include "host/control/canary_process.hpp"
#include "host/control/client.hpp"
#include "host/control/http_server.hpp"
#include "tests/unit/control/raw_socket.hpp"
#include "tests/unit/control/stuck_host.hpp"

using namespace baton;
using namespace baton::test;

TEST_CASE_METHOD(StuckTest, "a change that a stuck manager has not begun keeps its time, and never happens",
                 "[stuck]") {
  const std::string told = timed_out("DELETE", "/v1/handlers/log/a?timeout_ms=50");

  CHECK(contains(told, "`log` had not begun with it, and will not: nothing was changed"));
  let_go();
  CHECK(contains(handlers(), R"("id":"a")"));
}

TEST_CASE_METHOD(StuckTest, "stop says that it has begun and goes on", "[stuck]") {
  const std::string told = timed_out("POST", "/v1/processes/log/stop?timeout_ms=2000");

  CHECK(contains(told, "`root` has begun with it, and goes on"));
  let_go();
}

TEST_CASE_METHOD(StuckTest, "a suspend that was given up does not happen afterwards", "[stuck]") {
  (void)timed_out("POST", "/v1/processes/log/sys/suspend?timeout_ms=20");
  let_go();
  CHECK(handlers().find(R"("id":"a")") != std::string::npos);  // it answers
}

TEST_CASE_METHOD(StuckTest, "a client that hangs up calls off what has not begun", "[stuck][http]") {
  const auto socket = folder / "sockets" / "host.sock";
  const auto server = HttpServer::listen(socket, *api, host.log);
  REQUIRE(server);
  {
    RawSocket client;
    REQUIRE(client.connect(socket));
    REQUIRE(client.send("DELETE /v1/handlers/log/a HTTP/1.1\r\nHost: baton\r\n\r\n"));
  }
  while (host.log.count("verb") == 0) {
    std::this_thread::yield();
  }
  CHECK(contains(host.log.all("verb")[0].fields.at("text"), "who asked has left"));
  let_go();
  CHECK(contains(handlers(), R"("id":"a")"));
}

TEST_CASE_METHOD(StuckTest, "the end of the server calls off what its clients wait for", "[stuck][http]") {
  const auto socket = folder / "sockets" / "host.sock";
  auto server = HttpServer::listen(socket, *api, host.log);
  REQUIRE(server);
  Client client(socket);
  std::string told;
  std::thread asker([&] {
    const auto reply = client.request("DELETE", "/v1/handlers/log/a", {}, {});
    told = reply ? reply->body : "lost";
  });

  *server = nullptr;  // waits for its connections

  asker.join();
  CHECK((contains(told, "shutting_down") || told == "lost"));  // it may have come too late to be let in
  let_go();
  CHECK(contains(handlers(), R"("id":"a")"));
}

TEST_CASE_METHOD(ControlHost, "a canary that does not come back is given up in time", "[stuck]") {
  const auto may_go_on = std::make_shared<std::atomic<bool>>(false);  // it may outlive the test
  const auto canary = std::make_shared<CanaryProcess>(host.runtime, "canary of a");
  Patience::Limits limits;
  limits.until = host.clock.steady_now() + Duration(20);
  const Patience patience(host.clock, nullptr, limits);

  const auto report = canary->run([may_go_on]() -> Result<CanaryReport> {
    while (!*may_go_on) {
      std::this_thread::yield();
    }
    return CanaryReport{};
  });

  CHECK(code_of(report) == "timed_out");
  CHECK(contains(report.error().text, "the canary had not come back: nothing was changed"));
  *may_go_on = true;
}
