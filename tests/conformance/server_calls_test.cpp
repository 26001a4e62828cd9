// SPDX-License-Identifier: Apache-2.0
// gen_server: calls, casts, infos, and the returns that end a server.
#include "tests/conformance/both_ways.hpp"
#include "tests/support/scripted_handler.hpp"
#include "tests/support/scripted_server.hpp"

using namespace baton;
using namespace baton::test;

namespace {

using Trace = BothWays::Trace;

/// A version of a server that takes over no state: a module without code_change.
class WithoutCodeChange final : public ServerFactory {
 public:
  explicit WithoutCodeChange(std::shared_ptr<const ServerFactory> real)
      : real_(std::move(real)), type_(real_->type()) {
    type_.state_reads.clear();
  }

  [[nodiscard]] const TypeInfo& type() const override { return type_; }

  Result<std::unique_ptr<Server>> create(const InstanceInit& init, Services& services) const override {
    return real_->create(init, services);
  }

 private:
  const std::shared_ptr<const ServerFactory> real_;
  TypeInfo type_;
};

}  // namespace

TEST_CASE_METHOD(BothWays, "a call is answered at once or later, and its caller waits for it",
                 "[gs-013][xg-006]") {
  const auto server = start("srv", {{"on_timeout", "answer delayed"}});

  CHECK(call(*server, "reply at_once") == "at_once");
  CHECK(call(*server, "later, timeout 100") == "delayed");
  CHECK(trace() == Trace{"init", "handle_call reply at_once", "handle_call later, timeout 100",
                         "handle_info timeout", "answered ok"});
}

TEST_CASE_METHOD(BothWays, "a caller waits five seconds unless it says otherwise, and the server goes on",
                 "[gs-013][xg-007][gs-g28]") {
  const auto server = start();
  const auto before = host.clock.steady_now();

  CHECK(call(*server, "later") == "timed_out");
  CHECK(host.clock.steady_now() - before == std::chrono::seconds(5));
  CHECK(call(*server, "later", Duration(50)) == "timed_out");
  CHECK(host.clock.steady_now() - before == Duration(5050));

  CHECK(call(*server, "reply x") == "x");
}

TEST_CASE_METHOD(BothWays, "a reply with a timeout is followed by it, unless the next call is earlier",
                 "[gs-013][gs-g15]") {
  const auto server = start();
  CHECK(call(*server, "reply a, timeout 100") == "a");
  host.scheduler.advance(Duration(99));
  CHECK(call(*server, "reply b") == "b");
  host.scheduler.advance(Duration(1000));
  CHECK(trace() == Trace{"init", "handle_call reply a, timeout 100", "handle_call reply b"});

  CHECK(call(*server, "reply c, timeout 100") == "c");
  host.scheduler.advance(Duration(100));
  CHECK(trace() == Trace{"handle_call reply c, timeout 100", "handle_info timeout"});
}

TEST_CASE_METHOD(BothWays, "a return value that a server must not give ends it as a crash",
                 "[gs-013][gs-g13][gs-g12]") {
  const auto server = start();

  CHECK(call(*server, "forbidden") == "crashed");

  CHECK(server->has_ended());
  CHECK(report().at("reason").find("bad return value of handle_call") != std::string::npos);
  CHECK(trace() == Trace{"init", "handle_call forbidden", "terminate error bad return value of handle_call"});
}

TEST_CASE_METHOD(BothWays, "a negative timeout is a bad return", "[gs-013][gs-g12]") {
  const auto server = start();

  CHECK(call(*server, "timeout -1") == "crashed");

  CHECK(report().at("reason") == "bad return value: a timeout of -1 ms");
}

TEST_CASE_METHOD(BothWays, "a second reply is told not_found and reaches nobody", "[gs-g06][differs]") {
  const auto server = start();

  CHECK(call(*server, "later, answer early, answer again") == "early");

  CHECK(trace() ==
        Trace{"init", "handle_call later, answer early, answer again", "answered ok", "answered not_found"});
  CHECK(call(*server, "later, post answer from_an_info") == "from_an_info");
}

TEST_CASE_METHOD(BothWays, "of an answer and a reply by return the first one counts", "[gs-g06][differs]") {
  // OTP leaves the second one in the mailbox of the caller.
  const auto server = start();

  CHECK(call(*server, "keep, answer first, reply second") == "first");

  CHECK(call(*server, "reply x") == "x");
}

TEST_CASE_METHOD(BothWays, "a call with a timeout and one without end are answered the same way",
                 "[gs-g08]") {
  const auto server = start();

  CHECK(call(*server, "reply x", infinity) == "x");
  CHECK(call(*server, "reply x", Duration(5000)) == "x");
}

TEST_CASE_METHOD(BothWays, "a caller learns that the server is gone, is itself, or died of the call",
                 "[gs-g09][xg-007][differs]") {
  const auto server = start();
  const auto caller = start("caller");
  CHECK(call(*caller, "call nobody reply x, reply done") == "done");
  CHECK(call(*caller, "call caller reply x, reply done") == "done");
  CHECK(call(*caller, "call srv throw boom, reply done") == "done");
  CHECK(call(*server, "reply x") == "process_ended");

  const Trace lines = trace();
  const auto called = [&lines](std::string_view what) {
    return std::count_if(lines.begin(), lines.end(), [what](const std::string& line) {
      return line.starts_with("called " + std::string(what));
    });
  };
  CHECK(called("not_found") == 1);
  CHECK(called("calling_self") == 1);
  CHECK(called("error server `srv` crashed: boom") == 1);
}

TEST_CASE_METHOD(BothWays, "a call to oneself is refused at once, with a timeout or without one",
                 "[gs-027]") {
  const auto server = start();
  std::vector<std::string> codes;
  server->post([&] {
    codes.push_back(call(*server, "reply x"));
    codes.push_back(call(*server, "reply x", infinity));
  });
  host.scheduler.run_all();

  CHECK(codes == Trace{"calling_self", "calling_self"});
  CHECK(call(*server, "reply x") == "x");
}

TEST_CASE_METHOD(BothWays,
                 "a server that stops on a call terminates, then replies, even if terminate crashes",
                 "[gs-g11]") {
  const auto server = start();
  CHECK(call(*server, "reply bye, stop") == "bye");
  CHECK(trace() == Trace{"init", "handle_call reply bye, stop", "terminate stop normal"});
  CHECK(server->has_ended());
  CHECK(host.log.count_at_least(LogLevel::warning) == 0);

  const auto other = start("srv", {{"terminate", "throw term_crash"}});
  CHECK(call(*other, "reply even_so, stop") == "even_so");
  CHECK(report().at("callback") == "terminate");
}

TEST_CASE("a caller gets the reply of a server that stops only after terminate", "[gs-g11]") {
  ServerScript script;
  ManualHost host;
  const auto server = *ServerProcess::start(host.runtime, {"srv", script.factory(), {}, {}});
  auto request = server->send_request(host.message("stop"));
  auto at_terminate = Response<Reply>::Kind::answered;
  script.on_terminate = [&] {
    at_terminate = request.check_response().kind;
  };

  host.scheduler.run_all();

  CHECK(at_terminate == Response<Reply>::Kind::no_reply);
  CHECK(request.check_response().kind == Response<Reply>::Kind::answered);
}

TEST_CASE_METHOD(BothWays, "a server that stops on a call without a reply leaves its caller with the reason",
                 "[gs-g09]") {
  const auto server = start();

  const auto reply = server->call(host.message("do", "stop my_stop"));

  CHECK(code_of(reply) == "process_ended");
  CHECK(reply.error().text == "`srv` ended: my_stop");
  CHECK(trace() == Trace{"init", "handle_call stop my_stop", "terminate stop my_stop"});
}

TEST_CASE_METHOD(BothWays, "a cast is handled, may set a timeout and may stop the server",
                 "[gs-018][xg-006]") {
  const auto server = start();

  tell(*server, "state a");
  tell(*server, "timeout 100");
  host.scheduler.advance(Duration(100));
  tell(*server, "stop");

  CHECK(trace() == Trace{"init", "handle_cast state a", "handle_cast timeout 100", "handle_info timeout",
                         "handle_cast stop", "terminate stop normal"});
  CHECK(server->has_ended());
}

TEST_CASE_METHOD(BothWays, "a cast never blocks, and one to nobody is told and harms nobody",
                 "[gs-g10][xg-006][differs]") {
  ServerSpec spec = server("srv");
  spec.process.mailbox.capacity = 1;
  spec.process.mailbox.overflow = Overflow::reject;
  const auto server = ServerProcess::start(host.runtime, spec);
  REQUIRE(server);
  cast(**server, {"state a"});
  const Message more = host.message("do", "state b");

  CHECK(code_of((*server)->cast({&more, 1})) == "overloaded");
  REQUIRE((*server)->stop(ExitReason::normal(), infinity));
  CHECK(code_of((*server)->cast({&more, 1})) == "process_ended");
}

TEST_CASE_METHOD(BothWays, "a cast to a name that nobody has says so, and its sender goes on",
                 "[gs-g10][differs]") {
  HandlerScript script;
  const auto manager = host.manager();
  REQUIRE(manager->add_handler({"h", script.factory(), {}}));
  std::string code;
  script.on_run = [&](Services& services) {
    code = code_of(services.cast("nobody", host.message("do")));
  };
  const Message event = host.message("run");

  REQUIRE(manager->sync_notify({&event, 1}));

  CHECK(code == "not_found");
  CHECK(manager->which_handlers()->size() == 1);
  REQUIRE(manager->stop(ExitReason::shutdown(), infinity));
}

TEST_CASE_METHOD(BothWays, "an info reaches handle_info, which may set a timeout and may stop the server",
                 "[gs-020]") {
  const auto server = start();
  tell(*server, "post timeout 50");
  host.scheduler.advance(Duration(50));
  tell(*server, "post stop");
  host.scheduler.advance(Duration(0));

  CHECK(trace() == Trace{"init", "handle_cast post timeout 50", "handle_info timeout 50",
                         "handle_info timeout", "handle_cast post stop", "handle_info stop",
                         "terminate stop normal"});
}

TEST_CASE_METHOD(BothWays, "messages are handled in the order of their arrival", "[gs-g27]") {
  const auto server = start();
  tell(*server, "post state info2");  // a timer that is due, and has not fired yet
  (void)trace();
  server->post([&] {  // while the server is busy with this
    cast(*server, {"state 1"});
    host.scheduler.advance(Duration(0));
    cast(*server, {"state 3"});
  });
  host.scheduler.run_one();

  CHECK(call(*server, "reply 4") == "4");

  CHECK(trace() == Trace{"handle_cast state 1", "handle_info state info2", "handle_cast state 3",
                         "handle_call reply 4"});
}

TEST_CASE_METHOD(BothWays, "what came while a server was suspended is handled in order, calls given up too",
                 "[gs-g22]") {
  const auto server = start();
  (void)trace();
  REQUIRE(server->sys().suspend());
  CHECK(call(*server, "reply q", Duration(30)) == "timed_out");
  cast(*server, {"state c"});

  REQUIRE(server->sys().resume());
  host.scheduler.run_all();

  CHECK(trace() == Trace{"handle_call reply q", "handle_cast state c"});
}

TEST_CASE_METHOD(BothWays, "a server without handle_cast crashes on a cast", "[gs-049][eg-g01]") {
  const auto server = start("srv", {}, "BareServer");

  tell(*server, "state x");

  CHECK(server->has_ended());
  CHECK(report().at("reason") == "undef: it has no handle_cast");
}

TEST_CASE_METHOD(BothWays, "a call to a server without handle_call is unknown, and it goes on",
                 "[eg-g01][differs]") {
  // GenServer's default raises.
  const auto server = start("srv", {}, "MuteServer");

  CHECK(call(*server, "reply x") == "unknown_request");

  CHECK_FALSE(server->has_ended());
}

TEST_CASE_METHOD(BothWays, "a call that a server does not know leaves it as it was", "[eg-g01][differs]") {
  const auto server = start();

  CHECK(code_of(server->call(host.message("no_such_request"))) == "unknown_request");
  CHECK(call(*server, "reply x") == "x");
}

TEST_CASE_METHOD(BothWays, "a server without handle_info logs a warning with who and what, and lives",
                 "[gs-050][xo-001][gs-g20][eg-g01]") {
  const auto server = start("srv", {}, "BareServer");

  CHECK(call(*server, "post hello") == "hello");
  host.scheduler.advance(Duration(0));

  const auto warnings = host.log.all("unexpected_info");
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].level == LogLevel::warning);
  CHECK(warnings[0].fields.at("server") == "srv");
  CHECK(warnings[0].fields.at("type") == "BareServer");
  CHECK(warnings[0].fields.at("instance") == "1");
  CHECK(warnings[0].fields.at("message") == "stray \"hello\"");
  CHECK(call(*server, "reply x") == "x");
}

TEST_CASE_METHOD(BothWays, "a server without handle_continue crashes on a continue, after the reply",
                 "[gs-051][gs-g20]") {
  const auto server = start("srv", {}, "BareServer");

  CHECK(call(*server, "continue load") == "load");

  CHECK(server->has_ended());
  CHECK(report().at("callback") == "handle_continue");
  CHECK(report().at("reason") == "undef: it has no handle_continue");
}

TEST_CASE_METHOD(BothWays, "a code change that fails leaves the server with its old state",
                 "[gs-053][gs-g20]") {
  const auto server = start();
  tell(*server, "state kept");
  ServerSpec next = this->server("srv");
  std::string expected;
  SECTION("it has no code_change") {
    next.factory = std::make_shared<WithoutCodeChange>(next.factory);
    expected = "state_refused";
  }
  SECTION("its code_change crashes") {
    next = this->server("srv", {{"init", "throw boom"}});
    expected = "init_failed";
  }

  CHECK(code_of(server->swap(next, {})) == expected);

  CHECK(server->status()->state == "kept");
  CHECK(call(*server, "reply x") == "x");
}

TEST_CASE_METHOD(BothWays, "a server without terminate ends with the reason it is given",
                 "[gs-054][gs-055][gs-g20]") {
  const auto reason = GENERATE(ExitReason::normal(), ExitReason::error("odd"));
  const auto server = start("srv", {}, "BareServer");
  std::string told;
  server->monitor([&](const ExitReason& end) { told = to_string(end); });

  CHECK(server->stop(reason, infinity));

  CHECK(told == to_string(reason));
}

TEST_CASE_METHOD(BothWays, "what handle_info raises is a crash, whatever it is called", "[gs-057][gs-g18]") {
  const auto server = start();

  tell(*server, "post throw undef: it has no handle_info");
  host.scheduler.advance(Duration(0));

  CHECK(server->has_ended());
  CHECK(host.log.count("unexpected_info") == 0);
  CHECK(report().at("callback") == "handle_info");
  CHECK(trace().back() == "terminate error undef: it has no handle_info");
}

TEST_CASE_METHOD(BothWays, "a call's reply does not wait behind what waits for its caller", "[gs-047]") {
  const auto server = start("srv");
  const auto caller = start("caller");
  constexpr std::uint64_t foreign = 20'000;
  const std::vector<Message> messages(foreign, host.message("do"));
  std::uint64_t waiting = 0;
  caller->post([&] {
    REQUIRE(caller->cast(messages) == foreign);
    for (int i = 0; i < 1000; ++i) {
      REQUIRE(call(*server, "reply x") == "x");
    }
    waiting = caller->mailbox_counters().waiting;
  });
  host.scheduler.run_all();

  // All answers came, and the caller's mailbox was never touched.
  CHECK(waiting == foreign);
  CHECK(caller->mailbox_counters().waiting == 0);
}
