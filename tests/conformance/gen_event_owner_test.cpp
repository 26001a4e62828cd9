// SPDX-License-Identifier: Apache-2.0
// gen_event's add_sup_handler and GenEvent's add_mon_handler: handlers that end with their owner, and owners
// that hear of their handlers' end. Ours are monitored, not linked.
#include "host/behaviour/handler_owner.hpp"
#include "tests/conformance/gen_event_fixture.hpp"
#include "tests/support/scripted_server.hpp"

using namespace baton;
using namespace baton::test;

namespace {

using Kind = HandlerExit::Kind;

struct OwnerTest : GenEvent {
  HandlerOwner owner{host.runtime, "owner"};

  OwnerTest() {
    add({"unowned"});
    REQUIRE(manager->add_sup_handler(spec("a"), owner.ref()));
    script.siblings["Other"] = &other;
    script.swap_to = "Other";
    script.trace.clear();
  }

  /// The one notice that must be there.
  static HandlerExit notice_of(HandlerOwner& of) {
    const auto notice = of.next_exit(Duration(0));
    REQUIRE(notice);
    CHECK(code_of(of.next_exit(Duration(0))) == "timed_out");
    return *notice;
  }

  Result<SwapReport> swap(const std::string& new_id, SwapMode mode = SwapMode::safe) {
    return manager->swap_handler({"a", {new_id, other.factory(), {}}, mode, "args1", {}});
  }

  std::string owner_of_a() {
    const auto infos = *manager->which_handlers();
    for (const HandlerInfo& info : infos) {
      if (info.id == "a") {
        return info.owner;
      }
    }
    return "(a is gone)";
  }
};

}  // namespace

TEST_CASE_METHOD(OwnerTest, "an owner is told once of each end, with the reason and the final state",
                 "[xe-007][ge-008][ge-009][ge-010][ge-g20][ee-g08]") {
  sync_notify("msg", "counted");
  Kind kind = Kind::normal;
  std::string reason;
  std::string state = "1";
  SECTION("deleted") {
    REQUIRE(manager->delete_handler("a", "args"));
  }
  SECTION("removed at an event") {
    sync_notify("remove", "a");
    state = "2";
  }
  SECTION("removed at a call") {
    CHECK(call("a", "remove") == "bye");
  }
  SECTION("removed at an info") {
    send_info("remove", "a");
  }
  SECTION("a bad return from an event") {
    sync_notify("bad_return", "a");
    kind = Kind::bad_return;
    reason = bad_return(is_loaded ? "handle_event" : "handle_events",
                        "`swap` without the type that is to take its place");
  }
  SECTION("a bad return from a call") {
    CHECK(call("a", "bad_return") == "bad_return");
    kind = Kind::bad_return;
    reason = bad_return("handle_call", "`swap` without the type that is to take its place");
  }
  SECTION("a bad return from an info") {
    send_info("bad_return", "a");
    kind = Kind::bad_return;
    reason = bad_return("handle_info", "only events can be refused");
  }
  SECTION("a crash at an event") {
    sync_notify("throw", "a");
    kind = Kind::crashed;
    reason = "thrown";
  }
  SECTION("a crash at a call") {
    CHECK(call("a", "throw") == "crashed");
    kind = Kind::crashed;
    reason = "thrown";
  }
  SECTION("a crash at an info") {
    send_info("throw", "a");
    kind = Kind::crashed;
    reason = "thrown";
  }
  SECTION("the manager ends in order") {
    REQUIRE(manager->stop(GENERATE(ExitReason::normal(), ExitReason::error("why")), infinity));
    kind = Kind::shutdown;
  }

  const HandlerExit notice = notice_of(owner);

  CHECK(to_string(notice.kind) == to_string(kind));
  CHECK(notice.reason == reason);
  CHECK(notice.manager == "log");
  CHECK(notice.id == "a");
  CHECK(notice.instance == 1);
  REQUIRE(notice.state);
  CHECK(notice.state->data == state);
  CHECK(notice.state->version == 1);
  if (!manager->has_ended()) {
    CHECK(which() == Ids{"unowned"});
  }
}

TEST_CASE_METHOD(OwnerTest, "an owner is told of a swap, by whom and who owns the new one",
                 "[xe-007][ge-g20][ge-g22]") {
  const SwapMode mode = GENERATE(SwapMode::safe, SwapMode::destructive);
  sync_notify("msg");

  REQUIRE(swap("b", mode));

  const HandlerExit notice = notice_of(owner);
  CHECK(notice.kind == Kind::swapped);
  CHECK(notice.id == "a");
  CHECK(notice.new_id == "b");
  CHECK(notice.new_instance == 1);
  CHECK(notice.new_owner == "owner");
  REQUIRE(notice.state);
  CHECK(notice.state->data == "1");
}

TEST_CASE_METHOD(OwnerTest, "a swap keeps the owner, whoever asked for it",
                 "[ge-006][ge-g20][ge-g22][ee-g08][differs]") {
  // Erlang's rule; Elixir drops the monitor.
  SECTION("somebody else") {
    REQUIRE(swap("a"));
  }
  SECTION("the handler, at an event") {
    sync_notify("swap", "a");
  }
  SECTION("the handler, at a call") {
    CHECK(call("a", "swap") == "swapped");
  }
  SECTION("the handler, at an info") {
    send_info("swap", "a");
  }
  CHECK(notice_of(owner).kind == Kind::swapped);
  CHECK(owner_of_a() == "owner");

  REQUIRE(manager->delete_handler("a", {}));

  const HandlerExit last = notice_of(owner);
  CHECK(last.kind == Kind::normal);
  CHECK(last.instance == 2);
}

TEST_CASE_METHOD(OwnerTest, "an owner owns a handler whose code or state was changed as before",
                 "[ge-g34][ge-017]") {
  SECTION("other code") {
    REQUIRE(manager->update_code({"ScriptedHandler", script.factory(), {}, {}}));
  }
  SECTION("another state") {
    REQUIRE(manager->sys().replace_state(
        [](const std::string& /*id*/, const State& state) -> Result<State> { return state; }));
  }
  CHECK(owner_of_a() == "owner");

  owner.end(ExitReason::error("gone"));
  host.scheduler.run_all();

  CHECK(which() == Ids{"unowned"});
}

TEST_CASE_METHOD(OwnerTest, "a handler that nobody owns has no owner after a swap", "[ge-006]") {
  REQUIRE(manager->swap_handler({"unowned", {"new", other.factory(), {}}, SwapMode::safe, {}, {}}));

  CHECK((*manager->which_handlers())[1].owner.empty());
  CHECK(code_of(owner.next_exit(Duration(0))) == "timed_out");
}

TEST_CASE_METHOD(OwnerTest, "swap_sup_handler makes its caller the owner, and the old one learns that",
                 "[ge-006][xe-007][ge-g20][ge-g22]") {
  const SwapMode mode = GENERATE(SwapMode::safe, SwapMode::destructive);
  HandlerOwner caller(host.runtime, "caller");

  REQUIRE(manager->swap_sup_handler({"a", {"a", other.factory(), {}}, mode, {}, {}}, caller.ref()));

  CHECK(notice_of(owner).new_owner == "caller");
  CHECK(owner_of_a() == "caller");
  owner.end(ExitReason::normal());
  CHECK(which() == Ids{"a", "unowned"});
  REQUIRE(manager->delete_handler("a", {}));
  CHECK(notice_of(caller).kind == Kind::normal);
}

TEST_CASE_METHOD(OwnerTest, "swap_sup_handler gives a handler of nobody an owner", "[ge-006]") {
  REQUIRE(manager->swap_sup_handler({"unowned", {"unowned", other.factory(), {}}, SwapMode::safe, {}, {}},
                                    owner.ref()));
  REQUIRE(manager->delete_handler("unowned", {}));

  CHECK(notice_of(owner).id == "unowned");
}

TEST_CASE_METHOD(OwnerTest, "a swap that fails changes nothing for the owner, unless it was destructive",
                 "[ge-006][ge-g17][differs]") {
  other.create_fails = true;
  HandlerOwner caller(host.runtime, "caller");
  SECTION("safe") {
    CHECK(code_of(swap("b")) == "init_failed");
    CHECK(code_of(manager->swap_sup_handler({"a", {"b", other.factory(), {}}, SwapMode::safe, {}, {}},
                                            caller.ref())) == "init_failed");
    sync_notify("swap", "a");
    CHECK(code_of(owner.next_exit(Duration(0))) == "timed_out");
    CHECK(owner_of_a() == "owner");
  }
  SECTION("destructive") {
    CHECK(code_of(swap("b", SwapMode::destructive)) == "init_failed");
    const HandlerExit notice = notice_of(owner);
    CHECK(notice.kind == Kind::swapped);
    CHECK(notice.new_id == "b");
    CHECK(notice.new_instance == 0);
    CHECK(notice.new_owner.empty());
  }
  CHECK(code_of(caller.next_exit(Duration(0))) == "timed_out");
}

TEST_CASE_METHOD(OwnerTest, "the owner is told when the new one is there, not before its init",
                 "[ge-g42][differs]") {
  // OTP tells before; but ours has no news as long as the new one may still fail.
  std::size_t notices_at_init = 99;

  struct Seeing final : HandlerFactory {
    HandlerOwner& owner;
    std::size_t& seen;
    TypeInfo info{"Seeing", "", 0, {}};

    Seeing(HandlerOwner& o, std::size_t& s) : owner(o), seen(s) {}

    [[nodiscard]] const TypeInfo& type() const override { return info; }

    Result<std::unique_ptr<Handler>> create(const InstanceInit&, Services&) const override {
      seen = owner.next_exit(Duration(0)) ? 1 : 0;
      return fail(Errc::init_failed, "will not");
    }
  };

  CHECK(code_of(manager->swap_handler(
            {"a", {"b", std::make_shared<Seeing>(owner, notices_at_init), {}}, SwapMode::safe, {}, {}})) ==
        "init_failed");

  CHECK(notices_at_init == 0);
}

TEST_CASE_METHOD(OwnerTest, "the end of an owner ends its handlers, and nobody else hears of it",
                 "[xe-006][ge-g21][ee-g08][differs]") {
  // Erlang's link is broadcast as an info to all handlers; Elixir's monitor is not, and neither is ours.
  const ExitReason reason =
      GENERATE(ExitReason::normal(), ExitReason::shutdown(), ExitReason::error("client_died"));
  REQUIRE(manager->add_sup_handler(spec("a2"), owner.ref()));

  owner.end(reason);
  owner.end(ExitReason::error("again"));

  CHECK(which() == Ids{"unowned"});
  CHECK(script.trace == Trace{"a terminate owner " + to_string(reason), "a destroyed",
                              "a2 terminate owner " + to_string(reason), "a2 destroyed"});
  CHECK(host.log.count_at_least(LogLevel::warning) == 0);
  CHECK(code_of(owner.next_exit(infinity)) == "process_ended");
}

TEST_CASE_METHOD(OwnerTest, "an owner that goes out of scope ends with normal", "[xe-006][ge-g21]") {
  {
    HandlerOwner brief(host.runtime, "brief");
    HandlerOwner moved(std::move(brief));
    REQUIRE(manager->add_sup_handler(spec("b"), moved.ref()));
    CHECK(which() == Ids{"b", "a", "unowned"});
  }

  CHECK(which() == Ids{"a", "unowned"});
  CHECK(times("b terminate owner normal") == 1);
}

TEST_CASE_METHOD(OwnerTest, "a process is an owner too, and is told through its callback",
                 "[xe-006][ge-g21][ge-g20]") {
  ServerScript server;
  const auto process = *ServerProcess::start(host.runtime, {"client", server.factory(), {}, {}});
  Trace told;
  const OwnerRef client = owner_of(*process, [&](const HandlerExit& exit) {
    told.push_back(exit.id + " " + std::string(to_string(exit.kind)));
  });
  REQUIRE(manager->add_sup_handler(spec("b"), client));
  REQUIRE(manager->add_sup_handler(spec("c"), client));

  sync_notify("remove", "b");
  CHECK(told == Trace{"b normal"});
  CHECK((*manager->which_handlers())[0].owner == "client");
  script.trace.clear();
  REQUIRE(process->stop(ExitReason::error("client_died"), infinity));

  CHECK(which() == Ids{"a", "unowned"});
  CHECK(script.trace == Trace{"c terminate owner client_died", "c destroyed"});
  CHECK(told == Trace{"b normal"});
}

TEST_CASE_METHOD(OwnerTest, "a process without a callback owns handlers quietly", "[xe-006]") {
  ServerScript server;
  const auto process = *ServerProcess::start(host.runtime, {"client", server.factory(), {}, {}});
  REQUIRE(manager->add_sup_handler(spec("b"), owner_of(*process)));
  REQUIRE(manager->delete_handler("b", {}));
  REQUIRE(manager->add_sup_handler(spec("b"), owner_of(*process)));
  REQUIRE(process->stop(ExitReason::normal(), infinity));

  CHECK(which() == Ids{"a", "unowned"});
}

TEST_CASE_METHOD(OwnerTest, "an owner that has ended cannot get a handler, and none is made",
                 "[xe-006][ge-g21][differs]") {
  owner.end(ExitReason::normal());
  script.create_throws = true;  // would show if it were tried

  CHECK(code_of(manager->add_sup_handler(spec("b"), owner.ref())) == "process_ended");
  CHECK(code_of(manager->swap_sup_handler({"unowned", spec("b"), SwapMode::safe, {}, {}}, owner.ref())) ==
        "process_ended");

  CHECK(which() == Ids{"unowned"});
}

TEST_CASE_METHOD(OwnerTest, "an owner that ends while its handler is made or swapped leaves none behind",
                 "[xe-006][ge-g21]") {
  struct Ending final : HandlerFactory {
    HandlerOwner& owner;
    std::shared_ptr<const HandlerFactory> real;

    Ending(HandlerOwner& o, std::shared_ptr<const HandlerFactory> r) : owner(o), real(std::move(r)) {}

    [[nodiscard]] const TypeInfo& type() const override { return real->type(); }

    Result<std::unique_ptr<Handler>> create(const InstanceInit& init, Services& services) const override {
      owner.end(ExitReason::error("client_died"));
      owner.end(ExitReason::error("again"));  // the first reason counts
      return real->create(init, services);
    }
  };

  const HandlerSpec ending{"b", std::make_shared<Ending>(owner, other.factory()), {}};
  const SwapMode mode = GENERATE(SwapMode::safe, SwapMode::destructive);
  SECTION("made") {
    CHECK(manager->add_sup_handler(ending, owner.ref()));
  }
  SECTION("swapped, keeping the owner") {
    CHECK(manager->swap_handler({"a", ending, mode, {}, {}}));
  }
  SECTION("swapped, to the owner") {
    CHECK(manager->swap_sup_handler({"unowned", ending, mode, {}, {}}, owner.ref()));
    add({"unowned"});
  }

  CHECK(which() == Ids{"unowned"});
  CHECK(other.trace == Trace{"b terminate owner client_died", "b destroyed"});
}

TEST_CASE_METHOD(OwnerTest,
                 "an owner that ends inside its handler's callback waits for nobody, and the handler goes",
                 "[xe-006][ge-g21]") {
  script.on_run = [&](Services&) {
    owner.end(ExitReason::normal());
  };
  SECTION("an event") {
    sync_notify("run");
  }
  SECTION("a call") {
    CHECK(call("a", "run") == "ran");
  }

  CHECK(which() == Ids{"unowned"});
  CHECK(times("a terminate owner normal") == 1);
}

TEST_CASE_METHOD(OwnerTest, "a handler that was not added leaves no bond behind", "[ge-g23][differs]") {
  SECTION("init fails") {
    script.create_fails = true;
    CHECK(code_of(manager->add_sup_handler(spec("b"), owner.ref())) == "init_failed");
  }
  SECTION("the id is taken") {
    CHECK(code_of(manager->add_sup_handler(spec("unowned"), owner.ref())) == "already_present");
  }

  CHECK(code_of(owner.next_exit(Duration(0))) == "timed_out");
  owner.end(ExitReason::normal());
  CHECK(which() == Ids{"unowned"});
}

TEST_CASE_METHOD(OwnerTest,
                 "a manager that is gone without its end tells the owner so, and runs no terminate",
                 "[ge-g24][differs]") {
  host.registry.remove(*manager);

  manager.reset();

  const HandlerExit notice = notice_of(owner);
  CHECK(notice.kind == Kind::killed);
  CHECK_FALSE(notice.state);
  CHECK(times("a terminate stop") == 0);
}

TEST_CASE_METHOD(OwnerTest, "a manager that is killed runs no terminate, and monitors and owners are told so",
                 "[ge-g24][differs]") {
  std::string told;
  manager->monitor([&](const ExitReason& reason) { told = to_string(reason); });

  manager->abandon();
  host.scheduler.run_all();

  CHECK(told == "killed");
  CHECK(notice_of(owner).kind == Kind::killed);
  CHECK(times_begun("a terminate") == 0);
}

TEST_CASE_METHOD(OwnerTest,
                 "a final state that cannot be had is left out, and the owner is told all the same",
                 "[ge-g20]") {
  SECTION("there is none") {
    REQUIRE(manager->delete_handler("a", {}));
    (void)notice_of(owner);
    script.state_writes = 0;
    REQUIRE(manager->add_sup_handler(spec("a"), owner.ref()));
  }
  SECTION("save fails") {
    script.save_throws = true;
  }

  REQUIRE(manager->delete_handler("a", {}));

  CHECK_FALSE(notice_of(owner).state);
  CHECK(host.log.count("save_failed") == (script.save_throws ? 1U : 0U));
}

TEST_CASE_METHOD(OwnerTest, "an owner may start the next one from the state that the last one left",
                 "[ge-g20][differs]") {
  sync_notify("msg");
  sync_notify("throw", "a");
  HandlerSpec next = spec("a");
  next.state = notice_of(owner).state;
  script.trace.clear();
  SECTION("which reads it") {
    REQUIRE(manager->add_sup_handler(next, owner.ref()));
    CHECK(script.trace == Trace{"a takes over state 1"});
    CHECK(call("a", "count") == "1");
  }
  SECTION("which does not") {
    script.state_reads = {7};
    next.factory = script.factory();
    CHECK(code_of(manager->add_sup_handler(next, owner.ref())) == "state_refused");
    CHECK(which() == Ids{"unowned"});
  }
}

TEST_CASE_METHOD(OwnerTest, "waiting for a notice ends with the time-out or the next notice", "[xe-007]") {
  const auto begin = host.clock.steady_now();
  CHECK(code_of(owner.next_exit(Duration(70))) == "timed_out");
  CHECK(host.clock.steady_now() - begin == Duration(70));

  notify("remove", "a");
  CHECK(owner.next_exit(infinity)->kind == Kind::normal);
}

TEST_CASE_METHOD(OwnerTest, "notices from before the end can be read after it", "[xe-007]") {
  sync_notify("remove", "a");
  owner.end(ExitReason::normal());

  CHECK(owner.next_exit(Duration(0))->id == "a");
  CHECK(code_of(owner.next_exit(Duration(0))) == "process_ended");
}

TEST_CASE_METHOD(OwnerTest, "an owner may end itself when it hears of an end", "[xe-007]") {
  std::unique_ptr<HandlerOwner> second;
  int calls = 0;
  second = std::make_unique<HandlerOwner>(host.runtime, "second", [&](const HandlerExit&) {
    ++calls;
    second->end(ExitReason::normal());
  });
  REQUIRE(manager->add_sup_handler(spec("b"), second->ref()));
  REQUIRE(manager->add_sup_handler(spec("c"), second->ref()));

  sync_notify("remove", "b");

  CHECK(which() == Ids{"a", "unowned"});
  CHECK(calls == 1);
  CHECK(times("c terminate owner normal") == 1);
}
