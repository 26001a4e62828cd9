// SPDX-License-Identifier: Apache-2.0
// supervisor: new options and specifications for one that runs (OTP: code_change).
#include "tests/support/supervised_workers.hpp"

using namespace baton;
using namespace baton::test;

namespace {

using Trace = std::vector<std::string>;
using SupervisorChange = SupervisedWorkers;

}  // namespace

TEST_CASE_METHOD(SupervisorChange, "new specifications replace old ones and leave running children alone",
                 "[su-081][su-082][su-g14][differs]") {
  const auto supervisor = start({}, {child("a", Restart::permanent, Duration(100)), child("b")});
  news();

  REQUIRE(supervisor->change(options_of(Strategy::one_for_one, 9),
                             {child("a", Restart::permanent, Duration(200)), child("c")}));

  CHECK(news().empty());  // nothing stopped, nothing started
  CHECK(children_of(*supervisor) == "b:up c:stopped a:up");
  CHECK(supervisor->get_childspec("a")->shutdown == Duration(200));
  CHECK(supervisor->restart_child("c"));
  CHECK(news() == Trace{"c up"});
  stop(supervisor);
  CHECK(news() == Trace{"b down(shutdown)", "c down(shutdown)", "a down(shutdown)"});
}

TEST_CASE_METHOD(SupervisorChange, "those left out stay in their order behind the others",
                 "[su-081][differs]") {
  const auto supervisor = start({}, {child("a"), child("b"), child("c"), child("d")});

  REQUIRE(supervisor->change({}, {child("d"), child("b")}));

  CHECK(children_of(*supervisor) == "c:up a:up b:up d:up");
}

TEST_CASE_METHOD(SupervisorChange, "new flags are heeded at the next end of a child", "[su-081][differs]") {
  const auto supervisor = start(options_of(Strategy::one_for_one, 0), {child("a"), child("b")});
  REQUIRE(supervisor->change(options_of(Strategy::rest_for_one, 1), {child("a"), child("b")}));

  crash("a");
  CHECK(children_of(*supervisor) == "b:up a:up");
  CHECK(worker("b")->instance() == 2);
  crash("a");

  CHECK(supervisor->has_ended());
}

TEST_CASE_METHOD(SupervisorChange, "a new restart type is heeded at the next end of a child",
                 "[su-081][differs]") {
  const auto supervisor = start({}, {child("a")});
  REQUIRE(supervisor->change({}, {child("a", Restart::temporary)}));

  crash("a");

  CHECK(children_of(*supervisor).empty());
}

TEST_CASE_METHOD(SupervisorChange, "faulty values are refused as a whole and nothing changes",
                 "[su-081][su-082][differs]") {
  const auto supervisor = start({}, {child("a")});
  SupervisorOptions options = options_of(Strategy::one_for_all, 9);
  std::vector<ChildSpec> specs = {child("a", Restart::transient), child("b")};
  std::string mistake;
  SECTION("options") {
    options.within = Duration(0);
    mistake = "invalid_period";
  }
  SECTION("specifications") {
    specs.push_back(child("b"));
    mistake = "duplicate_child_name";
  }
  SECTION("another kind of supervisor") {
    options.strategy = Strategy::simple_one_for_one;
    specs = {any()};
    mistake = "invalid_strategy";
  }

  const auto changed = supervisor->change(options, specs);

  CHECK(code_of(changed) == "bad_options");
  CHECK(changed.error().text.starts_with(mistake + ": "));
  CHECK(children_of(*supervisor) == "a:up");
  CHECK(supervisor->get_childspec("a")->restart == Restart::permanent);
  crash("a");
  crash("a");
  CHECK(supervisor->has_ended());  // an intensity of 1, as before
}

TEST_CASE_METHOD(SupervisorChange, "simple_one_for_one may change its one specification and has always one",
                 "[su-083][su-084][differs]") {
  const SupervisorOptions options = options_of(Strategy::simple_one_for_one);
  const auto supervisor = start(options, {any()});
  REQUIRE(supervisor->start_child(std::string("x")));
  CHECK(code_of(supervisor->change(options, {})) == "bad_options");
  CHECK(code_of(supervisor->change(options, {any(), any()})) == "bad_options");
  CHECK(code_of(supervisor->change({}, {})) == "bad_options");
  news();

  ChildSpec changed = any(Restart::transient);
  changed.shutdown = Duration(7);
  changed.start_dynamic = [this](const DynamicChild& child) {
    trace.push_back(child.id + " new way " + child.argument);
    return start_worker(child.id);
  };
  REQUIRE(supervisor->change(options, {changed}));

  CHECK(news().empty());
  CHECK(supervisor->get_childspec("any:1")->shutdown == Duration(7));
  crash("any:1");
  CHECK(news() == Trace{"any:1 down(crashed)", "any:1 new way x", "any:1 up"});
  leave("any:1", ExitReason::normal());
  CHECK(children_of(*supervisor).empty());
}

TEST_CASE_METHOD(SupervisorChange, "a child in its restart loop goes on with its new specification",
                 "[su-081][differs]") {
  SupervisorOptions options = options_of(Strategy::one_for_one);
  options.backoff = Backoff{Duration(1000)};
  const auto supervisor = start(options, {child("a")});
  crash("a");
  REQUIRE(children_of(*supervisor) == "a:restarting");
  ChildSpec changed = child("a");
  changed.start = [this] {
    trace.emplace_back("new way");
    return start_worker("a");
  };
  REQUIRE(supervisor->change(options, {changed}));
  news();

  host.scheduler.advance(Duration(1000));

  CHECK(news() == Trace{"new way", "a up"});
}
