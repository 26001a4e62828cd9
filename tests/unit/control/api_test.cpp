// SPDX-License-Identifier: Apache-2.0
#include "host/control/api.hpp"

#include "tests/unit/control/control_host.hpp"

#include <atomic>
#include <thread>

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

TEST_CASE_METHOD(ControlHost, "a newline ends a line and begins none, and no lines are no events", "[api]") {
  const auto accepted = [this](const std::string& lines) {
    return ask("POST", "/v1/managers/log/notify?type=msg", lines, "Application/X-Baton-Lines; charset=utf-8")
        .body;
  };
  CHECK(contains(accepted("one\n"), R"("accepted":1)"));
  CHECK(contains(accepted("\n"), R"("accepted":1)"));
  CHECK(contains(accepted("\n\n"), R"("accepted":2)"));
  CHECK(contains(accepted(""), R"("accepted":0)"));
  CHECK(contains(ask("POST", "/v1/servers/queue/cast?type=add", "a\nb", "application/x-baton-lines").body,
                 R"("accepted":2)"));
}

TEST_CASE_METHOD(ControlHost, "the reply to a batch in mode sync acknowledges all of it", "[api]") {
  std::string lines;
  for (int i = 0; i < 1000; ++i) {
    lines += std::to_string(i) + "\n";
  }
  CHECK(contains(
      ask("POST", "/v1/managers/log/notify?type=msg&mode=sync", lines, "application/x-baton-lines").body,
      R"("accepted":1000)"));
  REQUIRE(script.trace.size() == 1000);
  CHECK(script.trace.back() == "a msg 999");
}

TEST_CASE_METHOD(ControlHost, "an event is accepted in every mode", "[api]") {
  for (const char* mode : {"", "&mode=async", "&mode=ack", "&mode=sync"}) {
    const ApiReply reply = ask("POST", std::string("/v1/managers/log/notify?type=msg") + mode, "x");
    CHECK(reply.status == 200);
    CHECK(reply.content_type == "application/json");
    CHECK(reply.body == R"({"accepted":1,"refused":0,"failures":[]})");
  }
}

TEST_CASE_METHOD(ControlHost, "a batch that did not fit says how much of it did, and why not the rest",
                 "[api]") {
  EventManagerOptions options;
  options.process.mailbox.capacity = 100;
  options.process.mailbox.overflow = Overflow::reject;
  auto small = *EventManager::start(host.runtime, "small", options);
  std::atomic<bool> is_inside{false};
  std::atomic<bool> may_go_on{false};
  script.on_run = [&](Services&) {
    is_inside = true;
    while (!may_go_on) {
      std::this_thread::yield();
    }
  };
  REQUIRE(small->add_handler({"b", script.factory(), {}}));
  ask("POST", "/v1/managers/small/notify?type=run");
  while (!is_inside) {
    std::this_thread::yield();
  }

  std::string lines;
  for (int line = 0; line < 150; ++line) {
    lines += std::to_string(line) + "\n";
  }
  const ApiReply part = ask("POST", "/v1/managers/small/notify?type=msg", lines, "application/x-baton-lines");
  const ApiReply none = ask("POST", "/v1/managers/small/notify?type=msg", "4");
  may_go_on = true;

  CHECK(part.status == 200);
  CHECK(contains(part.body, R"("accepted":100)"));
  CHECK(contains(part.body, R"("error":{"code":"overloaded")"));
  CHECK(none.status == 503);
  CHECK(small->stop(ExitReason::shutdown(), infinity));
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

TEST_CASE_METHOD(ControlHost, "a reply has the content type that the callee gave it", "[api]") {
  CHECK(ask("POST", "/v1/handlers/log/a/call?type=count").body ==
        R"({"reply":"0","content_type":"application/json"})");
}

TEST_CASE_METHOD(ControlHost, "a call waits as long as it says: briefly, or longer than time points last",
                 "[api]") {
  const ApiReply late = ask("POST", "/v1/servers/queue/call?type=later&timeout_ms=1");
  CHECK(late.status == 504);
  CHECK(contains(late.body, R"("code":"timed_out")"));
  for (const char* timeout : {"9223372036854775806", "9223372036854775807"}) {
    CHECK(ask("POST", std::string("/v1/servers/queue/call?type=echo&timeout_ms=") + timeout).status == 200);
  }
  CHECK(ask("POST", "/v1/servers/queue/call?type=echo&timeout_ms=9223372036854775808").status == 400);
  CHECK(ask("POST", "/v1/servers/queue/call?type=echo&timeout_ms=-1").status == 400);
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
  CHECK(ask("POST", "/v1/managers/log/notify?type=" + std::string(300, 'x')).status == 400);
  CHECK(ask("GET", "/v1/na%mes").status == 400);
}

TEST_CASE_METHOD(ControlHost, "what is not there and what is not done with it are told apart", "[api]") {
  for (const char* path : {"/", "/v1", "/v1/nothing", "/v1/status/more", "/v2/status", "/v1/servers//call"}) {
    const ApiReply missing = ask("GET", path);
    CHECK(missing.status == 404);
    CHECK(contains(missing.body, R"("code":"not_found")"));
    CHECK(contains(missing.body, path));
  }
  const ApiReply wrong = ask("DELETE", "/v1/managers/log/handlers");
  CHECK(wrong.status == 405);
  CHECK(contains(wrong.body, "GET or POST"));
}

TEST_CASE_METHOD(ControlHost, "a mistake in a document is named, with what was probably meant", "[api]") {
  const auto text_for = [this](const std::string& body) {
    const ApiReply reply = ask("POST", "/v1/handlers/log/a/swap", body, "application/json");
    CHECK(reply.status == 400);
    return reply.body;
  };
  CHECK(contains(text_for(R"({"tpye": "X"})"), "did you mean \\\"type\\\""));
  CHECK(contains(text_for(R"({})"), "needs `type`"));
  CHECK(contains(text_for(R"([1])"), "a JSON array; an object"));
  CHECK(contains(text_for(R"({"type": 5})"), "`type` must be a text, not a number"));
  CHECK(contains(text_for(R"({"type": "X", "mode": "fast"})"), "safe or destructive"));
  CHECK(contains(text_for(R"({"file": "x.so"})"), "absolute"));
  CHECK(contains(text_for(R"({"type": "X", "options": []})"), "`options` must be an object"));
  CHECK(contains(text_for(R"({"type": "X", "options": {"a": null}})"), "option `a`"));
  CHECK(contains(text_for(R"({"type": "X", "options": {"a": ["b", null]}})"), "option `a`"));
  CHECK(contains(text_for(R"({"type": "X",)"), "no JSON"));
  CHECK(contains(text_for("{\"options\":" + std::string(100, '[') + std::string(100, ']') + "}"),
                 "deeper than 16"));
}

TEST_CASE_METHOD(ControlHost, "a misspelt key of the query is not ignored", "[api]") {
  const ApiReply reply = ask("POST", "/v1/servers/queue/call?type=echo&timeout=5");
  CHECK(reply.status == 400);
  CHECK(contains(reply.body, "timeout_ms"));
  CHECK(server_script.trace.empty());
}

TEST_CASE_METHOD(ControlHost, "a server's route does not reach a handler by a slash in the name", "[api]") {
  CHECK(ask("POST", "/v1/servers/log%2Fa/call?type=echo").status == 400);
  CHECK(ask("POST", "/v1/servers/log%2Fa/swap", R"({"type": "X"})").status == 400);
}

TEST_CASE("every code is a failure to HTTP as well", "[api]") {
#define BATON_ERRC(name, number, sentence) CHECK(http_status_of(Errc::name) / 100 >= 4);
#include "host/base/errc.def"
#undef BATON_ERRC
  CHECK(error_reply({Errc::timed_out, "late"}).body == R"({"error":{"code":"timed_out","text":"late"}})");
  CHECK(contains(error_reply({Errc::crashed, "\xff"}).body, "crashed"));  // a plugin's text may be anything
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
  const std::string managers = ask("GET", "/v1/managers").body;
  CHECK(contains(managers, R"({"managers":[{"name":"log","instance":)"));
  CHECK(contains(managers, R"("handlers":[{"id":"a","type":"ScriptedHandler")"));
  CHECK_FALSE(contains(managers, "queue"));
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
