// SPDX-License-Identifier: Apache-2.0
// supervisor: how children are stopped, what becomes of those that do not end, and what is reported.
#include "tests/support/supervised_workers.hpp"

using namespace baton;
using namespace baton::test;

namespace {

using Trace = std::vector<std::string>;

struct SupervisorStop : SupervisedWorkers {
  ChildSpec slow(const std::string& id, Duration shutdown, Duration time = Duration(300)) {
    scripts[id].slow = time;
    return child(id, Restart::permanent, shutdown);
  }

  ChildSpec deaf(const std::string& id, Duration shutdown, Restart restart = Restart::permanent) {
    scripts[id].is_deaf = true;
    return child(id, restart, shutdown);
  }

  /// How long it takes on the test's clock.
  Duration time_of(const std::function<void()>& what) {
    const SteadyTime begin = host.clock.steady_now();
    what();
    return std::chrono::duration_cast<Duration>(host.clock.steady_now() - begin);
  }
};

}  // namespace

TEST_CASE_METHOD(SupervisorStop, "with infinity a child is waited for as long as it takes", "[su-016]") {
  const auto supervisor = start({}, {slow("a", infinity, Duration(100'000'000)), child("s")});

  CHECK(time_of([&] { stop(supervisor); }) == Duration(100'000'000));

  CHECK(news() == Trace{"a up", "s up", "s down(shutdown)", "a down(shutdown)"});
  CHECK(host.log.count("shutdown_error") == 0);
}

TEST_CASE_METHOD(SupervisorStop, "a supervisor waits for a nested one without end by default", "[su-016]") {
  const auto root = start({}, {supervisor("inner", {}, {slow("a", infinity, Duration(100'000'000))})});
  stop(root);
  CHECK(news() == Trace{"a up", "a down(shutdown)"});
}

TEST_CASE_METHOD(SupervisorStop, "a child that does not end within its time is abandoned, its sibling is not",
                 "[su-017][differs]") {
  const auto supervisor = start({}, {child("a"), deaf("b", Duration(50))});
  const auto b = worker("b");
  news();

  CHECK(time_of([&] { stop(supervisor); }) == Duration(50));

  CHECK(news_in_any_order() == Trace{"a down(shutdown)", "b given up"});
  CHECK(reports("shutdown_error") == Trace{"b killed"});
  CHECK(b->exit_reason() == ExitReason::error("killed"));
  CHECK(host.registry.all().empty());
}

TEST_CASE_METHOD(SupervisorStop, "a child that would end a moment too late is abandoned all the same",
                 "[su-017][differs]") {
  const auto supervisor =
      start({}, {slow("a", Duration(50), Duration(51)), slow("b", Duration(50), Duration(50))});
  news();

  stop(supervisor);
  host.scheduler.advance(Duration(1000));

  CHECK(news_in_any_order() == Trace{"a given up", "b down(shutdown)"});
  CHECK(reports("shutdown_error") == Trace{"a killed"});
}

TEST_CASE_METHOD(SupervisorStop, "a brutal_kill child is not asked to end and not waited for",
                 "[su-019][differs]") {
  const auto supervisor =
      start({}, {child("a"), slow("b", brutal_kill), child("c", Restart::permanent, brutal_kill)});
  news();

  CHECK(time_of([&] { stop(supervisor); }) == Duration(0));

  CHECK(news_in_any_order() == Trace{"a down(shutdown)", "b given up", "c given up"});
  CHECK(host.log.count("shutdown_error") == 0);  // it is what was asked for
}

TEST_CASE_METHOD(SupervisorStop, "time-out, brutal_kill and infinity take their times one after the other",
                 "[su-g09]") {
  const auto supervisor =
      start({}, {slow("inf", infinity), slow("t50", Duration(50)), slow("bk", brutal_kill)});

  news();

  CHECK(time_of([&] { stop(supervisor); }) == Duration(350));

  CHECK(news_in_any_order() == Trace{"bk given up", "inf down(shutdown)", "t50 given up"});
  CHECK(reports("shutdown_error") == Trace{"t50 killed"});
  CHECK(supervisor->exit_reason() == ExitReason::shutdown());
}

TEST_CASE_METHOD(SupervisorStop, "an abandoned child frees its name and its late end concerns nobody",
                 "[su-053][differs]") {
  const auto supervisor = start({}, {deaf("a", Duration(50))});
  const auto first = worker("a");

  CHECK(supervisor->terminate_child("a"));  // it cannot be held up by a child that does not let go
  scripts["a"].is_deaf = false;
  CHECK(supervisor->restart_child("a")->instance == 2);
  first->leave(ExitReason::error("late"));
  host.scheduler.run_all();

  CHECK(children_of(*supervisor) == "a:up");
  CHECK(worker("a") != first);
  CHECK(host.log.count("child_terminated") == 0);
}

TEST_CASE_METHOD(SupervisorStop, "a child that hangs does not hold up the restart of its group",
                 "[su-017][differs]") {
  const auto strategy = GENERATE(Strategy::one_for_all, Strategy::rest_for_one);
  const auto supervisor = start(options_of(strategy), {child("a"), deaf("b", Duration(50))});

  crash("a");

  CHECK(children_of(*supervisor) == "b:up a:up");
  CHECK(worker("b")->instance() == 2);
  CHECK(reports("shutdown_error") == Trace{"b killed"});
  scripts["b"].is_deaf = false;
}

TEST_CASE_METHOD(SupervisorStop, "children that end by themselves while the supervisor stops do not upset it",
                 "[su-021]") {
  const Restart restart = GENERATE(Restart::permanent, Restart::transient, Restart::temporary);
  const ExitReason reason =
      GENERATE(ExitReason::normal(), ExitReason::shutdown(), ExitReason::error("crashed"));
  const auto supervisor = start({}, {child("a", restart), child("b", restart), child("c")});
  worker("a")->leave(reason);
  worker("b")->leave(reason);

  stop(supervisor);

  CHECK(supervisor->exit_reason() == ExitReason::shutdown());
  CHECK(host.registry.all().empty());
  CHECK(host.log.count("child_restarted") == 0);
}

TEST_CASE_METHOD(SupervisorStop, "an end of another kind than the one asked for is reported",
                 "[su-021][su-087]") {
  const Restart restart = GENERATE(Restart::permanent, Restart::transient);
  const auto supervisor = start({}, {child("a", restart), child("b", restart), child("c", restart)});
  stop(supervisor);
  CHECK(host.log.count("shutdown_error") == 0);
  scripts["a"].stops_with = ExitReason::error("crashed");
  scripts["b"].stops_with = ExitReason::normal();

  stop(start({}, {child("a", restart), child("b", restart), child("c", restart)}));

  // A normal end is in order for a child that may end.
  CHECK(reports("shutdown_error") ==
        (restart == Restart::permanent ? Trace{"b normal", "a crashed"} : Trace{"a crashed"}));
}

TEST_CASE_METHOD(SupervisorStop, "a report says who, why, and what kind of child",
                 "[su-087][su-088][differs]") {
  const auto supervisor =
      start(options_of(Strategy::one_for_one, 1), {child("a", Restart::transient, infinity)});
  scripts["a"].failing_starts = 9;
  crash("a");

  const auto fields_of = [this](std::string_view context) {
    const auto records = host.log.all(context);
    REQUIRE(records.size() == 1);
    CHECK(records[0].level == LogLevel::error);
    return records[0].fields;
  };
  using Fields = std::map<std::string, std::string>;
  Fields expected = {{"supervisor", "sup"},    {"reason", "crashed"},    {"child", "a"},    {"instance", "1"},
                     {"restart", "transient"}, {"shutdown", "infinity"}, {"type", "worker"}};
  CHECK(fields_of("child_terminated") == expected);
  expected["reason"] = "cannot";
  CHECK(fields_of("start_error") == expected);
  expected["reason"] = "reached_max_restart_intensity: more than 1 restarts in 5000 ms";
  CHECK(fields_of("too_many_restarts") == expected);
}

TEST_CASE_METHOD(SupervisorStop, "the shutdown of a report is written as in a config file",
                 "[su-087][differs]") {
  CHECK(shutdown_name(brutal_kill) == "brutal_kill");
  CHECK(shutdown_name(infinity) == "infinity");
  CHECK(shutdown_name(Duration(250)) == "250ms");
}
