// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/control/control_host.hpp"

using namespace baton;
using namespace baton::test;

TEST_CASE_METHOD(ControlHost, "a suspended process is seen in the status, takes messages and answers no call",
                 "[api][sys]") {
  CHECK(ask("POST", "/v1/processes/log/sys/suspend").body == R"({"suspended":true})");
  CHECK(ask("POST", "/v1/processes/queue/sys/suspend").status == 200);

  CHECK(contains(ask("GET", "/v1/status").body, R"({"name":"log","instance":1,"suspended":true)"));
  CHECK(contains(ask("GET", "/v1/status").body, R"("crashes":0)"));  // it is not busy: it answers
  CHECK(contains(ask("GET", "/v1/processes/queue/sys/status").body, R"("suspended":true,"parent":"root")"));
  CHECK(ask("POST", "/v1/managers/log/notify?type=msg", "x").status == 200);
  CHECK(ask("POST", "/v1/servers/queue/call?type=sum&timeout_ms=1").status == 504);

  CHECK(ask("POST", "/v1/processes/log/sys/resume").body == R"({"suspended":false})");
  CHECK(ask("POST", "/v1/managers/log/notify?type=msg&mode=sync", "y").status == 200);
  CHECK(script.trace == Trace{"a msg x", "a msg y"});
}

TEST_CASE_METHOD(ControlHost, "the state of each handler comes raw, and readable where it is offered",
                 "[api][sys]") {
  CHECK(ask("GET", "/v1/processes/log/sys/state").body ==
        R"({"states":[{"id":"a","type":"ScriptedHandler","version":"1","instance":1,)"
        R"("state_version":1,"state_bytes":1,"state_base64":"MA=="}]})");

  std::string shown;
  script.on_format_status = [&shown](StatusPurpose, StatusView& view) -> Result<void> {
    view.state = shown;
    return {};
  };
  const auto state = [&](const std::string& text) {
    shown = text;
    return ask("GET", "/v1/processes/log/sys/state").body;
  };
  CHECK(contains(state(R"({"count": 0})"), R"("state":{"count":0},)"));
  CHECK(contains(state("count 0"), R"("state":"count 0",)"));
  CHECK(contains(state("\xff"), "\"state\":\"\xef\xbf\xbd\","));
  CHECK(contains(state(std::string(100'000, '[') + std::string(100'000, ']')), R"("state":"[[[[)"));
  CHECK(contains(state(""), R"("instance":1,"state_version")"));

  script.save_throws = true;
  CHECK(contains(state(""), R"("error":{"code":"crashed","text":"save failed: thrown"})"));
}

TEST_CASE_METHOD(ControlHost, "log and statistics are turned on, read and turned off", "[api][sys]") {
  CHECK(ask("GET", "/v1/processes/log/sys/log").body == R"({"log":[]})");
  CHECK(ask("GET", "/v1/processes/log/sys/statistics").body == R"({"statistics":null})");
  CHECK(ask("POST", "/v1/processes/log/sys/log?on=true&events=2").body == "{}");
  CHECK(ask("POST", "/v1/processes/log/sys/statistics?on=true").body == "{}");
  for (const char* data : {"1", "2", "3"}) {
    CHECK(ask("POST", "/v1/managers/log/notify?type=msg&mode=sync", data).status == 200);
  }

  const std::string log = ask("GET", "/v1/processes/log/sys/log").body;
  CHECK(contains(log, R"("kind":"event","line":"*DBG* log got event msg 2"},)"));
  CHECK(contains(log, R"("line":"*DBG* log got event msg 3"}]})"));
  CHECK_FALSE(contains(ask("GET", "/v1/processes/log/sys/log?events=1").body, "msg 2"));
  CHECK(contains(ask("GET", "/v1/processes/log/sys/status").body, "got event msg 3"));
  CHECK(contains(ask("GET", "/v1/processes/log/sys/statistics").body, R"("messages_in":3,"messages_out":0)"));

  CHECK(ask("POST", "/v1/processes/log/sys/log?on=false").body == "{}");
  CHECK(ask("POST", "/v1/processes/log/sys/statistics?on=false").body == "{}");
  CHECK(ask("GET", "/v1/processes/log/sys/log").body == R"({"log":[]})");
  CHECK(ask("GET", "/v1/processes/log/sys/statistics").body == R"({"statistics":null})");
}

TEST_CASE_METHOD(ControlHost, "trace goes to the host's log until no_debug", "[api][sys]") {
  CHECK(ask("POST", "/v1/processes/queue/sys/trace?on=true").status == 200);
  CHECK(ask("POST", "/v1/servers/queue/call?type=echo", "hi").status == 200);
  REQUIRE(host.log.count("sys_trace") == 2);
  CHECK(host.log.all("sys_trace")[0].fields.at("line") == "*DBG* queue got call echo hi from 1");

  CHECK(ask("POST", "/v1/processes/queue/sys/no_debug").status == 200);
  CHECK(ask("POST", "/v1/servers/queue/call?type=echo", "hi").status == 200);
  CHECK(host.log.count("sys_trace") == 2);
}

TEST_CASE_METHOD(ControlHost, "sys reaches supervisors too, and they are among the names", "[api][sys]") {
  CHECK(contains(ask("GET", "/v1/names").body, R"("processes":["log","queue","root"])"));
  const std::string state = ask("GET", "/v1/processes/root/sys/state").body;
  CHECK(contains(state, R"("state":{"max_restarts":1)"));
  CHECK_FALSE(contains(state, "state_bytes"));
}

TEST_CASE_METHOD(ControlHost, "what sys cannot do is told, and changes are logged with who made them",
                 "[api][sys]") {
  const ApiReply unknown = ask("POST", "/v1/processes/lgo/sys/suspend");
  CHECK(unknown.status == 404);
  CHECK(contains(unknown.body, R"(nothing that runs is called `lgo`; did you mean \"log\"?)"));
  CHECK(ask("GET", "/v1/processes/lgo/sys/state").status == 404);
  CHECK(ask("POST", "/v1/processes/log/sys/trace").status == 400);
  CHECK(ask("POST", "/v1/processes/log/sys/trace?on=yes").status == 400);
  CHECK(ask("POST", "/v1/processes/log/sys/log?on=true&events=0").status == 400);
  CHECK(ask("POST", "/v1/processes/log/sys/log?on=true&events=100001").status == 400);
  CHECK(ask("GET", "/v1/processes/log/sys/log?events=some").status == 400);
  CHECK(ask("GET", "/v1/processes/log/sys/status?timeout_ms=x").status == 400);
  CHECK(ask("GET", "/v1/processes/log/sys/suspend").status == 405);

  CHECK(ask("POST", "/v1/processes/log/sys/log?on=true").status == 200);
  const auto changes = host.log.all("verb");
  REQUIRE(changes.size() == 2);
  CHECK(changes[0].fields.at("verb") == "sys suspend");
  CHECK(changes[0].fields.at("result") == "not_found");
  CHECK(changes[1].fields.at("verb") == "sys log on");
  CHECK(changes[1].fields.at("target") == "log");
}

TEST_CASE_METHOD(ControlHost, "a change that would wait for a suspended process is refused at once",
                 "[api][sys]") {
  CHECK(ask("POST", "/v1/processes/log/sys/suspend").status == 200);
  CHECK(ask("POST", "/v1/processes/root/sys/suspend").status == 200);
  for (const ApiReply& reply :
       {ask("POST", "/v1/managers/log/handlers", R"({"type":"X"})"), ask("DELETE", "/v1/handlers/log/a"),
        ask("POST", "/v1/handlers/log/a/swap", R"({"type":"X"})"), ask("POST", "/v1/processes/other/start"),
        ask("POST", "/v1/processes/queue/stop")}) {
    CHECK(reply.status == 422);
    CHECK(contains(reply.body, R"("code":"refused")"));
    CHECK(contains(reply.body, "resume it first"));
  }

  CHECK(ask("POST", "/v1/processes/root/sys/resume").status == 200);
  CHECK(ask("POST", "/v1/processes/log/stop").status == 200);  // a suspended process can be stopped
}
