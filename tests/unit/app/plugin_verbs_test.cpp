// SPDX-License-Identifier: Apache-2.0
#include "host/app/plugin_verbs.hpp"

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

TEST_CASE("the verbs about plugins are requests of their own", "[plugins]") {
  CHECK(request({"plugins"}) == "GET /v1/plugins");
  CHECK(request({"plugin", "show", "LoggerHandler"}) == "GET /v1/plugins?which=LoggerHandler");
  CHECK(request({"plugin", "show", "/a/./b.so"}) == "GET /v1/plugins?which=%2Fa%2Fb.so");
  CHECK(request({"quarantine", "list"}) == "GET /v1/quarantine");
  CHECK(request({"quarantine", "show", "geo.so"}) == "GET /v1/quarantine?which=geo.so");
  CHECK(request({"quarantine", "clear", "5fcb"}) == "POST /v1/quarantine/clear?which=5fcb");
  CHECK(request({"quarantine", "clear", "--all"}) == "POST /v1/quarantine/clear?all=true");
  CHECK(request_of(invocation({"plugin", "check", "x.so"})).error().code == Errc::bad_request);
}

TEST_CASE("words that cannot be meant are told before anything is sent", "[plugins]") {
  CHECK(contains(usage_error({"quarantine", "lst"}), "did you mean \"list\"?"));
  CHECK(contains(usage_error({"quarantine", "list", "x"}), "list takes nothing more"));
  CHECK(contains(usage_error({"quarantine", "show"}), "quarantine show needs to know which"));
  CHECK(contains(usage_error({"quarantine", "clear"}), "or --all"));
  CHECK(contains(usage_error({"quarantine", "clear", "x", "--all"}), "or --all"));
  CHECK(contains(usage_error({"quarantine", "show", "x", "--all"}), "--all is for quarantine clear"));
  CHECK(contains(usage_error({"plugin", "shw", "x"}), "did you mean \"show\"?"));
  CHECK(contains(usage_error({"plugin", "show", "x", "--call", "count"}), "are for plugin check"));
  CHECK(contains(usage_error({"plugin", "show", "x", "key=value"}), "are for plugin check"));
}

TEST_CASE("a quarantine is a table with step, signal and time", "[plugins]") {
  const Invocation list = invocation({"quarantine", "list"});
  CHECK(text_of(list, R"({"quarantined":[]})") == "nothing is in quarantine");
  const std::string entries =
      R"({"quarantined":[{"sha256":"0123456789abcdef","file":"/p/geo.so","plugin":"geo","version":"1.2.0",)"
      R"("time_us":1767225600000000,"reason":"ended_host","step":"create","signal":11,"text":"create: ended",)"
      R"("left_out":["log/geo"]}]})";
  CHECK(text_of(list, entries) ==
        "SHA256        PLUGIN  VERSION  SINCE                 REASON      STEP    SIGNAL                   "
        "LEFT OUT  "
        "FILE\n"
        "0123456789ab  geo     1.2.0    2026-01-01T00:00:00Z  ended_host  create  11 (Segmentation fault)  "
        "log/geo   "
        "/p/geo.so\nfix the plugin, or: baton quarantine clear geo");
  CHECK(contains(text_of(invocation({"quarantine", "show", "geo"}), entries), "text      create: ended"));
}

TEST_CASE("a plugin is shown with its options, their defaults and limits, and its state versions",
          "[plugins]") {
  const std::string text = text_of(
      invocation({"plugin", "show", "geo"}),
      R"({"plugins":[{"file":"/p/geo.so","size":5,"sha256":"ab","name":"geo","version":"1.2.0","abi":"1.0",)"
      R"("provides":[{"kind":"handler","name":"Geo","help":"finds","state":{"writes":2,"reads":[1,2]},)"
      R"("capabilities":[],"options":[{"name":"cache","type":"int","required":false,"hot":true,)"
      R"("default":7,"min":0,"max":9,)"
      R"("help":"how many"},{"name":"db","type":"path","required":true,"help":"where"}]}],)"
      R"("signature":"unsigned","used_by":["log/a","log/b"],"state":"loaded"}]})");
  CHECK(text ==
        "geo 1.2.0  /p/geo.so\n"
        "  size       5 bytes\n"
        "  sha256     ab\n"
        "  abi        1.0\n"
        "  signature  unsigned\n"
        "  used by    log/a, log/b\n"
        "  state      loaded\n"
        "handler Geo: finds\n"
        "  state         writes version 2, reads 1, 2\n"
        "  capabilities  -\n"
        "  OPTION  TYPE  DEFAULT   ALLOWED  HOT  HELP\n"
        "  cache   int   7         0 to 9   yes  how many\n"
        "  db      path  required  any      -    where");
}
