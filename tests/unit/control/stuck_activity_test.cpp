// SPDX-License-Identifier: Apache-2.0
// A handler that does not return is named by whatever meets it.
#include "tests/unit/control/stuck_host.hpp"

using namespace baton;
using namespace baton::test;

namespace {

const std::string where = R"(`log` is busy in log/a, handle_events, event "run" seq 1, for)";

}  // namespace

TEST_CASE_METHOD(StuckTest, "what looks at a stuck manager says what it is busy with", "[stuck]") {
  for (const std::string& path :
       {std::string("GET /v1/managers/log/handlers?timeout_ms=20"),
        std::string("POST /v1/handlers/log/a/call?type=count&timeout_ms=20"),
        std::string("POST /v1/managers/log/notify?type=msg&mode=sync&timeout_ms=20"),
        std::string("GET /v1/processes/log/sys/status?timeout_ms=20")}) {
    const auto space = path.find(' ');
    CHECK(contains(timed_out(path.substr(0, space), path.substr(space + 1)), where));
  }
}

TEST_CASE_METHOD(StuckTest, "the status of a stuck manager says what it is busy with", "[stuck]") {
  const auto status = nlohmann::json::parse(ask("GET", "/v1/status").body);

  const auto& manager = status["managers"][0];
  CHECK(manager["busy"] == true);
  CHECK(manager["activity"]["in"] == "log/a");
  CHECK(manager["activity"]["callback"] == "handle_events");
  CHECK(manager["activity"]["type"] == "run");
  CHECK(manager["activity"]["seq"] == 1);
}

TEST_CASE_METHOD(ControlHost, "a suspended manager says that it is suspended, and how it goes on",
                 "[stuck]") {
  CHECK(ask("POST", "/v1/processes/log/sys/suspend").status == 200);

  const ApiReply reply = ask("POST", "/v1/handlers/log/a/call?type=count&timeout_ms=20");

  CHECK(reply.status == 504);
  CHECK(contains(reply.body, "`log` is suspended: `baton sys resume log` lets it go on"));
  CHECK(ask("POST", "/v1/processes/log/sys/resume").status == 200);
}

TEST_CASE_METHOD(StuckTest, "one that does not answer leaves time to the others, however little there is",
                 "[stuck]") {
  const auto status = nlohmann::json::parse(ask("GET", "/v1/status?timeout_ms=600").body);

  CHECK(status["managers"][0]["busy"] == true);
  CHECK_FALSE(status["servers"][0].contains("busy"));
}
