// SPDX-License-Identifier: Apache-2.0
// gen_event and GenEvent: calls to one handler.
#include "tests/conformance/gen_event_fixture.hpp"

using namespace baton;
using namespace baton::test;

TEST_CASE_METHOD(GenEvent, "each way out of handle_call has its answer and its terminate",
                 "[ge-009][xe-014][ge-g06][ge-g08][ge-g09][ee-g05]") {
  const auto [type, answer, terminate] = GENERATE(
      table<std::string, std::string, std::string>({{"echo", "x", ""},
                                                    {"remove", "bye", "remove"},
                                                    {"throw", "crashed", "error thrown"},
                                                    {"fail", "crashed", "error failed"},
                                                    {"bad_return", "bad_return", "error bad return"}}));
  CAPTURE(type);
  add({"h", "h-x"});
  script.trace.clear();

  const auto reply = manager->call("h-x", host.message(type, "x"));

  CHECK((reply ? reply->data : code_of(reply)) == answer);
  const std::string error = "error ";
  if (terminate.starts_with(error)) {
    CHECK(reply.error().text.find(terminate.substr(error.size())) != std::string::npos);
  }

  if (terminate.empty()) {
    CHECK(script.trace.empty());
  } else {
    REQUIRE(script.trace.size() == 2);
    CHECK(script.trace[0].starts_with("h-x terminate " + terminate));
    CHECK(script.trace[1] == "h-x destroyed");
  }
  CHECK(which() == (terminate.empty() ? Ids{"h-x", "h"} : Ids{"h"}));
  CHECK(call("h-x", "echo", "again") == (terminate.empty() ? "again" : "not_found"));
  const bool is_failure = answer == "crashed" || answer == "bad_return";
  CHECK(host.log.count("handler_crashed") == (is_failure ? 1U : 0U));
}

TEST_CASE_METHOD(GenEvent, "what a handler answers when it leaves is the answer, not terminate's value",
                 "[ge-g08][xe-014]") {
  add({"h"});

  CHECK(call("h", "remove") == "bye");
}

TEST_CASE_METHOD(GenEvent, "a call that the handler does not know costs it nothing", "[ee-g12][differs]") {
  // OTP's handler crashes on it: a typing mistake of a caller must not cost a handler.
  add({"h"});

  CHECK(call("h", "no_such_request") == "unknown_request");

  CHECK(which() == Ids{"h"});
  CHECK(host.log.count_at_least(LogLevel::warning) == 0);
}

TEST_CASE_METHOD(GenEvent, "a missing handler is not_found, a missing manager process_ended",
                 "[ge-009][ge-g09][ee-g04][differs]") {
  CHECK(call("h", "echo") == "not_found");
  std::string unknown;
  add({"caller"});
  script.on_run = [&](Services& services) {
    unknown = code_of(services.call("no_manager/h", host.message("echo"), Duration(10)));
  };
  sync_notify("run");
  CHECK(unknown == "not_found");

  REQUIRE(manager->stop(ExitReason::normal(), infinity));

  CHECK(call("h", "echo") == "process_ended");
}

TEST_CASE_METHOD(GenEvent,
                 "a call that times out is handled all the same, and its late answer reaches nobody",
                 "[ge-009][ge-g10]") {
  const Duration timeout = GENERATE(Duration(0), Duration(30));
  HandlerScript slow;
  const auto upstream = host.manager({}, "upstream");
  REQUIRE(upstream->add_handler({"slow", slow.factory(), {}}));
  add({"h"});
  // While the manager is inside its handler, which waits for `slow`, `slow` calls that handler.
  script.on_run = [&](Services& services) {
    REQUIRE(services.call("upstream/slow", host.message("run"), infinity));
  };
  std::string code;
  slow.on_run = [&](Services& services) {
    code = code_of(services.call("log/h", host.message("remove"), timeout));
  };

  CHECK(call("h", "run") == "ran");
  host.scheduler.run_all();

  CHECK(code == "timed_out");
  CHECK(script.trace == Trace{"h terminate remove", "h destroyed"});
}
