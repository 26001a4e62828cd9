// SPDX-License-Identifier: Apache-2.0
// supervisor: who is started again, with whom, how often, and what can be asked meanwhile.
#include "tests/support/supervised_workers.hpp"

using namespace baton;
using namespace baton::test;

namespace {

using Trace = std::vector<std::string>;
using SupervisorRestart = SupervisedWorkers;

const ExitReason crashed = ExitReason::error("crashed");

template <class P>
concept CanBeSentTo = requires(P& process, std::span<const Message> messages) {
  process.send(messages);
};

}  // namespace

// ---- The restart policy ---------------------------------------------------------------------------

TEST_CASE_METHOD(SupervisorRestart, "a permanent child is started again however it ended",
                 "[su-043][su-046][su-050][su-g05]") {
  const auto supervisor = start({}, {child("a")});

  leave("a", GENERATE(ExitReason::normal(), ExitReason::shutdown(), ExitReason::error("crashed")));

  CHECK(children_of(*supervisor) == "a:up");
  CHECK(worker("a")->instance() == 2);
  CHECK(host.log.count("child_terminated") == 1);
}

TEST_CASE_METHOD(SupervisorRestart,
                 "a transient child that ends quietly is not started again and stays known",
                 "[su-044][su-g05]") {
  const auto supervisor = start({}, {child("a", Restart::transient)});

  leave("a", GENERATE(ExitReason::normal(), ExitReason::shutdown()));

  CHECK(children_of(*supervisor) == "a:stopped");
  CHECK(host.log.count("child_terminated") == 0);
  CHECK(supervisor->restart_child("a"));
}

TEST_CASE_METHOD(SupervisorRestart, "a transient child that crashes is started again", "[su-051][su-g05]") {
  const auto supervisor = start({}, {child("a", Restart::transient)});

  crash("a");

  CHECK(children_of(*supervisor) == "a:up");
  CHECK(reports("child_terminated") == Trace{"a crashed"});
}

TEST_CASE_METHOD(SupervisorRestart, "a temporary child is never started again and its id is free",
                 "[su-045][su-048][su-052][su-074][su-g05]") {
  const auto supervisor = start({}, {child("a", Restart::temporary)});
  const ExitReason reason =
      GENERATE(ExitReason::normal(), ExitReason::shutdown(), ExitReason::error("crashed"));

  leave("a", reason);

  CHECK(children_of(*supervisor).empty());
  CHECK(host.log.count("child_terminated") == (reason == crashed ? 1U : 0U));
  CHECK(supervisor->start_child(child("a", Restart::temporary)));
}

TEST_CASE_METHOD(SupervisorRestart, "a terminated temporary child is forgotten, others stay known",
                 "[su-074]") {
  const Restart restart = GENERATE(Restart::permanent, Restart::transient, Restart::temporary);
  const auto supervisor = start({}, {child("a", restart)});

  REQUIRE(supervisor->terminate_child("a"));

  CHECK(children_of(*supervisor) == (restart == Restart::temporary ? "" : "a:stopped"));
}

TEST_CASE_METHOD(SupervisorRestart, "what a temporary child is started with is not kept while it runs",
                 "[su-073][differs]") {
  const auto strategy = GENERATE(Strategy::one_for_one, Strategy::one_for_all, Strategy::rest_for_one);
  const auto supervisor = start(options_of(strategy), {});
  for (const Restart restart : {Restart::permanent, Restart::transient, Restart::temporary}) {
    auto large = std::make_shared<std::string>("large");
    const std::weak_ptr<std::string> is_kept = large;
    ChildSpec spec = child(std::string(restart_name(restart)), restart);
    spec.start = [this, id = spec.id, large = std::move(large)] {
      return start_worker(id);
    };

    REQUIRE(supervisor->start_child(std::move(spec)));

    CHECK(is_kept.expired() == (restart == Restart::temporary));
  }
  CHECK_FALSE(supervisor->get_childspec("temporary")->start);
}

// ---- Intensity ------------------------------------------------------------------------------------

TEST_CASE_METHOD(SupervisorRestart, "restarts slower than the intensity never take the supervisor down",
                 "[su-029]") {
  SupervisorOptions options = options_of(Strategy::one_for_one, 1);
  options.within = Duration(1000);
  const auto supervisor = start(options, {child("a")});

  for (int i = 0; i < 20; ++i) {
    crash("a");
    host.scheduler.advance(Duration(1001));
  }

  CHECK(children_of(*supervisor) == "a:up");
  CHECK(worker("a")->instance() == 21);
}

TEST_CASE_METHOD(SupervisorRestart, "the period is exact", "[su-g02][differs]") {
  const auto supervisor = start(options_of(Strategy::one_for_one, 1), {child("a")});
  crash("a");

  SECTION("a second restart at its very end is one too many") {
    host.scheduler.advance(Duration(5000));
    crash("a");
    CHECK(supervisor->has_ended());
  }
  SECTION("a millisecond later it is not") {
    host.scheduler.advance(Duration(5001));
    crash("a");
    CHECK_FALSE(supervisor->has_ended());
  }
}

TEST_CASE_METHOD(SupervisorRestart, "by default the second restart in five seconds ends the supervisor",
                 "[su-030][su-g02]") {
  const auto supervisor = start({}, {child("a"), child("b")});
  news();

  crash("a");
  CHECK(news() == Trace{"a down(crashed)", "a up"});
  CHECK(children_of(*supervisor) == "b:up a:up");
  crash("b");

  CHECK(news() == Trace{"b down(crashed)", "a down(shutdown)"});
  CHECK(supervisor->exit_reason() == ExitReason::shutdown());
  CHECK(reports("child_terminated") == Trace{"a crashed", "b crashed"});
  const auto gave_up = host.log.all("too_many_restarts");
  REQUIRE(gave_up.size() == 1);
  CHECK(gave_up[0].fields.at("child") == "b");
  CHECK(gave_up[0].fields.at("reason").starts_with("reached_max_restart_intensity"));
}

TEST_CASE_METHOD(SupervisorRestart, "with an intensity of 0 the first end of a child is the supervisor's",
                 "[su-030]") {
  const auto supervisor = start(options_of(Strategy::one_for_one, 0), {child("a"), child("b")});

  crash("a");

  CHECK(supervisor->has_ended());
  CHECK_FALSE(is_up("b"));
}

TEST_CASE_METHOD(SupervisorRestart, "a restart that keeps failing is tried at once and each try counts",
                 "[su-031][su-g10]") {
  const auto supervisor = start(options_of(Strategy::one_for_one, 3), {child("a"), child("b")});
  news();
  scripts["a"].failing_starts = 100;

  crash("a");

  CHECK(news() == Trace{"a down(crashed)", "a failed", "a failed", "a failed", "b down(shutdown)"});
  CHECK(reports("start_error") == Trace{"a cannot", "a cannot", "a cannot"});
  CHECK(host.log.count("too_many_restarts") == 1);
  CHECK(supervisor->exit_reason() == ExitReason::shutdown());
}

// ---- Strategies -----------------------------------------------------------------------------------

TEST_CASE_METHOD(SupervisorRestart, "one_for_all stops the others in reverse and starts all in order",
                 "[su-032][su-085][su-g03]") {
  const auto supervisor = start(options_of(Strategy::one_for_all), {child("a"), child("b"), child("c")});
  news();

  crash("b");

  CHECK(news() == Trace{"b down(crashed)", "c down(shutdown)", "a down(shutdown)", "a up", "b up", "c up"});
  CHECK(children_of(*supervisor) == "c:up b:up a:up");
  CHECK(worker("a")->instance() == 2);
  stop(supervisor);
  CHECK(news() == Trace{"c down(shutdown)", "b down(shutdown)", "a down(shutdown)"});
}

TEST_CASE_METHOD(SupervisorRestart, "rest_for_one restarts the child and those behind it",
                 "[su-040][su-085][su-g04]") {
  const auto supervisor =
      start(options_of(Strategy::rest_for_one), {child("a"), child("b"), child("c"), child("d")});
  news();

  crash("b");

  CHECK(news() == Trace{"b down(crashed)", "d down(shutdown)", "c down(shutdown)", "b up", "c up", "d up"});
  CHECK(worker("a")->instance() == 1);
  stop(supervisor);
  CHECK(news() == Trace{"d down(shutdown)", "c down(shutdown)", "b down(shutdown)", "a down(shutdown)"});
}

TEST_CASE_METHOD(SupervisorRestart,
                 "a restart of a group is one restart, and one too many ends the supervisor",
                 "[su-032][su-040]") {
  const auto strategy = GENERATE(Strategy::one_for_all, Strategy::rest_for_one);
  const auto supervisor = start(options_of(strategy, 1), {child("a"), child("b"), child("c")});

  crash("a");
  CHECK(children_of(*supervisor) == "c:up b:up a:up");
  crash("a");

  CHECK(supervisor->exit_reason() == ExitReason::shutdown());
  CHECK(host.registry.all().empty());
}

TEST_CASE_METHOD(SupervisorRestart, "two ends at once are one restart of the group", "[su-032]") {
  const auto supervisor = start(options_of(Strategy::one_for_all, 1), {child("a"), child("b")});
  worker("a")->leave(crashed);
  worker("b")->leave(crashed);

  host.scheduler.run_all();

  CHECK(children_of(*supervisor) == "b:up a:up");
}

TEST_CASE_METHOD(SupervisorRestart, "a sibling that cannot start again escalates", "[su-033][su-041]") {
  const auto strategy = GENERATE(Strategy::one_for_all, Strategy::rest_for_one);
  const auto supervisor = start(options_of(strategy, 4), {child("a"), child("b")});
  scripts["b"].failing_starts = 100;

  crash("a");

  CHECK(supervisor->exit_reason() == ExitReason::shutdown());
  CHECK(host.registry.all().empty());
  CHECK(host.log.count("start_error") == 4);
}

TEST_CASE_METHOD(SupervisorRestart, "one_for_all stops those already restarted and tries the group again",
                 "[su-034]") {
  const auto supervisor = start(options_of(Strategy::one_for_all), {child("a"), child("b"), child("c")});
  news();
  scripts["b"].failing_starts = 1;

  crash("a");

  CHECK(news() == Trace{"a down(crashed)", "c down(shutdown)", "b down(shutdown)", "a up", "b failed",
                        "a down(shutdown)", "a up", "b up", "c up"});
  CHECK(children_of(*supervisor) == "c:up b:up a:up");
}

TEST_CASE_METHOD(SupervisorRestart, "rest_for_one goes on where it failed and leaves those already up alone",
                 "[su-042]") {
  const auto supervisor = start(options_of(Strategy::rest_for_one), {child("a"), child("b"), child("c")});
  news();
  scripts["b"].failing_starts = 2;

  crash("a");

  CHECK(news() == Trace{"a down(crashed)", "c down(shutdown)", "b down(shutdown)", "a up", "b failed",
                        "b failed", "b up", "c up"});
  CHECK(children_of(*supervisor) == "c:up b:up a:up");
}

TEST_CASE_METHOD(SupervisorRestart, "a temporary bystander is stopped with its group and forgotten",
                 "[su-076]") {
  const auto strategy = GENERATE(Strategy::one_for_all, Strategy::rest_for_one);
  const auto supervisor = start(options_of(strategy, 1), {child("a"), child("t", Restart::temporary)});
  news();

  crash("a");

  CHECK(news() == Trace{"a down(crashed)", "t down(shutdown)", "a up"});
  CHECK(children_of(*supervisor) == "a:up");
  CHECK(supervisor->start_child(child("t", Restart::temporary)));
  leave("t", crashed);
  CHECK_FALSE(supervisor->has_ended());  // one restart so far
}

// ---- The restart loop -----------------------------------------------------------------------------

TEST_CASE_METHOD(SupervisorRestart, "requests are answered while a child is in its restart loop",
                 "[su-071][su-078]") {
  const auto supervisor = start(options_of(Strategy::one_for_one, 1'000'000), {child("a"), child("b")});
  scripts["a"].failing_starts = 1'000'000;
  worker("a")->leave(crashed);
  while (children_of(*supervisor) != "b:up a:restarting") {
    host.scheduler.run_one();
  }

  CHECK(counts_of(*supervisor) == ChildCounts{2, 1, 0, 2});
  CHECK(code_of(supervisor->start_child(child("a"))) == "already_present");
  CHECK(code_of(supervisor->restart_child("a")) == "restarting");
  CHECK(code_of(supervisor->delete_child("a")) == "restarting");
  CHECK(code_of(supervisor->restart_child("b")) == "already_started");
  CHECK(supervisor->get_childspec("a"));

  SECTION("it can be terminated, and forgotten") {
    CHECK(supervisor->terminate_child("a"));
    CHECK(children_of(*supervisor) == "b:up a:stopped");
    host.scheduler.run_all();  // the loop has an end
    CHECK(children_of(*supervisor) == "b:up a:stopped");
    CHECK(supervisor->delete_child("a"));
  }
  SECTION("the supervisor can be stopped") {
    stop(supervisor);
    CHECK(supervisor->exit_reason() == ExitReason::shutdown());
  }
  SECTION("it comes up once it can") {
    scripts["a"].failing_starts = 0;
    host.scheduler.run_all();
    CHECK(children_of(*supervisor) == "b:up a:up");
  }
}

TEST_CASE_METHOD(SupervisorRestart, "in a restart loop of rest_for_one later children are stopped",
                 "[su-079]") {
  const auto supervisor =
      start(options_of(Strategy::rest_for_one, 1'000'000), {child("a"), child("b"), child("c")});
  scripts["b"].failing_starts = 1'000'000;
  worker("b")->leave(crashed);
  while (children_of(*supervisor) != "c:stopped b:restarting a:up") {
    host.scheduler.run_one();
  }

  CHECK(code_of(supervisor->restart_child("b")) == "restarting");
  CHECK(code_of(supervisor->start_child(child("c"))) == "already_present");
  CHECK(supervisor->terminate_child("b"));
  CHECK(children_of(*supervisor) == "c:stopped b:stopped a:up");
  CHECK(supervisor->restart_child("c"));
  stop(supervisor);
}

// ---- Nested supervisors ---------------------------------------------------------------------------

TEST_CASE_METHOD(SupervisorRestart,
                 "in a tree only the dead worker restarts, and escalation restarts a branch", "[su-054]") {
  const auto root =
      start(options_of(Strategy::one_for_one, 1),
            {supervisor("left", {}, {child("l1"), child("l2")}), supervisor("right", {}, {child("r1")})});
  const auto left = std::dynamic_pointer_cast<Supervisor>(host.registry.whereis("left"));
  CHECK(counts_of(*root) == ChildCounts{2, 2, 2, 0});
  CHECK(counts_of(*left) == ChildCounts{2, 2, 0, 2});
  REQUIRE(left->start_child(child("dynamic")));
  news();

  crash("l1");
  CHECK(news() == Trace{"l1 down(crashed)", "l1 up"});
  CHECK(children_of(*left) == "dynamic:up l2:up l1:up");
  crash("l2");

  CHECK(left->has_ended());
  CHECK(news() == Trace{"l2 down(crashed)", "dynamic down(shutdown)", "l1 down(shutdown)", "l1 up", "l2 up"});
  CHECK(reports("child_terminated") == Trace{"l1 crashed", "l2 crashed", "left shutdown"});
  CHECK(worker("r1")->instance() == 1);
  CHECK(host.registry.whereis("left") != left);

  stop(root);
  CHECK(news() == Trace{"r1 down(shutdown)", "l2 down(shutdown)", "l1 down(shutdown)"});
}

TEST_CASE_METHOD(SupervisorRestart, "a killed supervisor and its workers come back under their names",
                 "[su-077][differs]") {
  const auto root = start(options_of(Strategy::one_for_one, 9), {supervisor("inner", {}, {child("a")})});
  const auto inner = host.registry.whereis("inner");
  const auto a = worker("a");
  SECTION("when the worker is killed") {
    kill("a");
    CHECK(host.registry.whereis("inner") == inner);
  }
  SECTION("when the supervisor is killed, no worker stays behind without one") {
    inner->abandon();
    host.scheduler.run_all();
    CHECK(host.registry.whereis("inner") != inner);
    CHECK(reports("child_terminated").front() == "inner killed");
  }
  REQUIRE(is_up("inner"));
  CHECK(a->has_ended());
  CHECK(worker("a") != a);
  CHECK(children_of(*root) == "inner:up");
}

TEST_CASE("a supervisor takes no messages and cannot be sent any", "[su-g15][differs]") {
  struct Open : Process {
    using Process::send;
  };

  CHECK(CanBeSentTo<Open>);
  CHECK_FALSE(CanBeSentTo<Supervisor>);
}
