// SPDX-License-Identifier: Apache-2.0
// gen_event's rules with handlers of the C++ layer, linked in and loaded from a file. The finer points are in
// gen_event_*_test.cpp, with handlers that know the manager's own types.
#include "tests/conformance/both_ways.hpp"

#include <catch2/catch.hpp>

using namespace baton;
using namespace baton::test;

namespace {

class Handlers : public BothWays {
 public:
  using Ids = std::vector<std::string>;

  void add(const std::string& id, const std::string& type = "ToldHandler", const Orders& options = {}) {
    REQUIRE(manager->add_handler(handler(id, type, options)));
    (void)trace();
  }

  NotifyOutcome sync_notify(const std::string& orders) {
    const Message event = host.message("do", orders);
    const auto outcome = manager->sync_notify({&event, 1});
    REQUIRE(outcome);
    return *outcome;
  }

  Result<SwapReport> swap(const std::string& id, const std::string& type, SwapMode mode = SwapMode::safe,
                          const Orders& options = {}) {
    return manager->swap_handler({id, handler(id, type, options), mode, "goodbye", {}});
  }

  Ids which() {
    const auto infos = manager->which_handlers();
    REQUIRE(infos);
    Ids ids;
    for (const HandlerInfo& info : *infos) {
      ids.push_back(info.id + " " + info.type);
    }
    return ids;
  }

  std::shared_ptr<EventManager> manager = host.manager();
};

}  // namespace

TEST_CASE_METHOD(Handlers, "handlers of one type live side by side, each with its own state",
                 "[ge-002][ge-g01]") {
  add("a");
  add("b");
  CHECK(call(*manager, "a", "state one") == "");
  CHECK(which() == Ids{"b ToldHandler", "a ToldHandler"});
  CHECK(manager->delete_handler("a", "enough")->data == "value of one");
  CHECK(manager->delete_handler("b", "enough")->data == "value of s0");
  CHECK(code_of(manager->delete_handler("a", "enough")) == "not_found");
}

TEST_CASE_METHOD(Handlers, "a handler that throws in its constructor is not installed, and says why",
                 "[ge-002][ge-g03][differs]") {
  const auto added = manager->add_handler(handler("a", "ToldHandler", {{"init", "throw no disk"}}));
  CHECK(code_of(added) == "init_failed");
  CHECK(added.error().text.find("no disk") != std::string::npos);
  CHECK(which().empty());
  CHECK(host.log.count("handler_crashed") == 0);
}

TEST_CASE_METHOD(Handlers, "a handler that crashes at an event goes, and the others get the event",
                 "[ge-008][ge-g04][ge-g05][differs]") {
  add("a");
  add("b");
  CHECK(call(*manager, "b", "state kept, reply ok") == "ok");
  (void)trace();

  const NotifyOutcome outcome = sync_notify("throw broken");

  CHECK(trace() == Trace{"handle_event throw broken", "terminate error broken", "handle_event throw broken",
                         "terminate error broken"});
  CHECK(outcome.refused == 1);
  CHECK(outcome.failures.size() == 2);
  CHECK(which().empty());
  const auto reports = host.log.all("handler_crashed");
  REQUIRE(reports.size() == 2);
  CHECK(reports[1].fields.at("id") == "b");
  CHECK(reports[1].fields.at("state") == "kept");
  CHECK(reports[1].fields.at("last_message") == "do \"throw broken\" seq=1");
  CHECK(reports[1].fields.at("reason") == "broken");
}

TEST_CASE_METHOD(Handlers, "a handler leaves by what it returns: from an event, an info or a call",
                 "[ge-g07][ge-g08]") {
  add("a");
  add("b");
  SECTION("an event: all that asked leave, and nobody was skipped") {
    sync_notify("remove");
    CHECK(trace() ==
          Trace{"handle_event remove", "terminate remove", "handle_event remove", "terminate remove"});
    CHECK(which().empty());
  }
  SECTION("an info") {
    CHECK(call(*manager, "a", "post remove") == "");
    host.scheduler.advance(Duration(1));
    CHECK(which() == Ids{"b ToldHandler"});
  }
  SECTION("a call: its reply is the answer, not the value of terminate") {
    CHECK(call(*manager, "a", "reply bye, remove") == "bye");
    CHECK(which() == Ids{"b ToldHandler"});
  }
  CHECK(host.log.count("handler_crashed") == 0);
}

TEST_CASE_METHOD(Handlers,
                 "each way in which a call can go wrong has its error, and only a crash costs the handler",
                 "[ge-009][ge-g06][ge-g09][differs]") {
  add("a");
  CHECK(call(*manager, "nobody", "reply x") == "not_found");
  CHECK(call(*manager, "a", "unknown") == "unknown_request");
  CHECK(call(*manager, "a", "refuse not now") == "refused");
  CHECK(call(*manager, "a", "reply still here") == "still here");
  SECTION("a crash") {
    CHECK(call(*manager, "a", "throw broken") == "crashed");
  }
  SECTION("a bad return") {
    CHECK(call(*manager, "a", "forbidden") == "bad_return");
    CHECK(report("handler_crashed").at("reason").find("bad return") != std::string::npos);
  }
  CHECK(which().empty());
  CHECK(report("handler_crashed").at("callback") == "handle_call");
}

TEST_CASE_METHOD(Handlers, "a handler that refuses an event stays, and who waits is told", "[differs]") {
  add("a");
  const NotifyOutcome outcome = sync_notify("refuse disk full");
  CHECK(outcome.refused == 1);
  REQUIRE(outcome.failures.size() == 1);
  CHECK(outcome.failures[0].reason == "disk full");
  CHECK(which() == Ids{"a ToldHandler"});
}

TEST_CASE_METHOD(Handlers, "a swap keeps the place and hands the state over, before the old one ends",
                 "[ge-005][ge-g12][differs]") {
  add("a");
  add("b");
  CHECK(call(*manager, "a", "state carried") == "");
  (void)trace();

  const auto report = swap("a", "ToldHandler");

  REQUIRE(report);
  CHECK(report->state_moved);
  CHECK(trace() == Trace{"takes over carried", "init", "terminate swapped goodbye"});
  CHECK(which() == Ids{"b ToldHandler", "a ToldHandler"});
  CHECK(manager->delete_handler("a", {})->data == "value of carried");
}

TEST_CASE_METHOD(Handlers, "a swap whose new handler fails leaves the old one, and a destructive one nobody",
                 "[ge-g14][differs]") {
  add("a");
  CHECK(call(*manager, "a", "state kept") == "");
  SECTION("safe") {
    CHECK(code_of(swap("a", "ToldHandler", SwapMode::safe, {{"init", "throw no"}})) == "init_failed");
    CHECK(manager->delete_handler("a", {})->data == "value of kept");
  }
  SECTION("destructive") {
    CHECK(code_of(swap("a", "ToldHandler", SwapMode::destructive, {{"init", "throw no"}})) == "init_failed");
    CHECK(which().empty());
  }
}

TEST_CASE_METHOD(Handlers, "a handler asks to be replaced by another type of its plugin",
                 "[ge-g16][ge-g19][xe-010][differs]") {
  add("a");
  add("b");
  CHECK(call(*manager, "a", "state mine") == "");
  SECTION("at an event, which the new one does not see") {
    CHECK(call(*manager, "b", "remove") == "");
    sync_notify("swap OtherHandler");
    CHECK(which() == Ids{"a OtherHandler"});
  }
  SECTION("in a call, whose reply is the answer") {
    CHECK(call(*manager, "a", "reply going, swap OtherHandler") == "going");
    CHECK(which() == Ids{"b ToldHandler", "a OtherHandler"});
  }
  SECTION("at an info") {
    CHECK(call(*manager, "a", "post swap OtherHandler") == "");
    host.scheduler.advance(Duration(1));
    CHECK(which() == Ids{"b ToldHandler", "a OtherHandler"});
  }
  CHECK(manager->delete_handler("a", {})->data == "value of mine");
}

TEST_CASE_METHOD(Handlers, "a handler that asks for a type that its plugin has not stays",
                 "[ge-g17][differs]") {
  add("a");
  sync_notify("swap NoSuchHandler");
  CHECK(which() == Ids{"a ToldHandler"});
  REQUIRE(host.log.count("swap_failed") == 1);
  CHECK(host.log.all("swap_failed")[0].fields.at("reason").find("NoSuchHandler") != std::string::npos);
}

TEST_CASE_METHOD(Handlers, "one handler that hibernates makes the manager hibernate until a message comes",
                 "[ge-g31][xe-004][differs]") {
  add("a");
  sync_notify("hibernate");
  CHECK(manager->is_hibernating());
  CHECK(call(*manager, "a", "reply awake") == "awake");
  CHECK_FALSE(manager->is_hibernating());
}

TEST_CASE_METHOD(Handlers, "a handler that notifies its own manager is queued behind", "[ge-g30]") {
  add("a");
  CHECK(call(*manager, "a", "notify state later, reply now") == "now");
  host.scheduler.run_all();
  CHECK(trace() == Trace{"handle_call notify state later, reply now", "handle_event state later"});
}

TEST_CASE_METHOD(Handlers, "a stop terminates the newest handler first", "[ge-g25][xe-019]") {
  add("a");
  add("b");
  CHECK(call(*manager, "a", "state first") == "");
  (void)trace();
  CHECK(manager->stop(ExitReason::shutdown(), infinity));
  CHECK(trace() == Trace{"terminate stop shutdown", "terminate stop shutdown"});
  CHECK(host.log.count("handler_crashed") == 0);
}

TEST_CASE_METHOD(Handlers, "what a handler hides is in no report", "[ge-g36]") {
  add("a", "ToldHandler", {{"format", "hide"}});
  CHECK(call(*manager, "a", "state secret, throw the secret is out") == "crashed");
  CHECK(report("handler_crashed").at("state") == "hidden");
  CHECK(report("handler_crashed").at("last_message") == "hidden");
}

TEST_CASE_METHOD(Handlers, "a destructive swap ends the old one before the new one begins", "[ge-g12]") {
  add("a");
  CHECK(call(*manager, "a", "state carried") == "");
  (void)trace();

  REQUIRE(swap("a", "ToldHandler", SwapMode::destructive));

  CHECK(trace() == Trace{"terminate swapped goodbye", "takes over carried", "init"});
}

TEST_CASE_METHOD(Handlers,
                 "a swap that a handler returns is a safe one: the new one begins, then the old one ends",
                 "[ge-g16][ge-g19][differs]") {
  add("a");
  CHECK(call(*manager, "a", "state mine") == "");
  (void)trace();
  SECTION("in a call") {
    CHECK(call(*manager, "a", "reply going, swap OtherHandler") == "going");
    CHECK(trace() == Trace{"handle_call reply going, swap OtherHandler", "takes over mine", "init",
                           "terminate swapped"});
  }
  SECTION("at an event") {
    sync_notify("swap OtherHandler");
    CHECK(trace() == Trace{"handle_event swap OtherHandler", "takes over mine", "init", "terminate swapped"});
  }
}

TEST_CASE_METHOD(Handlers, "what a handler did to itself before it crashed is in its report",
                 "[ge-g04][differs]") {
  // OTP's callbacks return a new state: what is reported is the one from before the event.
  add("a");

  sync_notify("state after, throw boom");

  CHECK(report("handler_crashed").at("state") == "after");
}
