// SPDX-License-Identifier: Apache-2.0
#include "host/app/sys_verb.hpp"

#include "host/app/completion.hpp"
#include "host/app/text_output.hpp"
#include "tests/unit/app/parsed_words.hpp"

#include <catch2/catch.hpp>

using namespace baton;
using namespace baton::test;

namespace {

/// "METHOD path".
std::string request(const Words& words) {
  const auto made = request_of(invocation(words));
  REQUIRE(made);
  return made->method + " " + made->path;
}

}  // namespace

TEST_CASE("each action of sys is a request of its own", "[sys]") {
  const std::string path = "/v1/processes/log/sys/";
  CHECK(request({"sys", "suspend", "log"}) == "POST " + path + "suspend?timeout_ms=5000");
  CHECK(request({"sys", "resume", "log"}) == "POST " + path + "resume?timeout_ms=5000");
  CHECK(request({"sys", "status", "log"}) == "GET " + path + "status?timeout_ms=5000");
  CHECK(request({"sys", "state", "a b"}) == "GET /v1/processes/a%20b/sys/state?timeout_ms=5000");
  CHECK(request({"sys", "log", "log", "on"}) == "POST " + path + "log?timeout_ms=5000&on=true");
  CHECK(request({"sys", "log", "log", "on", "20"}) ==
        "POST " + path + "log?timeout_ms=5000&on=true&events=20");
  CHECK(request({"sys", "log", "log", "off"}) == "POST " + path + "log?timeout_ms=5000&on=false");
  CHECK(request({"sys", "log", "log", "get", "3"}) == "GET " + path + "log?timeout_ms=5000&events=3");
  CHECK(request({"sys", "trace", "log", "on"}) == "POST " + path + "trace?timeout_ms=5000&on=true");
  CHECK(request({"sys", "stats", "log", "get", "--timeout", "1s"}) ==
        "GET " + path + "statistics?timeout_ms=1000");
  CHECK(request({"sys", "no_debug", "log"}) == "POST " + path + "no_debug?timeout_ms=5000");
}

TEST_CASE("what sys does not know is a usage error that says what it knows", "[sys]") {
  CHECK(contains(usage_error({"sys", "suspnd", "log"}), "did you mean \"suspend\"?"));
  CHECK(contains(usage_error({"sys", "suspend"}), "NAME"));
  CHECK(contains(usage_error({"sys", "suspend", "log", "on"}), "takes nothing but a NAME"));
  CHECK(contains(usage_error({"sys", "log", "log"}), "needs one of on, off, get"));
  CHECK(contains(usage_error({"sys", "trace", "log", "get"}), "needs one of on, off behind it"));
  CHECK(contains(usage_error({"sys", "stats", "log", "on", "3"}), "takes no number"));
  CHECK(contains(usage_error({"sys", "log", "log", "off", "3"}), "takes no number"));
  CHECK(contains(usage_error({"sys", "log", "log", "on", "0"}), "N"));
  Invocation unchecked;
  unchecked.action = "explode";
  CHECK(sys_request(unchecked).error().code == Errc::bad_request);
}

TEST_CASE("the help of sys has an example of each kind", "[sys]") {
  const auto parsed = parse_command_line({"sys", "--help"}, false);
  const std::string text = std::get<CommandLineReply>(parsed).text;
  CHECK(contains(text, "baton sys suspend log"));
  CHECK(contains(text, "baton sys log log on 20"));
  CHECK(contains(text, "baton sys stats queue get"));
}

TEST_CASE("sys completes its actions and what turns them on and off", "[sys][completion]") {
  Client nobody("/nonexistent/baton.sock");
  CHECK(completions({"sys", "s"}, false, nobody) == Words{"state", "stats", "status", "suspend"});
  CHECK(completions({"sys", "trace", "log", ""}, false, nobody) == Words{"off", "on"});
  CHECK(completions({"sys", "-q", "stats", "log", "g"}, false, nobody) == Words{"get"});
  CHECK(completions({"sys", "suspend", "log", ""}, false, nobody).empty());
  CHECK(completions({"sys", "suspend", ""}, false, nobody).empty());  // names need a host
}

TEST_CASE("a state is a row, its JSON as it is, and what failed in its place", "[sys]") {
  const std::string text = text_of(
      invocation({"sys", "state", "log"}),
      R"({"states":[{"id":"a","type":"T","version":"1","instance":2,"state":{"n":[1,2]},"state_version":3,)"
      R"("state_bytes":4,"state_base64":"AAAAAA=="},)"
      R"({"id":"b","type":"T","version":"1","instance":1},)"
      R"({"id":"c","type":"T","version":"1","instance":1,"error":{"code":"crashed","text":"no"}}]})");
  CHECK(text ==
        "ID  TYPE  INSTANCE  STATE_VERSION  BYTES  STATE\n"
        "a   T     #2        3              4      {\"n\":[1,2]}\n"
        "b   T     #1\n"
        "c   T     #1                              no");
  CHECK(text_of(invocation({"sys", "state", "log"}), R"({"states":[]})") == "no handlers");
}

TEST_CASE("the status of a process is its header, its handlers and its logged events", "[sys]") {
  CHECK(text_of(invocation({"sys", "status", "log"}),
                R"({"status":{"name":"log","header":"Status for event handler log#1","module":"gen_event",)"
                R"("suspended":true,"parent":"root","mailbox":{"waiting":2,"accepted":5},)"
                R"("log":[{"time_us":1,"kind":"event","line":"*DBG* log got event msg"}],)"
                R"("instances":[{"id":"a","type":"T","version":"1","instance":1,"state":"7 items"}]}})") ==
        "Status for event handler log#1: suspended\n"
        "parent root  waiting 2  accepted 5\n"
        "ID  TYPE  VERSION  INSTANCE  STATE\n"
        "a   T     1        #1        7 items\n"
        "*DBG* log got event msg");
}

TEST_CASE("logs and statistics are told in lines, also when there are none", "[sys]") {
  const auto log_get = invocation({"sys", "log", "log", "get"});
  CHECK(text_of(log_get, R"({"log":[{"line":"one"},{"line":"two"}]})") == "one\ntwo");
  CHECK(text_of(log_get, R"({"log":[]})") == "no events");
  const auto stats_get = invocation({"sys", "stats", "log", "get"});
  CHECK(text_of(stats_get, R"({"statistics":null})") == "no statistics: they are off");
  CHECK(text_of(stats_get, R"({"statistics":{"start_time_us":0,"current_time_us":1500000,"messages_in":2,)"
                           R"("messages_out":1}})") == "messages in 2, out 1, in 1.5 s");
  CHECK(text_of(invocation({"sys", "suspend", "log"}), R"({"suspended":true})") == "ok");
}

TEST_CASE("a suspended process is seen in status and list", "[sys]") {
  const std::string document =
      R"({"host":{"name":"t"},"managers":[{"name":"log","instance":1,"suspended":true,"mailbox":{},)"
      R"("crashes":0,"handlers":[]}],"servers":[{"name":"queue","instance":1,"suspended":false,"mailbox":{}}],)"
      R"("stopped":[],"libraries":[],"refused_files":[]})";
  for (const char* verb : {"status", "list"}) {
    const std::string text = text_of(invocation({verb}), document);
    CHECK(contains(text, "log#1 (suspended)"));
    CHECK_FALSE(contains(text, "queue#1 (suspended)"));
  }
}
