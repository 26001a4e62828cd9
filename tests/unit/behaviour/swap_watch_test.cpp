// SPDX-License-Identifier: Apache-2.0
// The time after a swap: what brings the old version back, and with what.
#include "host/behaviour/swap_watch.hpp"

#include "host/behaviour/event_manager.hpp"
#include "tests/support/manual_host.hpp"
#include "tests/support/scripted_handler.hpp"

#include <catch2/catch.hpp>

using namespace baton;
using namespace baton::test;
using namespace std::chrono_literals;

namespace {

struct WatchTest {
  ManualHost host;
  HandlerScript old_script;
  HandlerScript new_script;
  std::shared_ptr<EventManager> manager = host.manager(one_by_one());
  WatchPolicy policy;
  std::optional<Pending<WatchOutcome>> pending;

  /// What throws says nothing of the events of its batch before.
  static EventManagerOptions one_by_one() {
    EventManagerOptions options;
    options.process.batch_max = 1;
    return options;
  }

  WatchTest() {
    policy.window = 30s;
    policy.max_errors = 1;
    new_script.version = "2";
    new_script.state_writes = 2;
    new_script.state_reads = {1, 2};
    old_script.state_reads = {1, 2};
    for (const char* id : {"before", "a", "after"}) {
      REQUIRE(manager->add_handler({id, old_script.factory(), {}}));
    }
    notify("msg", "1");
    notify("msg", "2");
  }

  NotifyOutcome notify(const std::string& type, const std::string& data = {}, std::size_t count = 1) {
    const std::vector<Message> events(count, host.message(type, data));
    const auto outcome = manager->sync_notify(events);
    REQUIRE(outcome);
    return *outcome;
  }

  void swap() {
    auto [asked, end] = make_question<WatchOutcome>();
    SwapRequest request{"a", {"a", new_script.factory(), {}}, SwapMode::safe, "", ""};
    request.watch = policy;
    request.watch_end.emplace(std::move(end));
    REQUIRE(manager->swap_handler(std::move(request)));
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

  HandlerInfo info() { return manager->which_handlers()->at(1); }

  std::string count() {
    const auto reply = manager->call("a", host.message("count"));
    return reply ? reply->data : code_of(reply);
  }
};

using Verdict = WatchOutcome::Verdict;

}  // namespace

TEST_CASE_METHOD(WatchTest, "a new version that does well stays, and is watched no more after the window",
                 "[swap][watch]") {
  swap();
  CHECK(info().is_watched);
  notify("msg", "3");
  host.scheduler.advance(29s);
  CHECK_FALSE(pending->is_answered());
  host.scheduler.advance(1s);

  const WatchOutcome passed = outcome();

  CHECK(passed.verdict == Verdict::passed);
  CHECK(passed.events == 1);
  CHECK(passed.errors == 0);
  CHECK(passed.lasted == 30s);
  CHECK(passed.code.use_count() == 1);  // who is told may unload the old version
  CHECK(info().version == "2");
  CHECK_FALSE(info().is_watched);
  CHECK(host.log.count("swap_watch_passed") == 1);
}

TEST_CASE_METHOD(WatchTest, "errors up to the limit are suffered, and one more brings the old version back",
                 "[swap][watch]") {
  swap();
  notify("refuse", "a");
  CHECK(info().version == "2");

  notify("refuse", "a");

  CHECK(info().version == "1");
  const WatchOutcome back = outcome();
  CHECK(back.verdict == Verdict::swapped_back);
  CHECK(back.errors == 2);
  CHECK(back.reason == "2 of 2 events failed (limit 1), the last one: disk full");
  CHECK(back.instance == info().instance);
  CHECK(host.log.count("swapped_back") == 1);
}

TEST_CASE_METHOD(WatchTest, "the old version comes back with the new one's state, converted",
                 "[swap][watch]") {
  policy.redo = Redo::none;
  policy.max_errors = 0;
  swap();
  notify("msg", "3");
  notify("refuse", "a");

  CHECK(std::count(old_script.trace.begin(), old_script.trace.end(), "a takes over state 3") == 1);
  CHECK(count() == "3");
  CHECK(outcome().state == "version 2 converted to 1");
  CHECK(new_script.trace.back() == "a destroyed");
}

TEST_CASE_METHOD(WatchTest, "or with its own state of the cut, which does not know what came after",
                 "[swap][watch]") {
  policy.redo = Redo::none;
  policy.back = WayBack::kept;
  policy.max_errors = 0;
  swap();
  notify("msg", "3");
  notify("refuse", "a");

  CHECK(count() == "2");
  CHECK(outcome().state == "the old one's, as it was at the cut");
}

TEST_CASE_METHOD(WatchTest, "with its own too when it cannot read the new one's", "[swap][watch]") {
  policy.redo = Redo::none;
  policy.max_errors = 0;
  SECTION("it is of another version") {
    old_script.state_reads = {1};
    REQUIRE(manager->swap_handler({"a", {"a", old_script.factory(), {}}, SwapMode::safe, "", ""}));
  }
  SECTION("the new one cannot say what it is") {
    new_script.save_throws = true;
  }
  swap();
  notify("msg", "3");
  notify("refuse", "a");

  CHECK(info().version == "1");
  CHECK(count() == "2");
  CHECK(outcome().state.starts_with("the old one's, as it was at the cut; the new one's is not usable"));
}

TEST_CASE_METHOD(WatchTest, "failed events are given to the old version, each once", "[swap][watch]") {
  swap();
  old_script.state_reads = {1, 2};
  notify("refuse", "a");
  notify("msg", "3");
  notify("throw", "a");  // the second error

  // The old script fails at them just so: what counts is that it was asked.
  const WatchOutcome back = outcome();
  CHECK(back.redone == 2);
  CHECK(back.errors == 2);
}

TEST_CASE_METHOD(WatchTest, "the new version is gone before the old one sees its events again",
                 "[swap][watch]") {
  policy.max_errors = 0;
  swap();
  new_script.on_run = [](Services&) {
    throw std::runtime_error("not me");
  };
  std::vector<bool> seen_gone;
  old_script.on_run = [&](Services&) {
    seen_gone.push_back(!new_script.trace.empty() && new_script.trace.back() == "a destroyed");
  };
  notify("run", "a");
  CHECK(outcome().redone == 1);
  CHECK(seen_gone == std::vector<bool>{true});
}

TEST_CASE_METHOD(WatchTest, "nothing is lost or doubled when the new version fails in the middle",
                 "[swap][watch]") {
  policy.max_errors = 0;
  swap();
  std::size_t given = 0;
  new_script.on_run = [&](Services&) {
    if (++given == 3) {
      throw std::runtime_error("the third one");
    }
  };
  old_script.on_run = [](Services&) {
  };

  const NotifyOutcome told = notify("run", "a", 5);

  CHECK(told.refused == 0);  // the old one has done what the new one had not
  CHECK(given == 3);
  CHECK(count() == "7");  // two before, two by the new one, one again, two by the old one
  const WatchOutcome back = outcome();
  CHECK(back.reason == "it crashed: the third one");
  CHECK(back.redone == 1);
  CHECK(std::count(old_script.trace.begin(), old_script.trace.end(), "a run a") == 3);
  CHECK(info().handled == 3);
}

TEST_CASE_METHOD(WatchTest, "with its own state the old version can be given all since the cut",
                 "[swap][watch]") {
  policy.max_errors = 0;
  policy.back = WayBack::kept;
  policy.redo = Redo::all;
  swap();
  bool fails = false;
  new_script.on_run = [&](Services&) {
    if (fails) {
      throw std::runtime_error("no more");
    }
  };
  old_script.on_run = [](Services&) {
  };
  notify("run", "a", 4);
  fails = true;
  notify("run", "a", 2);

  CHECK(outcome().redone == 5);  // and the sixth came after the way back
  CHECK(count() == "8");         // as if there had been no swap
}

TEST_CASE_METHOD(WatchTest, "a sender is told of an event that nobody has handled", "[swap][watch]") {
  policy.max_errors = 0;
  policy.redo = Redo::none;
  swap();

  const NotifyOutcome told = notify("refuse", "a");

  REQUIRE(told.failures.size() == 1);
  CHECK(told.failures[0].handler == "a");
  CHECK(told.refused == 1);
}

TEST_CASE_METHOD(WatchTest, "a rate is of a thousand events at least, until the window ends",
                 "[swap][watch]") {
  policy.max_errors.reset();
  policy.max_error_rate = 0.01;
  policy.redo = Redo::none;
  swap();
  notify("refuse", "a", 10);
  CHECK(info().version == "2");
  SECTION("an eleventh is too many") {
    notify("refuse", "a");
    CHECK(info().version == "1");
    CHECK(outcome().reason.starts_with("error rate 100 % (limit 1 %): 11 of 11 events failed"));
  }
  SECTION("ten of ten are, when no more have come") {
    host.scheduler.advance(30s);
    CHECK(info().version == "1");
    CHECK(outcome().reason.starts_with("error rate 100 % (limit 1 %): 10 of 10"));
  }
  SECTION("ten of a thousand are not") {
    notify("msg", "3", 990);
    host.scheduler.advance(30s);
    CHECK(outcome().verdict == Verdict::passed);
  }
}

TEST_CASE_METHOD(WatchTest, "a version that takes too long for an event is swapped back", "[swap][watch]") {
  policy.p99_factor = 3;
  const auto takes = [this](std::chrono::microseconds time) {
    return [this, time](Services&) {
      host.clock.advance_to(host.clock.steady_now() + time);
    };
  };
  old_script.on_run = takes(20us);
  for (int i = 0; i < 2000; ++i) {  // one in sixteen is measured
    notify("run", "a");
  }
  SECTION("three times as long is allowed") {
    new_script.on_run = takes(60us);
    swap();
    for (int i = 0; i < 600; ++i) {
      notify("run", "a");
    }
    host.scheduler.advance(30s);
    const WatchOutcome passed = outcome();
    CHECK(passed.verdict == Verdict::passed);
    CHECK(passed.p99 == 60us);
    CHECK(passed.p99_before == 20us);
  }
  SECTION("more is not") {
    new_script.on_run = takes(70us);
    swap();
    for (int i = 0; i < 128; ++i) {
      notify("run", "a");
    }
    CHECK(info().version == "1");
    CHECK(outcome().reason == "p99 70 us per event is 3.5 times what it was, 20 us (limit 3)");
  }
}

TEST_CASE_METHOD(WatchTest, "a crash in a call or an info brings the old version back too", "[swap][watch]") {
  swap();
  SECTION("in a call") {
    const auto reply = manager->call("a", host.message("throw"));
    REQUIRE_FALSE(reply);
    CHECK(reply.error().text == "handler `log/a` crashed and was swapped back: thrown");
    CHECK(outcome().reason == "it crashed in handle_call: thrown");
  }
  SECTION("in a call, by what it returns") {
    const auto reply = manager->call("a", host.message("bad_return"));
    CHECK(code_of(reply) == "bad_return");
    CHECK(reply.error().text.starts_with("handler `log/a` crashed and was swapped back: bad return"));
    CHECK(outcome().reason.starts_with("it crashed in handle_call: bad return"));
  }
  SECTION("in an info") {
    REQUIRE(manager->send_info(host.message("throw", "a")));
    CHECK(outcome().reason == "it crashed in handle_info: thrown");
  }
  CHECK(info().version == "1");
  CHECK(count() == "2");
  CHECK(host.log.count("handler_crashed") + host.log.count("crash") >= 1);
}

TEST_CASE_METHOD(WatchTest, "when the old version cannot be made any more, the new one stays",
                 "[swap][watch]") {
  swap();
  old_script.create_throws = true;
  notify("refuse", "a");
  notify("refuse", "a");

  const WatchOutcome stays = outcome();

  CHECK(stays.verdict == Verdict::stays);
  CHECK(info().version == "2");
  CHECK_FALSE(info().is_watched);
  CHECK(host.log.count("swap_back_failed") == 1);
}

TEST_CASE_METHOD(WatchTest, "the watch ends with its handler", "[swap][watch]") {
  swap();
  SECTION("when it is removed") {
    REQUIRE(manager->delete_handler("a", ""));
  }
  SECTION("when it is swapped again") {
    REQUIRE(manager->swap_handler({"a", {"a", new_script.factory(), {}}, SwapMode::safe, "", ""}));
    host.scheduler.advance(60s);
    CHECK(info().version == "2");
  }
  REQUIRE(pending->is_answered());
  CHECK(code_of(pending->take()) == "process_ended");
}

TEST_CASE_METHOD(WatchTest, "an owner stays the owner on the way there and back", "[swap][watch]") {
  policy.max_errors = 0;
  policy.redo = Redo::none;
  swap();
  notify("refuse", "a");

  CHECK(info().id == "a");
  REQUIRE(manager->which_handlers()->size() == 3);
  CHECK(manager->which_handlers()->at(0).id == "after");  // and it has its place in the order again
}
