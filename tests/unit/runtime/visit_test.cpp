// SPDX-License-Identifier: Apache-2.0
// Callers who run a process that is at rest on their own thread.
#include "tests/support/manual_host.hpp"
#include "tests/support/scripted_handler.hpp"
#include "tests/support/scripted_server.hpp"

#include <catch2/catch.hpp>

using namespace baton;
using namespace baton::test;

namespace {

/// The thread that runs the tests runs everything: a call that was no visit has used the scheduler.
struct VisitTest {
  ManualHost host;
  HandlerScript script;
  std::shared_ptr<EventManager> manager = host.manager();

  VisitTest() {
    REQUIRE(manager->add_handler({"a", script.factory(), {}}));
    host.scheduler.lets_callers_in(true);
    host.scheduler.run_all();
    script.trace.clear();
  }

  /// Turns of processes that `deed` took of the scheduler.
  template <class Deed>
  std::size_t turns_of(Deed deed) {
    const std::size_t before = host.scheduler.turns();
    deed();
    return host.scheduler.turns() - before;
  }

  std::string echo(Duration timeout) {
    const auto reply = manager->call("a", host.message("echo", "hello"), timeout);
    return reply ? reply->data : code_of(reply);
  }
};

}  // namespace

TEST_CASE_METHOD(VisitTest, "a call without a time limit runs in a process at rest on the caller's thread",
                 "[visit]") {
  CHECK(turns_of([&] { CHECK(echo(infinity) == "hello"); }) == 0);
}

TEST_CASE_METHOD(VisitTest, "a call with a time limit is never run by its caller, who could not leave",
                 "[visit]") {
  CHECK(turns_of([&] { CHECK(echo(Duration(5000)) == "hello"); }) > 0);
}

TEST_CASE_METHOD(VisitTest, "whoever has sent something first is first", "[visit]") {
  const Message event = host.message("msg", "1");
  REQUIRE(manager->notify({&event, 1}));
  CHECK(turns_of([&] { CHECK(manager->call("a", host.message("count"), infinity)->data == "1"); }) > 0);
}

TEST_CASE_METHOD(VisitTest, "sync_notify handles its events on the caller's thread, numbered as any others",
                 "[visit]") {
  const Message event = host.message("msg", "1");
  REQUIRE(manager->notify({&event, 1}));
  host.scheduler.run_all();
  const std::vector<Message> two = {host.message("msg", "2"), host.message("throw", "b")};

  CHECK(turns_of([&] {
          const auto outcome = manager->sync_notify(two);
          REQUIRE(outcome);
          CHECK(outcome->accepted == 2);
        }) == 0);

  CHECK(manager->mailbox_counters().accepted == 3);
  REQUIRE(manager->notify({&event, 1}));
  CHECK(manager->call("a", host.message("count"), infinity)->data == "4");
}

TEST_CASE_METHOD(VisitTest, "sync_notify tells on the caller's thread, too, who has failed", "[visit]") {
  const Message event = host.message("throw", "a");
  const auto outcome = manager->sync_notify({&event, 1});
  REQUIRE(outcome);
  REQUIRE(outcome->failures.size() == 1);
  CHECK(outcome->failures[0].handler == "a");
  CHECK(manager->which_handlers()->empty());
}

TEST_CASE_METHOD(VisitTest, "more events than a batch may have are no visit", "[visit]") {
  EventManagerOptions options;
  options.process.batch_max = 1;
  const auto strict = host.manager(options, "strict");
  REQUIRE(strict->add_handler({"a", script.factory(), {}}));
  const std::vector<Message> two(2, host.message("msg", "x"));
  CHECK(turns_of([&] { REQUIRE(strict->sync_notify(std::span(two).first(1))); }) == 0);
  CHECK(turns_of([&] { REQUIRE(strict->sync_notify(two)); }) > 0);
}

TEST_CASE_METHOD(VisitTest, "what comes in during a visit is handled after it", "[visit]") {
  const Message event = host.message("msg", "later");
  script.on_run = [&](Services&) {
    REQUIRE(manager->notify({&event, 1}));
    CHECK(script.trace.empty());
  };
  REQUIRE(manager->call("a", host.message("run"), infinity));
  host.scheduler.run_all();
  CHECK(script.trace.back() == "a msg later");
}

TEST_CASE_METHOD(VisitTest, "a visitor is inside the process: it cannot call it", "[visit]") {
  std::string code;
  script.on_run = [&](Services&) {
    code = echo(infinity);
  };
  REQUIRE(manager->call("a", host.message("run"), infinity));
  CHECK(code == "calling_self");
  CHECK_FALSE(manager->is_current());
}

TEST_CASE_METHOD(VisitTest, "suspended, with a thread of its own, or ended, a process is not visited",
                 "[visit]") {
  SECTION("suspended: it answers when it is resumed") {
    REQUIRE(manager->sys().suspend());
    CHECK(turns_of([&] {
            auto request = manager->send_request("a", host.message("count"));
            CHECK(request.check_response().kind == Response<Reply>::Kind::no_reply);
            REQUIRE(manager->sys().resume());
            host.scheduler.run_all();
            CHECK(request.check_response().kind == Response<Reply>::Kind::answered);
          }) > 0);
  }
  SECTION("a thread of its own") {
    EventManagerOptions options;
    options.process.own_thread = true;
    const auto own = host.manager(options, "own");
    REQUIRE(own->add_handler({"a", script.factory(), {}}));
    CHECK(turns_of([&] { REQUIRE(own->call("a", host.message("count"), infinity)); }) > 0);
  }
  SECTION("ended") {
    REQUIRE(manager->stop(ExitReason::shutdown(), infinity));
    CHECK(echo(infinity) == "process_ended");
  }
}

TEST_CASE_METHOD(VisitTest, "a process that is abandoned during a visit ends with the visit", "[visit]") {
  script.on_run = [&](Services&) {
    manager->abandon();
  };
  REQUIRE(manager->call("a", host.message("run"), infinity));
  CHECK(script.trace.back() == "a destroyed");
  CHECK(echo(infinity) == "process_ended");
}

TEST_CASE_METHOD(VisitTest, "visits go as deep as a stack allows, and no deeper", "[visit]") {
  constexpr std::size_t depth = 40;
  std::size_t ran = 0;
  std::vector<HandlerScript> scripts(depth);
  std::vector<std::shared_ptr<EventManager>> managers;
  for (std::size_t i = 0; i < depth; ++i) {
    managers.push_back(host.manager({}, "m" + std::to_string(i)));
    REQUIRE(managers[i]->add_handler({"a", scripts[i].factory(), {}}));
    scripts[i].on_run = [&, i](Services&) {
      ++ran;
      if (i + 1 < depth) {
        REQUIRE(managers[i + 1]->call("a", host.message("run"), infinity));
      }
    };
  }
  const std::size_t turns = turns_of([&] { REQUIRE(managers[0]->call("a", host.message("run"), infinity)); });
  CHECK(turns > 0);
  CHECK(turns < depth - 10);
  CHECK(ran == depth);
}

TEST_CASE_METHOD(VisitTest, "a server's reply comes to a visitor at once, later or not at all", "[visit]") {
  ServerScript server_script;
  auto server = ServerProcess::start(host.runtime, {"queue", server_script.factory(), {}, {}});
  REQUIRE(server);
  host.scheduler.run_all();

  SECTION("at once") {
    CHECK(turns_of([&] {
            const auto reply = (*server)->call(host.message("echo", "hi"), infinity);
            REQUIRE(reply);
            CHECK(reply->data == "hi");
          }) == 0);
  }
  SECTION("later") {
    host.scheduler.start(Duration(10), [&] {
      REQUIRE(server_script.services->reply(server_script.from, {"at last", BATON_TEXT_PLAIN}));
    });
    const auto reply = (*server)->call(host.message("later"), infinity);
    REQUIRE(reply);
    CHECK(reply->data == "at last");
  }
  SECTION("with its end") {
    CHECK(code_of((*server)->call(host.message("throw"), infinity)) == "crashed");
    CHECK((*server)->has_ended());
  }
}

TEST_CASE_METHOD(VisitTest, "what a server continues with after its answer does not hold the visitor",
                 "[visit]") {
  ServerScript server_script;
  const auto server = *ServerProcess::start(host.runtime, {"queue", server_script.factory(), {}, {}});
  server_script.on_call = [](std::string_view type) -> std::optional<ServerOutcome> {
    if (type != "reply and continue") {
      return std::nullopt;
    }
    return ServerOutcome{ServerOutcome::Verdict::ok,
                         0,
                         Reply{"done", BATON_TEXT_PLAIN},
                         {},
                         {Then::Kind::handle_continue, {}, "the rest"}};
  };

  CHECK(server->call(host.message("reply and continue"), infinity)->data == "done");
  CHECK(server_script.trace == std::vector<std::string>{"call reply and continue"});
  CHECK(server->call(host.message("sum"), infinity));
  CHECK(server_script.trace ==
        std::vector<std::string>{"call reply and continue", "continue the rest", "call sum"});
}

TEST_CASE_METHOD(VisitTest, "a server that starts without a time limit is made by its starter", "[visit]") {
  ServerScript server_script;
  const auto start = [&](Duration timeout) {
    return ServerProcess::start(host.runtime, {"queue", server_script.factory(), {}, {}}, timeout);
  };

  SECTION("and is there at once") {
    CHECK(turns_of([&] {
            const auto server = start(infinity);
            REQUIRE(server);
            CHECK((*server)->call(host.message("echo", "hi"), infinity)->data == "hi");
          }) == 0);
  }
  SECTION("but for what it wants to continue with, which the starter does not wait for") {
    server_script.after_init = {Then::Kind::handle_continue, {}, "rest of init"};
    const auto server = start(infinity);
    REQUIRE(server);
    CHECK(server_script.trace.empty());
    CHECK((*server)->call(host.message("echo", "hi"), infinity)->data == "hi");
    CHECK(server_script.trace == std::vector<std::string>{"continue rest of init", "call echo"});
  }
  SECTION("and leaves no name behind when it fails") {
    server_script.create_throws = true;
    CHECK(turns_of([&] { CHECK(code_of(start(infinity)) == "init_failed"); }) == 0);
    CHECK(host.registry.whereis("queue") == nullptr);
  }
  SECTION("and leaves alone who has the name") {
    const auto server = start(infinity);
    CHECK(code_of(start(infinity)) == "already_started");
    CHECK((*server)->call(host.message("echo", "hi"), infinity)->data == "hi");
  }
  SECTION("with a time limit it is not") {
    CHECK(turns_of([&] { REQUIRE(start(Duration(5000))); }) > 0);
  }
}
