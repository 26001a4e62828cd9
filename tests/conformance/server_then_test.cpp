// SPDX-License-Identifier: Apache-2.0
// gen_server: what follows a callback: a timeout, a continue, a hibernation.
#include "tests/conformance/both_ways.hpp"

using namespace baton;
using namespace baton::test;

namespace {

using Trace = BothWays::Trace;

}  // namespace

TEST_CASE_METHOD(BothWays, "a timeout comes when nothing else does, and any message ends the wait for good",
                 "[gs-g15]") {
  const auto server = start();
  tell(*server, "timeout 60");
  host.scheduler.advance(Duration(59));
  CHECK(trace() == Trace{"init", "handle_cast timeout 60"});
  host.scheduler.advance(Duration(1));
  CHECK(trace() == Trace{"handle_info timeout"});
  host.scheduler.advance(Duration(1000));
  CHECK(trace().empty());

  tell(*server, "timeout 60");
  tell(*server, "state other");
  host.scheduler.advance(Duration(1000));
  CHECK(trace() == Trace{"handle_cast timeout 60", "handle_cast state other"});
}

TEST_CASE_METHOD(BothWays, "a timeout of 0 comes at once if nothing waits, and else not at all", "[gs-g15]") {
  const auto server = start();

  tell(*server, "timeout 0");
  CHECK(trace() == Trace{"init", "handle_cast timeout 0", "handle_info timeout"});
  cast(*server, {"timeout 0"});
  server->post([&] { host.log.info("plugin_says", {{"text", "a task is no message"}}); });
  CHECK(call(*server, "reply x") == "x");
  host.scheduler.advance(Duration(1000));
  CHECK(trace() == Trace{"handle_cast timeout 0", "a task is no message", "handle_call reply x"});
}

TEST_CASE_METHOD(BothWays, "of a batch of casts the timeout of the last one counts", "[gs-018][gs-g15]") {
  const auto server = start();
  cast(*server, {"timeout 10", "state x"});
  host.scheduler.advance(Duration(100));
  CHECK(trace() == Trace{"init", "handle_cast timeout 10", "handle_cast state x"});

  cast(*server, {"state x", "timeout 10"});
  host.scheduler.advance(Duration(10));
  CHECK(trace().back() == "handle_info timeout");
}

TEST_CASE_METHOD(BothWays, "a timeout of init counts like any other", "[gs-g01]") {
  const auto server = start("srv", {{"init", "timeout 40"}});

  host.scheduler.advance(Duration(40));

  CHECK(trace() == Trace{"init timeout 40", "handle_info timeout"});
}

TEST_CASE_METHOD(BothWays, "a system message starts a timeout anew", "[gs-g16]") {
  const auto server = start();
  tell(*server, "timeout 150");
  host.scheduler.advance(Duration(100));
  REQUIRE(server->status());
  host.scheduler.advance(Duration(149));
  CHECK(trace() == Trace{"init", "handle_cast timeout 150"});

  host.scheduler.advance(Duration(1));

  CHECK(trace() == Trace{"handle_info timeout"});
}

TEST_CASE_METHOD(BothWays, "a timeout ends with its server", "[gs-013]") {
  const auto server = start();
  tell(*server, "timeout 50");
  REQUIRE(server->stop(ExitReason::normal(), infinity));
  const auto next = start();
  (void)trace();

  host.scheduler.advance(Duration(1000));

  CHECK(trace().empty());
}

TEST_CASE_METHOD(BothWays, "a continue of init comes before what was queued during init", "[gs-g14]") {
  const auto server = start("srv", {{"init", "cast state queued, continue state c1"}});
  host.scheduler.run_all();

  CHECK(trace() == Trace{"init cast state queued, continue state c1", "handle_continue state c1",
                         "handle_cast state queued"});
}

TEST_CASE_METHOD(BothWays, "a continue follows the reply, comes before what waits, and may chain",
                 "[gs-g14]") {
  const auto server = start();

  CHECK(call(*server, "reply early, cast state queued, continue continue state chained") == "early");
  host.scheduler.run_all();

  CHECK(trace() == Trace{"init",
                         "handle_call reply early, cast state queued, continue continue state chained",
                         "handle_continue continue state chained", "handle_continue state chained",
                         "handle_cast state queued"});
}

TEST_CASE_METHOD(BothWays, "a continue may stop the server, and no later message is handled", "[gs-g14]") {
  const auto server = start();
  cast(*server, {"continue stop", "state never"});
  host.scheduler.run_all();

  CHECK(trace() ==
        Trace{"init", "handle_cast continue stop", "handle_continue stop", "terminate stop normal"});
  CHECK(server->has_ended());
}

TEST_CASE_METHOD(BothWays, "a batch of casts stops at a continue and goes on behind it", "[gs-g14]") {
  const auto server = start();
  cast(*server, {"state 1", "continue state c", "state 2", "timeout 10"});
  host.scheduler.advance(Duration(10));

  CHECK(trace() == Trace{"init", "handle_cast state 1", "handle_cast continue state c",
                         "handle_continue state c", "handle_cast state 2", "handle_cast timeout 10",
                         "handle_info timeout"});
  CHECK(server->status()->casts == 4);
}

TEST_CASE_METHOD(BothWays, "a continue that crashes ends the server with its reason", "[gs-g14]") {
  const auto server = start("srv", {{"init", "continue throw boom"}});
  host.scheduler.run_all();

  CHECK(server->has_ended());
  CHECK(report().at("callback") == "handle_continue");
  CHECK(report().at("reason") == "boom");
}

TEST_CASE_METHOD(BothWays, "a call that is answered later may continue meanwhile", "[gs-g14]") {
  const auto server = start();

  CHECK(call(*server, "later, continue answer loaded") == "loaded");
}

TEST_CASE_METHOD(BothWays, "a server hibernates after init, call, cast and info, and any message wakes it",
                 "[gs-036][gs-g17][differs]") {
  const auto server = start("srv", {{"init", "hibernate"}});
  host.scheduler.run_all();
  CHECK(server->is_hibernating());
  CHECK(server->mailbox_counters().buffer_bytes == 0);

  CHECK(call(*server, "reply x") == "x");
  host.scheduler.run_all();
  CHECK_FALSE(server->is_hibernating());
  for (const char* orders : {"reply zzz, hibernate", "later, hibernate"}) {
    (void)call(*server, orders, Duration(1));
    host.scheduler.run_all();
    CHECK(server->is_hibernating());
  }
  tell(*server, "state x");
  CHECK_FALSE(server->is_hibernating());
  tell(*server, "hibernate");
  CHECK(server->is_hibernating());
  tell(*server, "post hibernate");
  CHECK_FALSE(server->is_hibernating());
  host.scheduler.advance(Duration(0));
  CHECK(server->is_hibernating());
}

TEST_CASE_METHOD(BothWays, "a hibernating server answers a system message and hibernates on",
                 "[gs-036][gs-g17][differs]") {
  const auto server = start("srv", {{"init", "hibernate"}});
  host.scheduler.run_all();

  REQUIRE(server->status());
  host.scheduler.run_all();

  CHECK(server->is_hibernating());
}

TEST_CASE_METHOD(BothWays, "with hibernate_after a server hibernates when it was idle for so long, each time",
                 "[gs-037][differs]") {
  ServerSpec spec = server("srv");
  spec.process.hibernate_after = Duration(100);
  const auto started = ServerProcess::start(host.runtime, spec);
  REQUIRE(started);
  ServerProcess& server = **started;
  const auto sleeps_after_100_ms = [&] {
    host.scheduler.run_all();
    const bool was_awake = !server.is_hibernating();
    host.scheduler.advance(Duration(99));
    const bool was_awake_long_enough = !server.is_hibernating();
    host.scheduler.advance(Duration(1));
    return was_awake && was_awake_long_enough && server.is_hibernating();
  };

  CHECK(sleeps_after_100_ms());
  REQUIRE(server.status());
  CHECK(sleeps_after_100_ms());
  CHECK(call(server, "reply x") == "x");
  CHECK(sleeps_after_100_ms());
  tell(server, "state x");
  CHECK(sleeps_after_100_ms());
  tell(server, "post state y");
  host.scheduler.advance(Duration(0));
  CHECK(sleeps_after_100_ms());
}

TEST_CASE_METHOD(BothWays, "a code change keeps a timeout, and starts it anew", "[gs-g16]") {
  const auto server = start();
  tell(*server, "timeout 100");
  host.scheduler.advance(Duration(60));
  REQUIRE(server->swap(this->server("srv"), {}));
  (void)trace();
  host.scheduler.advance(Duration(99));
  CHECK(trace().empty());

  host.scheduler.advance(Duration(1));

  CHECK(trace() == Trace{"handle_info timeout"});
}

TEST_CASE_METHOD(BothWays, "the new code of a code change may continue before what waits", "[gs-g14]") {
  const auto server = start();
  std::optional<Result<SwapReport>> report;
  host.manager({}, "operator")->post([&] {
    report.emplace(server->swap(this->server("srv", {{"init", "continue state loaded"}}), {}));
  });
  host.scheduler.run_all();

  REQUIRE(report->has_value());
  CHECK(trace().back() == "handle_continue state loaded");
  CHECK(server->status()->state == "loaded");
}

TEST_CASE_METHOD(BothWays, "a system message starts a timeout anew even when its time has just passed",
                 "[gs-g16]") {
  const auto server = start();
  cast(*server, {"timeout 50"});
  // While the server is busy with this its timer fires, behind the status that waits already.
  server->post([&] { host.scheduler.advance(Duration(50)); });
  REQUIRE(server->status());
  host.scheduler.run_all();
  CHECK(trace() == Trace{"init", "handle_cast timeout 50"});

  host.scheduler.advance(Duration(50));

  CHECK(trace() == Trace{"handle_info timeout"});
}
