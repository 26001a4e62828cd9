// SPDX-License-Identifier: Apache-2.0
// on_crash: restart_with_state: which state the new instance begins with.
#include "tests/unit/behaviour/crash_fixture.hpp"

using namespace baton;
using namespace baton::test;

namespace {

/// The state is how many events the handler has handled.
struct CrashStateTest : CrashTest {
  static CrashPolicy saving(Duration save_every = Duration(1000)) {
    CrashPolicy policy = restarting(OnCrash::restart_with_state);
    policy.save_every = save_every;
    return policy;
  }

  void notify_times(int times) {
    for (int i = 0; i < times; ++i) {
      (void)notify("msg");
    }
  }

  void come_back() { host.scheduler.advance(Duration(10'000)); }
};

}  // namespace

TEST_CASE_METHOD(CrashStateTest, "it comes back with the last state that was saved before the crash",
                 "[crash]") {
  install(saving());
  notify_times(2);                        // saved before the first
  host.scheduler.advance(Duration(999));  // not yet
  notify_times(1);
  host.scheduler.advance(Duration(1));  // now: 3
  notify_times(2);
  crash();

  const CrashRecord record = records.find(1).value();
  REQUIRE(record.saved);
  CHECK(record.saved->version == 1);
  CHECK(record.saved->size == 1);
  CHECK(record.saved->at_event == 3);
  come_back();
  CHECK(count() == "3");
  CHECK(host.log.all("handler_restarted").at(0).fields.at("state") == "version 1, 1 bytes, of event 3");
}

TEST_CASE_METHOD(CrashStateTest, "with save_every 0 and batches of one, the crash costs its own event only",
                 "[crash]") {
  EventManagerOptions options;
  options.crashes = &records;
  options.process.batch_max = 1;
  manager = host.manager(options, "one");
  install(saving(Duration(0)));
  notify_all({"msg", "msg", "msg", "fail"});
  come_back();
  CHECK(count() == "3");
}

TEST_CASE_METHOD(CrashStateTest, "in a batch nothing is saved: what it has handled of it is lost",
                 "[crash]") {
  install(saving(Duration(0)));
  notify_times(1);
  notify_all({"msg", "msg", "fail", "msg"});
  CHECK(records.find(1)->saved->at_event == 1);
  CHECK(status().missing.at(0).missed == 1);
  come_back();
  CHECK(count() == "1");
}

TEST_CASE_METHOD(CrashStateTest, "after a rest the first event finds everything saved", "[crash]") {
  install(saving());
  notify_times(5);
  host.scheduler.advance(Duration(60'000));
  crash();
  come_back();
  CHECK(count() == "5");
}

TEST_CASE_METHOD(CrashStateTest, "a crash at the very first event comes back with the state of the beginning",
                 "[crash]") {
  REQUIRE(manager->add_handler({"a", script.factory(), {}, State{1, "7", {}}, saving()}));
  crash();
  come_back();
  CHECK(count() == "7");
}

TEST_CASE_METHOD(CrashStateTest, "a second crash before anything new was saved finds the same state",
                 "[crash]") {
  install(saving(Duration(100'000)));
  notify_times(1);
  crash();
  come_back();
  notify_times(1);
  crash();
  come_back();
  CHECK(count() == "0");
  CHECK(manager->which_handlers()->at(1).restarts == 2);
}

TEST_CASE_METHOD(CrashStateTest, "calls and infos have the state saved in time, too", "[crash]") {
  install(saving());
  notify_times(4);
  host.scheduler.advance(Duration(2000));
  SECTION("a call") {
    CHECK(code_of(call("throw")) == "crashed");
  }
  SECTION("an info") {
    REQUIRE(manager->send_info(host.message("throw", "a")));
  }
  CHECK(records.find(1)->saved->at_event == 4);
  come_back();
  CHECK(count() == "4");
}

TEST_CASE_METHOD(CrashStateTest, "what the crash left is never what it comes back with", "[crash]") {
  install(saving(Duration(0)));
  notify_times(2);
  notify_all({"msg", "fail"});  // its save would say 3 by now
  come_back();
  CHECK(count() == "2");
}

TEST_CASE_METHOD(CrashStateTest, "a save that fails keeps the one before and is told once in a while",
                 "[crash]") {
  install(saving(Duration(0)));
  notify_times(2);
  script.save_throws = true;
  notify_times(3);
  CHECK(host.log.count("save_failed") == 1);
  CHECK(host.log.all("save_failed").at(0).fields.at("kept") == "the one before");
  crash();
  come_back();
  CHECK(count() == "1");
}

TEST_CASE_METHOD(CrashStateTest, "a handler that never could save comes back without a state", "[crash]") {
  script.save_throws = true;
  install(saving());
  notify_times(2);
  CHECK(host.log.all("save_failed").at(0).fields.at("kept") == "none");
  crash();
  come_back();
  CHECK(count() == "0");
}

TEST_CASE_METHOD(CrashStateTest, "a handler without a state comes back without", "[crash]") {
  script.state_writes = 0;
  install(saving());
  notify_times(1);
  crash();
  CHECK_FALSE(records.find(1)->saved);
  come_back();
  CHECK(count() == "0");
}

TEST_CASE_METHOD(CrashStateTest, "a state that its own type does not read is left out, and that is told",
                 "[crash]") {
  script.state_writes = 2;
  install(saving());
  notify_times(1);
  crash();
  come_back();
  CHECK(count() == "0");
  CHECK(deeds(1).back() ==
        "restarted as #2; state: none, for it does not take over its own version 2; "
        "missed so far: 0 events");
}

TEST_CASE_METHOD(CrashStateTest, "restart without state saves nothing", "[crash]") {
  script.save_throws = true;
  install(restarting());
  notify_times(3);
  CHECK(host.log.count("save_failed") == 0);
}

TEST_CASE_METHOD(CrashStateTest, "one that waits hands its saved state to what replaces it", "[crash]") {
  install(saving(Duration(0)));
  notify_times(3);
  crash();
  HandlerScript fixed;
  fixed.version = "2";
  SECTION("of the same type") {
    const auto report = swap("a", {"a", fixed.factory(), {}}, SwapMode::safe, "extra");
    REQUIRE(report);
    CHECK(report->state_moved);
    CHECK(fixed.trace == Trace{"a takes over state 3 with extra"});
  }
  SECTION("of another type: none") {
    fixed.type = "Other";
    REQUIRE(swap("a", {"a", fixed.factory(), {}}));
    CHECK(fixed.trace.empty());
  }
  SECTION("that does not read it: it goes on waiting") {
    fixed.state_reads = {5};
    CHECK(code_of(swap("a", {"a", fixed.factory(), {}})) == "state_refused");
    CHECK(status().missing.size() == 1);
    come_back();
    CHECK(count() == "3");
  }
  REQUIRE(manager->stop(ExitReason::shutdown(), infinity));
}

TEST_CASE_METHOD(CrashStateTest, "a state of before a swap is not used after it", "[crash]") {
  install(saving(Duration(100'000)));
  notify_times(3);
  REQUIRE(swap("a", {"a", script.factory(), {}}));
  crash();
  come_back();
  CHECK(count() == "3");
}

TEST_CASE_METHOD(CrashStateTest, "a state of before a replace_state is not used after it", "[crash]") {
  install(saving(Duration(100'000)));
  notify_times(3);
  const auto nine = [](const std::string&, const State& state) -> Result<State> {
    return State{state.version, "9", {}};
  };
  REQUIRE(manager->sys().replace_state(nine));
  crash();
  come_back();
  CHECK(count() == "9");
}

TEST_CASE_METHOD(CrashStateTest, "new code for one that waits must read its saved state", "[crash]") {
  install(saving(Duration(0)));
  notify_times(2);
  crash();
  HandlerScript fixed;
  fixed.version = "2";
  SECTION("it does") {
    REQUIRE(manager->update_code({"ScriptedHandler", fixed.factory(), {}, "extra"}));
    come_back();
    CHECK(fixed.trace.back() == "a takes over state 2 with extra");
  }
  SECTION("it does not: nobody is changed") {
    fixed.state_reads = {1, 5};
    script.state_writes = 1;
    HandlerScript blind;
    blind.state_reads = {5};
    blind.state_writes = 5;
    REQUIRE(manager->delete_handler("before", ""));
    REQUIRE(manager->delete_handler("after", ""));
    CHECK(code_of(manager->update_code({"ScriptedHandler", blind.factory(), {}, {}})) == "state_refused");
    come_back();
    CHECK(count() == "2");
  }
  REQUIRE(manager->stop(ExitReason::shutdown(), infinity));
}
