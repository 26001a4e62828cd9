// SPDX-License-Identifier: Apache-2.0
#include "host/app/text_output.hpp"

#include "host/app/document_text.hpp"

#include <catch2/catch.hpp>

using namespace baton;

TEST_CASE("columns are as wide as their widest cell, and lines end without blanks", "[text_output]") {
  CHECK(table({{"ID", "TYPE"}, {"store", "X"}, {"a", ""}}) == "ID     TYPE\nstore  X\na");
}

TEST_CASE("times are readable", "[text_output]") {
  CHECK(readable_time(1234) == "1.2 s");
  CHECK(readable_time(125'000) == "2 min 5 s");
  CHECK(readable_time(7'500'000) == "2 h 5 min");
  CHECK(readable_time(200'000'000) == "2 d 7 h");
}

TEST_CASE("an event that a handler refused is told with its reason", "[text_output]") {
  Invocation notify;
  notify.verb = "sync-notify";
  CHECK(text_of(notify, R"({"accepted":1,"refused":0,"failures":[]})") == "ok");
  CHECK(
      text_of(
          notify,
          R"({"accepted":1,"refused":1,"failures":[{"handler":"store","crashed":false,"reason":"disk full"}]})") ==
      "handler `store` refused it: disk full");
}

TEST_CASE("a handler that is watched after a swap is shown so", "[text_output]") {
  Invocation which;
  which.verb = "which";
  CHECK(text_of(which,
                R"({"handlers":[{"id":"a","type":"T","version":"2.0.0","instance":2,"handled":5,"refused":0,)"
                R"("watched":true}]})") ==
        "ID  TYPE  VERSION          INSTANCE  HANDLED  REFUSED\na   T     2.0.0 (watched)  #2        5       "
        " 0");
}

TEST_CASE("handlers say in which order they are shown", "[text_output]") {
  Invocation which;
  which.verb = "which";
  CHECK(text_of(which, R"({"handlers":[{"id":"b"},{"id":"a"}]})").starts_with("ID (newest first)  TYPE"));
}

TEST_CASE("a server that is watched after a swap is shown so", "[text_output]") {
  Invocation status;
  status.verb = "status";
  const std::string text = text_of(
      status,
      R"({"host":{"name":"h","version":"1","pid":1,"uptime_ms":1,"config":"","plugin_directories":[],)"
      R"("degraded":false},"managers":[],"servers":[{"name":"q","instance":2,"suspended":false,)"
      R"("mailbox":{"waiting":0},"type":"T","version":"2.0.0","calls":1,"casts":2,"watched":true}],)"
      R"("stopped":[],"libraries":[],"refused_files":[]})");
  CHECK(text.find("2.0.0 (watched)") != std::string::npos);
}

namespace {

/// Of a host whose manager `log` does not answer.
const std::string busy_status = R"({"host":{"name":"h","version":"1","pid":1,"uptime_ms":1,"config":""},
  "managers":[{"name":"log","instance":1,"suspended":false,"mailbox":{"waiting":3,"accepted":4},"busy":true,
    "activity":{"in":"log/Fragile","text":"log/Fragile, handle_events, event \"hang\" seq 1, for 10 min"}}],
  "servers":[],"stopped":[],"libraries":[],"refused_files":[]})";

const std::string busy_line = R"(busy: log/Fragile, handle_events, event "hang" seq 1, for 10 min)";

}  // namespace

TEST_CASE("what keeps a manager from answering is told by status and list", "[text_output]") {
  Invocation status;
  status.verb = "status";
  CHECK(text_of(status, busy_status).find(busy_line) != std::string::npos);
  Invocation list;
  list.verb = "list";
  CHECK(text_of(list, busy_status) == "manager log#1  busy\n" + busy_line);
}

TEST_CASE("stop says what keeps the host, if it knows of anything", "[text_output]") {
  Invocation stop;
  stop.verb = "stop";
  CHECK(text_of(stop, R"({"stopping":true})") == "ok");
  CHECK(text_of(stop, R"({"stopping":true,"still_running":[{"text":"log/a, handle_events, for 40 s"}]})") ==
        "stopping; the host ends when these return, or with a second signal:\n"
        "  still running: log/a, handle_events, for 40 s");
}
