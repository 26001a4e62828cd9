// SPDX-License-Identifier: Apache-2.0
// gen_server: what is reported, and what format_status makes of it.
#include "tests/conformance/both_ways.hpp"

using namespace baton;
using namespace baton::test;

namespace {

using Trace = BothWays::Trace;

}  // namespace

TEST_CASE_METHOD(BothWays, "quiet reasons are not reported, by a return or by stop", "[gs-012][gs-g19]") {
  const auto reason = GENERATE(as<std::string>{}, "normal", "shutdown", "shutdown: for a reason");
  const auto server = start();
  SECTION("stopped from within") {
    tell(*server, "stop " + reason);
  }
  SECTION("stopped from outside") {
    REQUIRE(server->stop(ExitReason::parse(reason), infinity));
  }

  CHECK(server->has_ended());
  CHECK(trace().back() == "terminate stop " + reason);
  CHECK(host.log.count_at_least(LogLevel::warning) == 0);
  CHECK(host.log.all("server_stopped").at(0).fields.at("reason") == reason);
}

TEST_CASE_METHOD(BothWays,
                 "every other reason is reported once, with who, where, the last message and the state",
                 "[gs-012][gs-g19][gs-058][differs]") {
  const auto server = start();
  tell(*server, "state full");
  std::string reason;
  SECTION("a stop") {
    reason = "other";
    tell(*server, "stop other");
  }
  SECTION("a crash") {
    reason = "boom";
    tell(*server, "throw boom");
  }

  CHECK(trace().back() == (reason == "other" ? "terminate stop other" : "terminate error boom"));
  CHECK(host.log.count_at_least(LogLevel::warning) == 1);
  auto fields = report();
  CHECK(fields.at("server") == "srv");
  CHECK(fields.at("type") == "ToldServer");
  CHECK(fields.at("version") == "1.0.0");
  CHECK(fields.at("instance") == "1");
  CHECK(fields.at("callback") == "handle_cast");
  CHECK(fields.at("last_message").starts_with("do \""));
  CHECK(fields.at("last_message").find(reason) != std::string::npos);
  CHECK(fields.at("state") == "full");
  CHECK(fields.at("reason") == reason);
  CHECK(fields.at("client") == "-");
}

TEST_CASE_METHOD(BothWays, "the report of a crashed call names the process that called",
                 "[gs-012][gs-058][differs]") {
  const auto server = start("srv");
  const auto caller = start("caller");

  CHECK(call(*caller, "call srv throw boom, reply done") == "done");

  CHECK(report().at("client") == "caller");
}

TEST_CASE_METHOD(BothWays, "a report has limits and says what it cut", "[gs-058][gs-059][differs]") {
  const auto server = start("srv", {{"format", "huge"}});

  tell(*server, "throw " + std::string(50'000, 'y'));

  auto fields = report();
  CHECK(fields.at("state").size() < 5000);
  CHECK(fields.at("state").ends_with("... (100000 bytes)"));
  CHECK(fields.at("last_message").size() < 500);
  CHECK(fields.at("last_message").find("... (50006 bytes)") != std::string::npos);
  CHECK(fields.at("reason").size() < 9000);
}

TEST_CASE_METHOD(BothWays, "a report is one line whatever the message says", "[gs-059][differs]") {
  const auto server = start();

  tell(*server, "throw a\nserver_crashed forged=1");

  const auto fields = report();
  const std::string line = format_log_record("server_crashed", {{"reason", fields.at("reason")}});
  CHECK(line.find('\n') == std::string::npos);
}

TEST_CASE_METHOD(BothWays, "a report carries the label of its process", "[n7-009][differs]") {
  ServerSpec spec = server("srv");
  spec.label = "orders of the north";
  const auto started = ServerProcess::start(host.runtime, spec);
  REQUIRE(started);

  tell(**started, "throw boom");

  CHECK(report().at("label") == "orders of the north");
}

TEST_CASE_METHOD(BothWays, "a status shows the state as format_status does, with a name or without one",
                 "[gs-039]") {
  const auto name = GENERATE(as<std::string>{}, "srv", "");
  const auto open = start(name);
  tell(*open, "state secret");
  CHECK(open->status()->state == "secret");
  REQUIRE(open->stop(ExitReason::normal(), infinity));

  const auto hiding = start(name, {{"format", "hide"}});
  CHECK(hiding->status()->state == "hidden");
  CHECK(start("bare", {}, "BareServer")->status()->state.empty());
}

TEST_CASE_METHOD(BothWays, "a report shows what format_status lets be seen, of the state and the message",
                 "[gs-040][gs-g24]") {
  const auto server = start("srv", {{"format", "hide"}});
  tell(*server, "state my_password");

  CHECK(call(*server, "throw boom my_password") == "crashed");

  auto fields = report();
  CHECK(fields.at("state") == "hidden");
  CHECK(fields.at("last_message") == "hidden");
  CHECK(fields.at("reason") == "boom my_password");  // it was left alone
}

TEST_CASE_METHOD(BothWays, "a terminate that fails is reported with the state and is the exit reason",
                 "[gs-041]") {
  const auto server = start("srv", {{"format", "hide"}, {"terminate", "throw term_crash"}});
  std::string told;
  server->monitor([&](const ExitReason& reason) { told = to_string(reason); });

  tell(*server, "stop");

  CHECK(told == "term_crash");
  CHECK(report().at("callback") == "terminate");
  CHECK(report().at("state") == "hidden");
  CHECK(report().at("reason") == told);
}

TEST_CASE_METHOD(BothWays, "a terminate that fails after a crash is a crash of its own, and the exit reason",
                 "[gs-041][differs]") {
  const auto server = start("srv", {{"terminate", "throw term_crash"}});
  std::string told;
  server->monitor([&](const ExitReason& reason) { told = to_string(reason); });

  tell(*server, "throw boom");

  const auto reports = host.log.all("server_crashed");
  REQUIRE(reports.size() == 2);
  CHECK(reports[0].fields.at("reason") == "boom");
  CHECK(reports[1].fields.at("callback") == "terminate");
  CHECK(told == "term_crash");
}

TEST_CASE_METHOD(BothWays, "a format_status that fails yields a fixed text and harms nothing",
                 "[gs-042][gs-043][differs]") {
  const auto server = start("srv", {{"format", "throw"}});
  const auto status = server->status();
  REQUIRE(status);
  CHECK(status->state == "format_status crashed");
  CHECK(call(*server, "reply x") == "x");

  CHECK(call(*server, "throw boom") == "crashed");

  auto fields = report();
  CHECK(fields.at("state") == "format_status crashed");
  CHECK(fields.at("last_message") == "format_status crashed");  // it might have had to be hidden
  CHECK(fields.at("reason") == "boom");
  CHECK(trace().back() == "terminate error boom");
}

TEST_CASE_METHOD(BothWays, "a handler's crash report shows what its format_status lets be seen",
                 "[gs-040][gs-042]") {
  const auto manager = host.manager();
  REQUIRE(manager->add_handler(handler("open")));
  REQUIRE(manager->add_handler(handler("hiding", "ToldHandler", {{"format", "hide"}})));
  REQUIRE(manager->add_handler(handler("failing", "ToldHandler", {{"format", "throw"}})));
  const Message event = host.message("do", "throw boom");
  REQUIRE(manager->sync_notify({&event, 1}));

  const auto reports = host.log.all("handler_crashed");
  REQUIRE(reports.size() == 3);
  CHECK(reports[0].fields.at("state") == "s0");
  CHECK(reports[0].fields.at("last_message") == "do \"throw boom\" seq=1");
  CHECK(reports[1].fields.at("state") == "hidden");
  CHECK(reports[1].fields.at("last_message") == "hidden");
  CHECK(reports[2].fields.at("state") == "format_status crashed");
  CHECK(reports[2].fields.at("last_message") == "format_status crashed");
}
