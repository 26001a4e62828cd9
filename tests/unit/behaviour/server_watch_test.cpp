// SPDX-License-Identifier: Apache-2.0
// The time after the swap of a server: what brings the old version back, with what, and what its callers get.
#include "host/behaviour/server_process.hpp"
#include "host/behaviour/swap_watch.hpp"
#include "tests/support/manual_host.hpp"
#include "tests/support/scripted_server.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace baton;
using namespace baton::test;
using namespace std::chrono_literals;

namespace {

using Trace = std::vector<std::string>;
using Verdict = WatchOutcome::Verdict;

struct ServerWatchTest {
  ManualHost host;
  ServerScript old_script;
  ServerScript new_script;
  std::shared_ptr<ServerProcess> server;
  WatchPolicy policy;
  std::optional<Pending<WatchOutcome>> pending;

  ServerWatchTest() {
    policy.window = 30s;
    old_script.state_reads = {1, 2};
    new_script.version = "2";
    new_script.state_writes = 2;
    new_script.state_reads = {1, 2};
    ProcessOptions one_by_one;  // what throws says nothing of the casts of its batch before
    one_by_one.batch_max = 1;
    server = *ServerProcess::start(host.runtime, {"queue", old_script.factory(), {}, one_by_one});
    cast("1");
  }

  void cast(const std::string& data, std::size_t count = 1) {
    const std::vector<Message> requests(count, host.message("add", data));
    REQUIRE(server->cast(requests));
    host.scheduler.run_all();
  }

  /// The reply, or the error's code.
  std::string call(const std::string& type, const std::string& data = {}) {
    const auto reply = server->call(host.message(type, data));
    return reply ? reply->data : code_of(reply);
  }

  void swap() {
    auto [asked, end] = make_question<WatchOutcome>();
    ServerSwap request{{"queue", new_script.factory(), {}, {}}, "", nullptr, policy};
    request.watch_end.emplace(std::move(end));
    REQUIRE(server->swap_code(std::move(request)));
    pending.emplace(std::move(asked));
    new_script.trace.clear();
    old_script.trace.clear();
  }

  WatchOutcome outcome() {
    REQUIRE(pending->is_answered());
    auto taken = pending->take();
    REQUIRE(taken);
    return *taken;
  }

  ServerStatus status() { return *server->status(); }

  /// Calls and casts of the new version throw from now on.
  void new_one_breaks() {
    new_script.on_call = [](std::string_view type) -> std::optional<ServerOutcome> {
      return type == "echo" ? throw std::runtime_error("not me") : std::optional<ServerOutcome>();
    };
    new_script.on_cast = [](std::string_view /*data*/) {
      throw std::runtime_error("not me");
    };
  }

  /// The new version refuses calls of `echo`.
  void new_one_refuses() {
    new_script.on_call = [](std::string_view type) -> std::optional<ServerOutcome> {
      return type == "echo"
                 ? std::optional(ServerOutcome{ServerOutcome::Verdict::refused, 0, {}, "disk full"})
                 : std::nullopt;
    };
  }
};

std::string answer_to(Request<Reply>& request) {
  const Response<Reply> response = request.wait_response(infinity);
  REQUIRE(response.result);
  return *response.result ? (*response.result)->data : code_of(*response.result);
}

std::ptrdiff_t count_of(const Trace& trace, const std::string& line) {
  return std::count(trace.begin(), trace.end(), line);
}

}  // namespace

TEST_CASE_METHOD(ServerWatchTest, "new code that does well stays, and is watched no more after the window",
                 "[swap][watch][server]") {
  swap();
  CHECK(status().is_watched);
  cast("2");
  CHECK(call("echo", "x") == "x");
  host.scheduler.advance(29s);
  CHECK_FALSE(pending->is_answered());
  host.scheduler.advance(1s);

  const WatchOutcome passed = outcome();

  CHECK(passed.verdict == Verdict::passed);
  CHECK(passed.events == 2);
  CHECK(passed.errors == 0);
  CHECK(passed.lasted == 30s);
  CHECK(passed.code.use_count() == 1);  // who is told may unload the old version
  CHECK(status().version == "2");
  CHECK_FALSE(status().is_watched);
  CHECK(host.log.count("swap_watch_passed") == 1);
}

TEST_CASE_METHOD(ServerWatchTest, "a crash in a call brings the old version back, which answers the call",
                 "[swap][watch][server]") {
  swap();
  cast("2");
  new_one_breaks();

  CHECK(call("echo", "x") == "x");

  CHECK_FALSE(server->has_ended());
  CHECK(status().version == "1");
  CHECK(call("sum") == "12");  // the new one's state
  const WatchOutcome back = outcome();
  CHECK(back.verdict == Verdict::swapped_back);
  CHECK(back.reason == "it crashed: not me");
  CHECK(back.state == "version 2 converted to 1");
  CHECK(back.redone == 1);
  CHECK(back.instance == status().instance);
  CHECK(new_script.trace == Trace{"call echo", "terminate error it crashed: not me"});
  CHECK(status().calls == 2);
  CHECK(host.log.count("server_crashed") == 1);
  CHECK(host.log.count("swapped_back") == 1);
}

TEST_CASE_METHOD(ServerWatchTest,
                 "with redo: none the caller is told that the version which had the call is gone",
                 "[swap][watch][server]") {
  policy.redo = Redo::none;
  swap();
  new_one_breaks();

  const auto reply = server->call(host.message("echo", "x"));

  CHECK(code_of(reply) == "crashed");
  CHECK(reply.error().text == "server `queue` crashed and was swapped back: not me");
  CHECK(old_script.trace == Trace{"takes over 1 with "});
  CHECK(outcome().redone == 0);
}

TEST_CASE_METHOD(ServerWatchTest,
                 "a cast that it crashed at is given to the old version, before the next one",
                 "[swap][watch][server]") {
  swap();
  new_script.on_cast = [](std::string_view data) {
    if (data == "3") {
      throw std::runtime_error("the third one");
    }
  };
  const std::vector<Message> casts = {host.message("add", "2"), host.message("add", "3"),
                                      host.message("add", "4")};
  REQUIRE(server->cast(casts));

  CHECK(call("sum") == "1234");
  CHECK(status().version == "1");
  CHECK(status().casts == 4);
  const WatchOutcome back = outcome();
  CHECK(back.redone == 1);
  CHECK(back.events == 2);
  CHECK(back.errors == 1);
}

TEST_CASE_METHOD(ServerWatchTest,
                 "a crash in an info or a continue brings the old version back, without them",
                 "[swap][watch][server]") {
  swap();
  std::string callback;
  SECTION("info") {
    callback = "handle_info";
    new_script.on_info = [](std::string_view /*type*/) {
      throw std::runtime_error("not me");
    };
    (void)new_script.services->start_timer(10ms, host.message("tick"));
    host.scheduler.advance(10ms);
  }
  SECTION("continue") {
    callback = "handle_continue";
    new_script.on_call = [](std::string_view /*type*/) {
      ServerOutcome outcome;
      outcome.reply = Reply{"well", BATON_TEXT_PLAIN};
      outcome.then = {Then::Kind::handle_continue, {}, "on"};
      return std::optional(std::move(outcome));
    };
    new_script.on_continue = [](std::string_view /*what*/) -> ServerOutcome {
      throw std::runtime_error("not me");
    };
    CHECK(call("echo", "x") == "well");
  }
  CHECK(status().version == "1");
  CHECK(outcome().reason == "it crashed in " + callback + ": not me");
  CHECK(old_script.trace == Trace{"takes over 1 with "});
  CHECK(call("echo", "x") == "x");
}

TEST_CASE_METHOD(ServerWatchTest, "to stop with an error is to crash, to stop in order is to stop",
                 "[swap][watch][server]") {
  swap();
  std::string reason;
  std::optional<Reply> reply;
  new_script.on_call = [&](std::string_view /*type*/) {
    return std::optional(ServerOutcome{ServerOutcome::Verdict::stop, 0, reply, reason});
  };
  SECTION("with an error") {
    reason = "no more";
    CHECK(call("echo", "x") == "x");
    CHECK(outcome().reason == "it crashed: no more");
    CHECK(status().version == "1");
  }
  SECTION("with an error and an answer, which is the one that the caller gets") {
    reason = "no more";
    reply = Reply{"the last one", BATON_TEXT_PLAIN};
    CHECK(call("echo", "x") == "the last one");
    CHECK(count_of(old_script.trace, "call echo") == 0);
    CHECK(status().version == "1");
  }
  SECTION("in order") {
    reason = "normal";
    reply = Reply{"bye", BATON_TEXT_PLAIN};
    CHECK(call("echo", "x") == "bye");
    CHECK(server->has_ended());
    CHECK(code_of(pending->take()) == "process_ended");
  }
}

TEST_CASE_METHOD(ServerWatchTest, "refused calls are errors: up to the limit they are answered so",
                 "[swap][watch][server]") {
  policy.max_errors = 1;
  swap();
  new_one_refuses();
  CHECK(call("echo", "x") == "refused");
  CHECK(status().version == "2");

  CHECK(call("echo", "y") == "y");  // one too many is answered by the old version

  CHECK(status().version == "1");
  CHECK(count_of(old_script.trace, "call echo") == 1);  // what was refused before stays so
  const WatchOutcome back = outcome();
  CHECK(back.reason == "2 of 2 requests failed (limit 1), the last one: disk full");
  CHECK(back.redone == 1);
}

TEST_CASE_METHOD(ServerWatchTest, "with redo: none the refusal that is one too many is the answer",
                 "[swap][watch][server]") {
  policy.max_errors = 0;
  policy.redo = Redo::none;
  swap();
  new_one_refuses();
  CHECK(call("echo", "x") == "refused");
  CHECK(status().version == "1");
  CHECK(count_of(old_script.trace, "call echo") == 0);
}

TEST_CASE_METHOD(ServerWatchTest, "a request that it does not know is no error, whatever it answers is none",
                 "[swap][watch][server]") {
  policy.max_errors = 0;
  swap();
  CHECK(call("no such thing") == "unknown_request");
  CHECK(call("echo", "error: no") == "error: no");
  host.scheduler.advance(30s);
  CHECK(outcome().verdict == Verdict::passed);
}

TEST_CASE_METHOD(ServerWatchTest, "with its own state the old version does not know what came after the cut",
                 "[swap][watch][server]") {
  policy.back = WayBack::kept;
  policy.redo = Redo::none;
  swap();
  cast("2");
  new_one_breaks();
  cast("3");
  CHECK(call("sum") == "1");
  CHECK(outcome().state == "the old one's, as it was at the cut");
}

TEST_CASE_METHOD(ServerWatchTest, "with its own too when the new one's is not usable",
                 "[swap][watch][server]") {
  SECTION("it reads it no more") {
    old_script.state_reads = {1};
    REQUIRE(server->swap({"queue", old_script.factory(), {}, {}}, ""));
  }
  SECTION("the new one cannot say what it is") {
    new_script.save_throws = true;
  }
  swap();
  cast("2");
  new_one_breaks();
  cast("3");
  CHECK(call("sum") == "13");  // and what failed
  CHECK(outcome().state.starts_with("the old one's, as it was at the cut; the new one's is not usable"));
}

TEST_CASE_METHOD(ServerWatchTest,
                 "with all given again it is as if there had been no swap, but each caller has one answer",
                 "[swap][watch][server]") {
  policy.back = WayBack::kept;
  policy.redo = Redo::all;
  swap();
  cast("2");
  CHECK(call("echo", "x") == "x");
  auto later = server->send_request(host.message("later"));
  host.scheduler.run_all();
  const std::uint64_t asked = new_script.from;
  cast("3");
  new_one_breaks();
  cast("4");

  CHECK(call("sum") == "1234");
  CHECK(old_script.trace == Trace{"takes over 1 with ", "call echo", "call later", "call sum"});
  CHECK(outcome().redone == 5);
  CHECK(status().casts == 4);
  CHECK(old_script.from == asked);  // the same caller, who waits for one of the two
  REQUIRE(old_script.services->reply(old_script.from, {"at last", BATON_TEXT_PLAIN}));
  CHECK(answer_to(later) == "at last");
}

TEST_CASE_METHOD(ServerWatchTest, "a caller who was to be answered later gets one answer",
                 "[swap][watch][server]") {
  SECTION("from the old version, which may know it by the new one's state") {}
  SECTION("an error, when that state is lost") {
    policy.back = WayBack::kept;
  }
  auto before = server->send_request(host.message("later"));
  host.scheduler.run_all();
  const std::uint64_t asked_before = old_script.from;
  swap();
  auto since = server->send_request(host.message("later"));
  host.scheduler.run_all();
  new_one_breaks();
  cast("2");

  if (policy.back == WayBack::kept) {
    const auto told = since.wait_response(infinity).result;
    REQUIRE(told);
    CHECK(code_of(*told) == "crashed");
    CHECK(told->error().text.ends_with("does not know the call"));
  } else {
    REQUIRE(old_script.services->reply(new_script.from, {"found", BATON_TEXT_PLAIN}));
    CHECK(answer_to(since) == "found");
  }
  REQUIRE(old_script.services->reply(asked_before, {"known", BATON_TEXT_PLAIN}));
  CHECK(answer_to(before) == "known");
}

TEST_CASE_METHOD(ServerWatchTest,
                 "when the old version cannot be made any more, a crash is what it always was",
                 "[swap][watch][server]") {
  swap();
  old_script.create_throws = true;
  new_one_breaks();

  const auto reply = server->call(host.message("echo", "x"));

  CHECK(reply.error().text == "server `queue` crashed: not me");
  CHECK(server->has_ended());
  CHECK(outcome().verdict == Verdict::stays);
  CHECK(host.log.count("swap_back_failed") == 1);
}

TEST_CASE_METHOD(ServerWatchTest, "an old version that crashes at what it is given again ends the server",
                 "[swap][watch][server]") {
  swap();
  new_one_breaks();
  old_script.on_cast = [](std::string_view /*data*/) {
    throw std::runtime_error("nor me");
  };
  cast("2", 2);
  CHECK(server->has_ended());
  CHECK(host.log.count("server_crashed") == 2);
  CHECK(outcome().verdict == Verdict::swapped_back);
}

TEST_CASE_METHOD(ServerWatchTest, "code that takes too long for a request is swapped back",
                 "[swap][watch][server]") {
  policy.p99_factor = 3;
  const auto takes = [this](std::chrono::microseconds time) {
    return [this, time](std::string_view /*type*/) {
      host.clock.advance_to(host.clock.steady_now() + time);
      return std::optional<ServerOutcome>();
    };
  };
  old_script.on_call = takes(20us);
  for (int i = 0; i < 2000; ++i) {  // one in sixteen is measured
    call("echo");
  }
  SECTION("three times as long is allowed") {
    new_script.on_call = takes(60us);
    swap();
    for (int i = 0; i < 600; ++i) {
      call("echo");
    }
    host.scheduler.advance(30s);
    const WatchOutcome passed = outcome();
    CHECK(passed.verdict == Verdict::passed);
    CHECK(passed.p99 == 60us);
    CHECK(passed.p99_before == 20us);
  }
  SECTION("more is not, and who asked has the answer") {
    new_script.on_call = takes(70us);
    swap();
    for (int i = 0; i < 128; ++i) {
      CHECK(call("echo", "x") == "x");
    }
    CHECK(status().version == "1");
    CHECK(outcome().reason == "p99 70 us per request is 3.5 times what it was, 20 us (limit 3)");
    CHECK(old_script.trace == Trace{"takes over 1 with "});
  }
}

TEST_CASE_METHOD(ServerWatchTest, "the old version begins as it always does", "[swap][watch][server]") {
  old_script.after_init = {Then::Kind::handle_continue, {}, "go"};
  swap();
  new_one_breaks();
  CHECK(call("echo", "x") == "x");
  CHECK(old_script.trace == Trace{"takes over 1 with ", "continue go", "call echo"});
}

TEST_CASE_METHOD(ServerWatchTest, "the watch ends with what it watches", "[swap][watch][server]") {
  swap();
  SECTION("when the server stops") {
    REQUIRE(server->stop(ExitReason::normal(), infinity));
  }
  SECTION("when it is swapped again") {
    REQUIRE(server->swap({"queue", new_script.factory(), {}, {}}, ""));
    host.scheduler.advance(60s);
    CHECK(status().version == "2");
    new_one_breaks();
    CHECK(call("echo", "x") == "crashed");
    CHECK(server->has_ended());
  }
  REQUIRE(pending->is_answered());
  CHECK(code_of(pending->take()) == "process_ended");
}
