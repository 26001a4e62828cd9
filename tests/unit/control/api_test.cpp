// SPDX-License-Identifier: Apache-2.0
#include "host/control/api.hpp"

#include "tests/unit/control/control_host.hpp"

using namespace baton;
using namespace baton::test;

TEST_CASE_METHOD(ControlHost, "an event is sent, and its body is the data", "[api]") {
  const ApiReply reply = ask("POST", "/v1/managers/log/notify?type=msg&mode=sync", "Hello World");

  CHECK(reply.status == 200);
  CHECK(reply.body == R"({"accepted":1,"refused":0,"failures":[]})");
  CHECK(script.trace == Trace{"a msg Hello World"});
}

TEST_CASE_METHOD(ControlHost, "a body of lines is an event per line, and empty lines are events", "[api]") {
  const ApiReply reply =
      ask("POST", "/v1/managers/log/notify?type=msg&mode=sync", "one\n\ntwo\r", "application/x-baton-lines");

  CHECK(contains(reply.body, R"("accepted":3)"));
  CHECK(script.trace == Trace{"a msg one", "a msg", "a msg two\r"});
}

TEST_CASE_METHOD(ControlHost, "who waits for a refused event is told who refused it and why", "[api]") {
  const ApiReply reply = ask("POST", "/v1/managers/log/notify?type=refuse&mode=sync");

  CHECK(reply.status == 200);
  CHECK(reply.body ==
        R"({"accepted":1,"refused":1,"failures":[{"handler":"a","crashed":false,"reason":"disk full"}]})");
}

TEST_CASE_METHOD(ControlHost, "calls reach handlers and servers and bring back their replies", "[api]") {
  CHECK(ask("POST", "/v1/handlers/log/a/call?type=echo", "x").body ==
        R"({"reply":"x","content_type":"text/plain; charset=utf-8"})");
  CHECK(ask("POST", "/v1/servers/queue/call?type=echo", "y").body ==
        R"({"reply":"y","content_type":"text/plain; charset=utf-8"})");
  CHECK(contains(ask("POST", "/v1/servers/queue/cast?type=add", "z").body, R"("accepted":1)"));
  CHECK(contains(ask("POST", "/v1/servers/queue/call?type=sum").body, R"("reply":"z")"));
}

TEST_CASE_METHOD(ControlHost, "a reply that is no text comes in base64", "[api]") {
  CHECK(
      contains(ask("POST", "/v1/servers/queue/call?type=echo", "\xff\xfe").body, R"("reply_base64":"//4=")"));
}

TEST_CASE_METHOD(ControlHost, "failures have the code's name and a fitting status", "[api]") {
  const ApiReply missing = ask("POST", "/v1/handlers/log/b/call?type=echo");
  CHECK(missing.status == 404);
  CHECK(contains(missing.body, R"("code":"not_found")"));
  CHECK(contains(ask("POST", "/v1/managers/logg/notify?type=x").body, "log"));  // the suggestion
  CHECK(ask("POST", "/v1/handlers/log/a/call?type=nonsense").status == 422);
  CHECK(contains(ask("POST", "/v1/handlers/log/a/call?type=throw").body, R"("code":"crashed")"));
}

TEST_CASE_METHOD(ControlHost, "malformed requests are told what is wrong with them", "[api]") {
  CHECK(ask("POST", "/v1/managers/log/notify").status == 400);  // no type
  CHECK(ask("POST", "/v1/managers/log/notify?type=x&mode=later").status == 400);
  CHECK(ask("POST", "/v1/handlers/log/a/call?type=x&timeout_ms=soon").status == 400);
  CHECK(ask("POST", "/v1/managers/log/handlers", "[1]").status == 400);
  CHECK(ask("POST", "/v1/managers/log/handlers", "{\"type\": 5}").status == 400);
  CHECK(ask("POST", "/v1/managers/log/handlers", "{\"options\": {\"a\": {}}}").status == 400);
  CHECK(ask("POST", "/v1/managers/log/handlers", std::string(100, '[')).status == 400);
  CHECK(ask("GET", "/v1/nothing").status == 404);
  CHECK(ask("DELETE", "/v1/status").status == 405);
}

TEST_CASE_METHOD(ControlHost, "a handler is removed, and the value of its terminate comes back", "[api]") {
  CHECK(contains(ask("DELETE", "/v1/handlers/log/a?argument=bye").body, R"("value":"value of a")"));
  CHECK(script.trace == Trace{"a terminate deleted bye", "a destroyed"});
  CHECK(ask("GET", "/v1/managers/log/handlers").body == R"({"handlers":[]})");
}

TEST_CASE_METHOD(ControlHost, "a type that no plugin offers is told with where it was looked for", "[api]") {
  const ApiReply reply =
      ask("POST", "/v1/managers/log/handlers", R"({"type": "NoSuchHandler"})", "application/json");
  CHECK(reply.status == 404);
  CHECK(contains(reply.body, "plugin_not_found"));
  CHECK(contains(reply.body, "plugins"));
}

TEST_CASE_METHOD(ControlHost, "a process is stopped, stays stopped, and is started again as it was",
                 "[api]") {
  CHECK(ask("POST", "/v1/processes/queue/stop").status == 200);
  CHECK(ask("POST", "/v1/servers/queue/call?type=echo").status == 404);
  CHECK(contains(ask("POST", "/v1/processes/queue/start").body, R"("started":"queue#2")"));
  const ApiReply again = ask("POST", "/v1/processes/queue/start");
  CHECK(again.status == 409);
  CHECK(contains(again.body, "queue#2"));
}

TEST_CASE_METHOD(ControlHost, "the status tells what everything does", "[api]") {
  ask("POST", "/v1/managers/log/notify?type=msg&mode=sync", "x");
  const std::string status = ask("GET", "/v1/status").body;
  CHECK(contains(status, R"("accepted":1)"));
  CHECK(contains(status, R"("handled":1)"));
  CHECK(contains(status, R"("type":"ScriptedServer")"));
  CHECK(contains(ask("GET", "/v1/names").body, R"("handlers":["log/a"])"));
}

TEST_CASE_METHOD(ControlHost, "every change is logged with who made it", "[api]") {
  ask("DELETE", "/v1/handlers/log/a");
  const auto records = host.log.all("verb");
  REQUIRE(records.size() == 1);
  CHECK(records[0].fields.at("target") == "log/a");
  CHECK(records[0].fields.at("uid") == "0");
}

TEST_CASE_METHOD(ControlHost, "stop asks the host to end and answers first", "[api]") {
  CHECK(ask("POST", "/v1/stop").body == R"({"stopping":true})");
  CHECK(is_stop_requested);
}
