// SPDX-License-Identifier: Apache-2.0
#include "host/app/crash_verb.hpp"

#include "host/app/command_line.hpp"
#include "host/app/text_output.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace baton;

namespace {

Invocation crash_invocation(const std::string& action, const std::string& target = {}) {
  Invocation invocation;
  invocation.verb = "crash";
  invocation.action = action;
  invocation.target = target;
  return invocation;
}

std::string path_of(const std::string& action, const std::string& target = {}) {
  const auto request = crash_request(crash_invocation(action, target));
  return request ? request->method + " " + request->path : request.error().text;
}

std::string policy(const std::string& words) {
  const auto document = crash_policy_document(words);
  return document ? document->dump() : document.error().text;
}

constexpr const char* one_crash = R"({"crash":{"id":17,"time_us":1763820131204000,"manager":"events",
  "handler":"geo","instance":2,"type":"GeoHandler","plugin":"geo","version":"0.4.0","file":"/p/geo.so",
  "sha256":"77ab0123456789","policy":"restart_with_state","callback":"handle_event",
  "message":{"type":"msg","content_type":"text/plain","seq":12,"size":5,"shown":"msg \"Hello\" seq=12",
  "beginning":"Hello"},"state":"{\"cache\":3}","reason":"no such place",
  "done":[{"time_us":1763820131204000,"text":"restart 1 of 3 in 100 ms"}],
  "saved_state":{"version":2,"size":4096,"at_event":11}}})";

}  // namespace

TEST_CASE("each action of crash is a request of its own", "[crash_verb]") {
  CHECK(path_of("list") == "GET /v1/crashes");
  CHECK(path_of("list", "log") == "GET /v1/crashes?manager=log");
  CHECK(path_of("list", "log/a b") == "GET /v1/crashes?manager=log&handler=a%20b");
  CHECK(path_of("show", "17") == "GET /v1/crashes/17");
  CHECK(path_of("clear", "log/geo") == "POST /v1/handlers/log/geo/forget");
}

TEST_CASE("what crash cannot do is told before a host is asked", "[crash_verb]") {
  CHECK(path_of("lst") ==
        "`lst` is nothing that crash can do; did you mean \"list\"?; there are list, show, clear");
  CHECK(path_of("show", "log/geo") == "crash show needs the number of a crash; `crash list` has them");
  CHECK(path_of("show") == "crash show needs the number of a crash; `crash list` has them");
  CHECK(path_of("clear", "log") == "crash clear needs MANAGER/ID of a handler that is missing");
  const auto parsed = parse_command_line({"crash", "show", "x"}, false);
  REQUIRE(std::holds_alternative<CommandLineReply>(parsed));
  CHECK(std::get<CommandLineReply>(parsed).code == ExitCode::usage);
}

TEST_CASE("a policy of the command line becomes its document", "[crash_verb]") {
  CHECK(policy("restart") == R"({"on_crash":"restart"})");
  CHECK(policy("restart_with_state,max_restarts=5,within=1m,save_every=0,initial=200ms,max=10s,factor=3,"
               "jitter=5") ==
        R"({"on_crash":"restart_with_state","max_restarts":5,"within_ms":60000,"save_every_ms":0,)"
        R"("backoff":{"initial_ms":200,"max_ms":10000,"factor":3,"jitter_percent":5}})");
  CHECK(policy("restart,max_restarts=x") == "--on-crash: max_restarts: `x` is no whole number");
  CHECK(policy("restart,max_restart=3")
            .starts_with("--on-crash: `max_restart=3` is no KEY=VALUE; did you mean"));
  CHECK(policy("restart,within").starts_with("--on-crash: `within` is no KEY=VALUE"));
  CHECK(policy("restart,within=5").starts_with("--on-crash: within: "));
}

TEST_CASE("add carries its policy", "[crash_verb]") {
  const auto parsed = parse_command_line({"add", "log", "T", "--on-crash", "restart,within=1m"}, false);
  REQUIRE(std::holds_alternative<Invocation>(parsed));
  const auto request = request_of(std::get<Invocation>(parsed));
  REQUIRE(request);
  CHECK(request->body.find(R"("crash_policy":{"on_crash":"restart","within_ms":60000})") !=
        std::string::npos);
}

TEST_CASE("crashes are a table", "[crash_verb]") {
  const Invocation list = crash_invocation("list");
  CHECK(text_of(list, R"({"crashes":[]})") == "no crashes");
  CHECK(
      text_of(list, R"({"crashes":[{"id":17,"time_us":1763820131204000,"manager":"events","handler":"geo",
        "instance":2,"type":"GeoHandler","version":"0.4.0","callback":"handle_event","reason":"two\nlines",
        "done":"removed"}]})") ==
      "CRASH  TIME                      HANDLER       TYPE        VERSION  IN            REASON     DONE\n"
      "17     2025-11-22 14:02:11.204Z  events/geo#2  GeoHandler  0.4.0    handle_event  two lines  removed");
}

TEST_CASE("a crash is shown with a line for each fact", "[crash_verb]") {
  CHECK(text_of(crash_invocation("show", "17"), one_crash) ==
        "crash 17  2025-11-22 14:02:11.204Z  events/geo#2  GeoHandler 0.4.0\n"
        "reason     no such place\n"
        "where      handle_event\n"
        "message    msg \"Hello\" seq=12  5 bytes, text/plain\n"
        "state      {\"cache\":3}\n"
        "saved      of event 11, version 2, 4096 bytes\n"
        "plugin     geo  /p/geo.so  sha256 77ab01234567\n"
        "policy     restart_with_state\n"
        "done       2025-11-22 14:02:11.204Z  restart 1 of 3 in 100 ms");
}

TEST_CASE("a status names each handler that is missing, and what becomes of it", "[crash_verb]") {
  const auto managers = nlohmann::ordered_json::parse(R"([{"name":"log","missing":[
    {"id":"a","why":"backing_off","restarts_in_ms":1500,"restarts":1,"missed":7,"crash":4,"reason":"r"},
    {"id":"b","why":"gave_up","restarts":3,"missed":0,"crash":5,"reason":"r"},
    {"id":"c","why":"removed","restarts":0,"missed":0,"crash":6,"reason":"r"},
    {"id":"d","why":"quarantined","restarts":0,"missed":0,"crash":0,"reason":"it\ncrashed"}]},
    {"name":"busy","busy":true}])");
  CHECK(degraded_text(managers) == "  DEGRADED: 4 handlers missing");
  CHECK(missing_text(managers) ==
        "! log/a comes back in 1.5 s; restarts 1, missed events 7    baton crash show 4\n"
        "! log/b is given up; restarts 3, missed events 0    baton crash show 5\n"
        "! log/c crashed and was removed; restarts 0, missed events 0    baton crash show 6\n"
        "! log/d is out: its plugin is in quarantine; restarts 0, missed events 0; it crashed");
  CHECK(degraded_text(nlohmann::ordered_json::array()).empty());
  CHECK(missing_text(nlohmann::ordered_json::array()).empty());
}

TEST_CASE("who waits for an event is told whether the handler comes back", "[crash_verb]") {
  Invocation notify;
  notify.verb = "sync-notify";
  const std::string begin =
      R"({"accepted":1,"refused":1,"failures":[{"handler":"a","crashed":true,"reason":"r")";
  CHECK(text_of(notify, begin + "}]}") == "handler `a` crashed on it and was removed: r");
  CHECK(text_of(notify, begin + R"(,"restarted":true}]})") ==
        "handler `a` crashed on it and is going to be restarted: r");
}
