// SPDX-License-Identifier: Apache-2.0
#include "host/app/record_verb.hpp"

#include "host/app/completion.hpp"
#include "host/app/text_output.hpp"
#include "tests/unit/app/parsed_words.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace baton;
using namespace baton::test;

namespace {

using Json = nlohmann::ordered_json;

/// "METHOD path".
std::string request(const Words& words) {
  const auto made = request_of(invocation(words));
  REQUIRE(made);
  return made->method + " " + made->path;
}

Json record(bool is_on, std::uint64_t events, std::uint64_t too_large = 0) {
  return {{"on", is_on},
          {"events_max", is_on ? 1000 : 0},
          {"bytes_max", 16U << 20U},
          {"events", events},
          {"bytes", events * 500},
          {"too_large", too_large},
          {"first_seq", events},
          {"last_seq", events}};
}

std::string text(const Json& record) {
  return text_of(invocation({"record", "log", "status"}), Json{{"record", record}}.dump());
}

}  // namespace

TEST_CASE("each word of record is a request of its own, but get, which is many", "[record]") {
  const std::string path = "/v1/managers/log/record?timeout_ms=5000";
  CHECK(request({"record", "log", "on"}) == "POST " + path + "&on=true");
  CHECK(request({"record", "log", "on", "20", "--bytes", "16MiB"}) ==
        "POST " + path + "&on=true&events=20&bytes=16777216");
  CHECK(request({"record", "log", "off"}) == "POST " + path + "&on=false");
  CHECK(request({"record", "a b", "status", "--timeout", "1s"}) ==
        "GET /v1/managers/a%20b/record?timeout_ms=1000");
  CHECK_FALSE(request_of(invocation({"record", "log", "get"})));
  CHECK(is_record_get(invocation({"record", "log", "get", "5"})));
  CHECK_FALSE(is_record_get(invocation({"record", "log", "on", "5"})));
}

TEST_CASE("wrong words of record are told before a host is asked", "[record]") {
  CHECK(contains(usage_error({"record", "log", "gt"}),
                 "`gt` is nothing that a record can do; did you mean \"get\"?"));
  CHECK(contains(usage_error({"record", "log", "off", "5"}), "record MANAGER off takes no number"));
  CHECK(contains(usage_error({"record", "log", "get", "--bytes", "1MiB"}), "--bytes is for `on`"));
  CHECK(contains(usage_error({"record", "log", "on", "--to", "x"}), "--to is for `get`"));
  CHECK(contains(usage_error({"record", "log", "on", "--bytes", "64k"}), "--bytes: "));
  CHECK(contains(usage_error({"record", "log", "on", "--bytes", "0"}), "--bytes: 0 bytes are too few"));
  CHECK(contains(usage_error({"record", "log", "on", "0"}), "record"));
  CHECK(contains(usage_error({"record", "log"}), "ACTION is required"));
}

TEST_CASE("what a manager records is told in one line", "[record]") {
  CHECK(text(record(false, 0)) == "log records nothing");
  CHECK(text(record(false, 2)) == "log records nothing; for its canaries it keeps 2 events, 1000 bytes");
  CHECK(text(record(true, 3)) == "log records its last 1000 events, up to 16MiB: 3 events, 1500 bytes");
  CHECK(text(record(true, 3, 2)) ==
        "log records its last 1000 events, up to 16MiB: 3 events, 1500 bytes; 2 were too large");
}

TEST_CASE("that there are no events comes with what to do", "[record]") {
  CHECK(contains(why_no_events("log", record(false, 0)), "`baton record log on 1000` keeps its last 1000"));
  CHECK(contains(why_no_events("log", record(true, 0, 5)),
                 "has kept none of 5 events: each is larger than the 16777216 bytes"));
  CHECK(why_no_events("log", record(true, 0)) == "log keeps its last 1000 events, and has had none since");
}

TEST_CASE("what may follow record is completed", "[record]") {
  Client nobody("/nowhere");
  CHECK(completions({"record", "log", "o"}, false, nobody) == Words{"off", "on"});
  CHECK(completions({"record", "log", ""}, true, nobody) == Words{"get", "off", "on", "status"});
}

TEST_CASE("metrics are asked for as text, and as a document", "[metrics]") {
  CHECK(request({"metrics"}) == "GET /metrics");
  CHECK(request({"metrics", "-o", "json"}) == "GET /v1/metrics");
  CHECK(text_of(invocation({"metrics"}), "# HELP a b\na 1\n\n") == "# HELP a b\na 1");
}
