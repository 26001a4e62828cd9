// SPDX-License-Identifier: Apache-2.0
// on_crash: restart.
#include "tests/unit/behaviour/crash_fixture.hpp"

using namespace baton;
using namespace baton::test;

TEST_CASE_METHOD(CrashTest, "restart: a new instance comes back after the back-off, and not before",
                 "[crash]") {
  install(restarting());
  const NotifyOutcome outcome = notify("throw", "a");
  CHECK(outcome.failures.at(0).crashed);
  CHECK(outcome.failures.at(0).is_restarted);
  CHECK(script.trace == Trace{"a terminate error thrown", "a destroyed"});
  CHECK(host.log.all("handler_crashed").at(0).fields.at("action") == "restart 1 of 3 in 100 ms");

  host.scheduler.advance(Duration(99));
  CHECK(ids() == Ids{"after", "before"});
  host.scheduler.advance(Duration(1));

  const auto infos = *manager->which_handlers();
  CHECK(ids() == Ids{"after", "a", "before"});  // in its old place
  CHECK(infos[1].instance == 2);
  CHECK(infos[1].restarts == 1);
  CHECK_FALSE(status().is_degraded());
  CHECK(status().restarts == 1);
  CHECK(host.log.all("handler_restarted").at(0).fields ==
        std::map<std::string, std::string>{{"manager", "log"},
                                           {"id", "a"},
                                           {"instance", "2"},
                                           {"state", "none"},
                                           {"restarts", "1"},
                                           {"missed", "0"},
                                           {"crash", "1"}});
  CHECK(deeds(1) ==
        Deeds{"restart 1 of 3 in 100 ms", "restarted as #2; state: none; missed so far: 0 events"});
  CHECK(count() == "0");
}

TEST_CASE_METHOD(CrashTest, "calls and infos that crash lead to a restart too", "[crash]") {
  install(restarting());
  SECTION("a call") {
    const auto reply = call("throw");
    CHECK(code_of(reply) == "crashed");
    CHECK(reply.error().text.find("is going to be restarted") != std::string::npos);
  }
  SECTION("a call, bad return") {
    CHECK(code_of(call("bad_return")) == "bad_return");
  }
  SECTION("an info") {
    REQUIRE(manager->send_info(host.message("throw", "a")));
  }
  CHECK(status().missing.at(0).why == MissingHandler::Why::backing_off);
  host.scheduler.advance(Duration(100));
  CHECK(count() == "0");
}

TEST_CASE_METHOD(CrashTest, "each wait is longer than the one before", "[crash]") {
  install(restarting());
  for (const int wait : {100, 200, 400}) {
    crash();
    CHECK(status().missing.at(0).restarts_in == Duration(wait));
    host.scheduler.advance(Duration(wait));
    CHECK(ids().size() == 3);
  }
}

TEST_CASE_METHOD(CrashTest, "what ran as long as the longest wait begins with the shortest again",
                 "[crash]") {
  CrashPolicy policy = restarting();
  policy.backoff.max = Duration(1000);
  install(policy);
  crash();
  host.scheduler.advance(Duration(100));

  SECTION("not quite so long") {
    host.scheduler.advance(Duration(999));
    crash();
    CHECK(status().missing.at(0).restarts_in == Duration(200));
  }
  SECTION("so long") {
    host.scheduler.advance(Duration(1000));
    crash();
    CHECK(status().missing.at(0).restarts_in == Duration(100));
  }
}

TEST_CASE_METHOD(CrashTest, "one crash too many within the time, and the handler is given up", "[crash]") {
  install(restarting());
  for (int i = 0; i < 3; ++i) {
    crash();
    host.scheduler.advance(Duration(1000));
  }
  CHECK_FALSE(status().is_degraded());

  const NotifyOutcome outcome = notify("throw", "a");
  CHECK_FALSE(outcome.failures.at(0).is_restarted);
  host.scheduler.advance(Duration(1'000'000));

  CHECK(ids() == Ids{"after", "before"});
  const MissingHandler missing = status().missing.at(0);
  CHECK(missing.why == MissingHandler::Why::gave_up);
  CHECK(missing.restarts == 3);
  CHECK(missing.crash == 4);
  CHECK(deeds(4) == Deeds{"removed: more than 3 restarts within 1m"});
  CHECK(host.log.all("handler_crashed").at(3).fields.at("action") ==
        "removed: more than 3 restarts within 1m");
  CHECK(code_of(call("count")) == "not_found");
  REQUIRE(manager->add_handler({"a", script.factory(), {}}));
}

TEST_CASE_METHOD(CrashTest, "crashes that are longer ago do not count", "[crash]") {
  install(restarting());
  for (int i = 0; i < 20; ++i) {
    crash();
    host.scheduler.advance(Duration(20'001));  // three within any minute
  }
  CHECK_FALSE(status().is_degraded());
  CHECK(status().restarts == 20);
}

TEST_CASE_METHOD(CrashTest, "with no restart allowed it is given up at once", "[crash]") {
  CrashPolicy policy = restarting();
  policy.max_restarts = 0;
  install(policy);
  crash();
  CHECK(status().missing.at(0).why == MissingHandler::Why::gave_up);
}

TEST_CASE_METHOD(CrashTest, "a restart that fails is tried again, longer later each time, and counts",
                 "[crash]") {
  install(restarting());
  crash();
  (GENERATE(false, true) ? script.create_fails : script.create_throws) = true;
  host.scheduler.advance(Duration(100));
  CHECK(status().missing.at(0).why == MissingHandler::Why::backing_off);
  CHECK(status().missing.at(0).restarts_in == Duration(200));

  SECTION("and works in the end") {
    script.create_fails = script.create_throws = false;
    host.scheduler.advance(Duration(200));
    CHECK(count() == "0");
    CHECK(status().restarts == 1);
  }
  SECTION("and again") {
    script.create_fails = true;
    script.create_throws = false;
    host.scheduler.advance(Duration(200 + 400));
    const MissingHandler missing = status().missing.at(0);
    CHECK(missing.why == MissingHandler::Why::gave_up);
    CHECK(missing.reason == "will not");
    CHECK(host.log.all("handler_restart_failed").size() == 3);
    CHECK(host.log.all("handler_restart_failed").back().level == LogLevel::error);
    CHECK(deeds(1).back() == "restart failed: will not; removed: more than 3 restarts within 1m");
    host.scheduler.advance(Duration(1'000'000));
    CHECK(ids().size() == 2);
  }
}

TEST_CASE_METHOD(CrashTest, "events that come meanwhile are counted as missed by that handler", "[crash]") {
  install(restarting());
  (void)notify("msg");
  crash();
  (void)notify("msg");
  (void)notify("msg");
  CHECK(status().missing.at(0).missed == 2);
  host.scheduler.advance(Duration(100));
  (void)notify("msg");

  CHECK(manager->which_handlers()->at(1).missed == 2);
  CHECK(status().missed == 2);
  CHECK(count() == "1");
  CHECK(other.trace.size() == 10);  // the other two had all five
}

TEST_CASE_METHOD(CrashTest, "the rest of the batch of the crash is missed too", "[crash]") {
  install(restarting());
  notify_all({"msg", "fail", "msg", "msg"});
  CHECK(status().missing.at(0).missed == 2);
  crash();  // not by it: it is not there
  CHECK(status().missing.at(0).missed == 3);
  CHECK(records.count() == 1);
}

TEST_CASE_METHOD(CrashTest, "missed events add up over restarts", "[crash]") {
  install(restarting());
  for (const int wait : {100, 200}) {
    crash();
    (void)notify("msg");
    host.scheduler.advance(Duration(wait));
  }
  CHECK(manager->which_handlers()->at(1).missed == 2);
  CHECK(manager->which_handlers()->at(1).restarts == 2);
}

TEST_CASE_METHOD(CrashTest, "while it waits its id is taken and calls are told so", "[crash]") {
  install(restarting());
  crash();
  CHECK(code_of(call("count")) == "restarting");
  CHECK(code_of(manager->add_handler({"a", script.factory(), {}})) == "already_present");
  CHECK(code_of(swap("after", {"a", script.factory(), {}})) == "already_present");
  CHECK(code_of(manager->forget_missing("a")) == "bad_request");
  MissingHandler missing;
  missing.id = "a";
  CHECK(code_of(manager->note_missing(missing)) == "already_present");
  CHECK(ids() == Ids{"after", "before"});
}

TEST_CASE_METHOD(CrashTest, "what waits does not come back when its plugin has been quarantined meanwhile",
                 "[crash]") {
  REQUIRE(manager->add_handler({"a", std::make_shared<FromFile>(script.factory()), {}, {}, restarting()}));
  crash();
  SECTION("its own") {
    quarantined = {"4d1a"};
    host.scheduler.advance(Duration(100));
    CHECK(ids().empty());
    CHECK(status().missing.at(0).why == MissingHandler::Why::quarantined);
    CHECK(deeds(1).back() == "not restarted: its plugin is in quarantine");
    host.scheduler.advance(Duration(1'000'000));
    CHECK(ids().empty());
  }
  SECTION("another one") {
    quarantined = {"77ab"};
    host.scheduler.advance(Duration(100));
    CHECK(ids() == Ids{"a"});
  }
}

TEST_CASE_METHOD(CrashTest, "one that waits can be deleted, and does not come back", "[crash]") {
  install(restarting());
  crash();
  const auto value = manager->delete_handler("a", "");
  REQUIRE(value);
  CHECK(value->data.empty());
  CHECK_FALSE(status().is_degraded());
  CHECK(deeds(1).back() == "deleted while it was waiting to be restarted");

  SECTION("and stays away") {
    host.scheduler.advance(Duration(1'000'000));
    CHECK(ids() == Ids{"after", "before"});
  }
  SECTION("and another one of that id is left alone") {
    REQUIRE(manager->add_handler({"a", script.factory(), {}}));
    host.scheduler.advance(Duration(1'000'000));
    CHECK(manager->which_handlers()->at(0).instance == 2);
    CHECK(records.count() == 1);
  }
}

TEST_CASE_METHOD(CrashTest, "one that waits can be replaced: the new one is there at once, in its place",
                 "[crash]") {
  install(restarting());
  crash();
  (void)notify("msg");
  HandlerScript fixed;
  fixed.version = "2";
  std::string new_id = GENERATE("a", "renamed");
  const auto report = swap("a", {new_id, fixed.factory(), {}});

  REQUIRE(report);
  CHECK(report->old_version == "1");
  CHECK(report->new_version == "2");
  CHECK(report->old_instance == 1);
  CHECK_FALSE(report->state_moved);
  CHECK(ids() == Ids{"after", new_id, "before"});
  CHECK_FALSE(status().is_degraded());
  CHECK(host.log.count("handler_swapped") == 1);
  CHECK(deeds(1).back() == "replaced by ScriptedHandler 2 while it was waiting to be restarted");
  host.scheduler.advance(Duration(1'000'000));
  CHECK(ids() == Ids{"after", new_id, "before"});
  CHECK(script.trace.back() == "a destroyed");

  (void)notify("throw", new_id);  // the policy is the place's
  CHECK(status().missing.at(0).why == MissingHandler::Why::backing_off);
  REQUIRE(manager->stop(ExitReason::shutdown(), infinity));
}

TEST_CASE_METHOD(CrashTest, "a replacement that fails leaves it waiting", "[crash]") {
  install(restarting());
  crash();
  HandlerScript broken;
  broken.create_fails = true;
  CHECK(code_of(swap("a", {"a", broken.factory(), {}})) == "init_failed");
  CHECK(host.log.all("swap_failed").at(0).fields.at("kept") == "none");
  host.scheduler.advance(Duration(100));
  CHECK(ids() == Ids{"after", "a", "before"});
}

TEST_CASE_METHOD(CrashTest, "a swap keeps the policy, and begins to count anew", "[crash]") {
  install(restarting());
  for (const int wait : {100, 200, 400}) {
    crash();
    host.scheduler.advance(Duration(wait));
  }
  const SwapMode mode = GENERATE(SwapMode::safe, SwapMode::destructive);
  REQUIRE(swap("a", {"a", script.factory(), {}}, mode));
  CHECK(manager->which_handlers()->at(1).restarts == 0);
  crash();
  CHECK(status().missing.at(0).restarts_in == Duration(100));
  host.scheduler.advance(Duration(100));
  CHECK(ids() == Ids{"after", "a", "before"});
}

TEST_CASE_METHOD(CrashTest, "a swap can bring a policy of its own", "[crash]") {
  install(restarting());
  REQUIRE(swap("a", {"a", script.factory(), {}, {}, CrashPolicy{}}));
  crash();
  CHECK(status().missing.at(0).why == MissingHandler::Why::removed);
}

TEST_CASE_METHOD(CrashTest, "two that wait come back each in its place, whoever is first", "[crash]") {
  CrashPolicy slow = restarting();
  slow.backoff.initial = Duration(1000);
  REQUIRE(manager->add_handler({"slow", script.factory(), {}, {}, slow}));
  install(restarting());
  (void)notify("throw");  // all of them
  CHECK(ids().empty());
  REQUIRE(manager->add_handler({"new", other.factory(), {}}));
  host.scheduler.advance(Duration(100));
  CHECK(ids() == Ids{"new", "a"});
  host.scheduler.advance(Duration(900));
  CHECK(ids() == Ids{"new", "a", "slow"});
}

TEST_CASE_METHOD(CrashTest, "a manager that stops meanwhile starts nothing any more", "[crash]") {
  install(restarting());
  crash();
  REQUIRE(manager->stop(ExitReason::shutdown(), infinity));
  CHECK(deeds(1).back() == "not restarted: its manager has ended");
  host.scheduler.advance(Duration(1'000'000));
  CHECK(host.log.count("handler_restarted") == 0);
  CHECK(script.trace == Trace{"a terminate error thrown", "a destroyed"});
}

TEST_CASE_METHOD(CrashTest, "a manager that is given up meanwhile starts nothing any more", "[crash]") {
  install(restarting());
  crash();
  manager->abandon();
  host.scheduler.run_all();
  CHECK(deeds(1).back() == "not restarted: its manager was given up");
  host.scheduler.advance(Duration(1'000'000));
  CHECK(host.log.count("handler_restarted") == 0);
}

TEST_CASE_METHOD(CrashTest, "a manager that nobody holds does not come back for a restart", "[crash]") {
  install(restarting());
  crash();
  REQUIRE(manager->stop(ExitReason::normal(), infinity));
  manager = nullptr;
  host.scheduler.advance(Duration(1'000'000));
  CHECK(host.log.count("handler_restarted") == 0);
}

TEST_CASE_METHOD(CrashTest, "a suspended manager restarts it when it is resumed", "[crash]") {
  install(restarting());
  crash();
  REQUIRE(manager->sys().suspend());
  host.scheduler.advance(Duration(1000));
  CHECK(status().missing.at(0).restarts_in == Duration(0));
  REQUIRE(manager->sys().resume());
  CHECK(ids() == Ids{"after", "a", "before"});
}

TEST_CASE_METHOD(CrashTest, "a restart that came due for one that was deleted is not the next one's",
                 "[crash]") {
  install(restarting());
  crash();
  REQUIRE(manager->sys().suspend());
  // In the mailbox, in this order: the deletion, another `a`, its crash, and the restart of the first one.
  const Message event = host.message("throw", "a");
  host.scheduler.start(Duration(10), [&] {
    REQUIRE(manager->add_handler({"a", script.factory(), {}, {}, restarting()}));
  });
  host.scheduler.start(Duration(20), [&] { REQUIRE(manager->notify({&event, 1})); });
  host.scheduler.start(Duration(100), [&] { REQUIRE(manager->sys().resume()); });
  REQUIRE(manager->delete_handler("a", ""));

  host.scheduler.advance(Duration(99));
  CHECK(ids() == Ids{"after", "before"});
  host.scheduler.advance(Duration(1));
  CHECK(ids() == Ids{"a", "after", "before"});
}

TEST_CASE_METHOD(CrashTest, "new code meets the one that waits", "[crash]") {
  install(restarting());
  crash();
  HandlerScript fixed;
  fixed.version = "2";
  REQUIRE(manager->update_code({"ScriptedHandler", fixed.factory(), {}, {}}));
  host.scheduler.advance(Duration(100));
  CHECK(manager->which_handlers()->at(1).id == "a");
  CHECK(manager->which_handlers()->at(1).version == "2");
  REQUIRE(manager->stop(ExitReason::shutdown(), infinity));
}

TEST_CASE_METHOD(CrashTest, "an owner is told of each crash and owns each new instance", "[crash]") {
  HandlerOwner owner(host.runtime, "owner");
  REQUIRE(manager->add_sup_handler({"a", script.factory(), {}, {}, restarting()}, owner.ref()));
  crash();
  CHECK(owner.next_exit(Duration(0))->kind == HandlerExit::Kind::crashed);
  host.scheduler.advance(Duration(100));
  CHECK(manager->which_handlers()->at(0).owner == "owner");
  CHECK(manager->which_handlers()->at(0).instance == 2);
  crash();
  CHECK(owner.next_exit(Duration(0))->instance == 2);
  CHECK(code_of(owner.next_exit(Duration(0))) == "timed_out");
}

TEST_CASE_METHOD(CrashTest, "what waits does not come back when its owner has ended", "[crash]") {
  HandlerOwner owner(host.runtime, "owner");
  REQUIRE(manager->add_sup_handler({"a", script.factory(), {}, {}, restarting()}, owner.ref()));
  crash();
  owner.end(ExitReason::normal());
  host.scheduler.advance(Duration(1000));
  CHECK(ids().empty());
  CHECK_FALSE(status().is_degraded());
  CHECK(deeds(1).back() == "not restarted: its owner has ended");
}

TEST_CASE("without a place for records handlers are restarted all the same", "[crash]") {
  ManualHost host;
  HandlerScript script;
  const auto manager = host.manager();
  REQUIRE(manager->add_handler({"a", script.factory(), {}, {}, CrashTest::restarting()}));
  CHECK(code_of(manager->call("a", host.message("throw"))) == "crashed");
  CHECK(manager->status()->missing.at(0).crash == 0);
  host.scheduler.advance(Duration(100));
  CHECK(manager->which_handlers()->size() == 1);
}

TEST_CASE_METHOD(CrashTest, "what becomes of a handler when it crashes can be said while it runs",
                 "[crash]") {
  install(CrashPolicy());
  REQUIRE(manager->adjust_handler("a", restarting(), 0));
  CHECK(script.trace.empty());

  crash();
  CHECK(status().missing.at(0).why == MissingHandler::Why::backing_off);
  CHECK(code_of(manager->adjust_handler("a", CrashPolicy(), 0)) == "restarting");
  host.scheduler.advance(Duration(100));
  REQUIRE(manager->adjust_handler("a", CrashPolicy(), 0));
  crash();

  CHECK(ids() == Ids{"after", "before"});
  CHECK(code_of(manager->adjust_handler("a", CrashPolicy(), 0)) == "not_found");
}

TEST_CASE_METHOD(CrashTest, "a handler comes back to its place in the order that was given meanwhile",
                 "[crash]") {
  install(restarting());
  crash();
  REQUIRE(manager->reorder({"after", "before"}));

  host.scheduler.advance(Duration(100));

  CHECK(ids() == Ids{"before", "a", "after"});  // newest first
}
