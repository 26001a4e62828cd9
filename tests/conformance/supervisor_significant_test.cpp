// SPDX-License-Identifier: Apache-2.0
// supervisor: significant children and auto_shutdown.
#include "tests/support/supervised_workers.hpp"

using namespace baton;
using namespace baton::test;

namespace {

using Trace = std::vector<std::string>;

struct SignificantChildren : SupervisedWorkers {
  static SupervisorOptions with(AutoShutdown auto_shutdown) {
    return options_of(Strategy::one_for_one, 5, auto_shutdown);
  }
};

using enum AutoShutdown;

}  // namespace

TEST_CASE_METHOD(SignificantChildren, "the end of a child that is not significant never ends the supervisor",
                 "[su-055]") {
  const auto auto_shutdown = GENERATE(never, any_significant, all_significant);
  const auto supervisor =
      start(with(auto_shutdown), {child("a", Restart::temporary), child("b", Restart::transient)});

  leave("a", GENERATE(ExitReason::normal(), ExitReason::error("crashed")));
  leave("b", ExitReason::normal());

  CHECK_FALSE(supervisor->has_ended());
}

TEST_CASE_METHOD(SignificantChildren,
                 "any end of a significant temporary child shuts down under any_significant", "[su-057]") {
  const auto supervisor =
      start(with(any_significant), {significant_child("a", Restart::temporary), child("b")});
  news();

  SECTION("normally") {
    leave("a", ExitReason::normal());
    CHECK(news() == Trace{"a down(normal)", "b down(shutdown)"});
  }
  SECTION("by a crash") {
    crash("a");
  }
  SECTION("by being killed") {
    kill("a");
  }
  CHECK(supervisor->exit_reason() == ExitReason::shutdown());
  CHECK(host.registry.all().empty());
}

TEST_CASE_METHOD(SignificantChildren, "terminate_child of a significant child does not shut down",
                 "[su-057][su-058]") {
  const auto supervisor =
      start(with(GENERATE(any_significant, all_significant)),
            {significant_child("a", Restart::temporary), significant_child("b", Restart::transient)});

  REQUIRE(supervisor->terminate_child("a"));
  REQUIRE(supervisor->terminate_child("b"));
  host.scheduler.run_all();

  CHECK(children_of(*supervisor) == "b:stopped");
}

TEST_CASE_METHOD(SignificantChildren,
                 "under all_significant the end of the last significant child shuts down",
                 "[su-057][su-058][su-g12]") {
  const Restart restart = GENERATE(Restart::temporary, Restart::transient);
  const auto supervisor = start(
      with(all_significant), {significant_child("a", restart), significant_child("b", restart), child("c")});
  news();

  leave("a", ExitReason::normal());
  CHECK_FALSE(supervisor->has_ended());
  leave("b", ExitReason::normal());

  CHECK(news() == Trace{"a down(normal)", "b down(normal)", "c down(shutdown)"});
  CHECK(supervisor->exit_reason() == ExitReason::shutdown());
}

TEST_CASE_METHOD(SignificantChildren,
                 "a significant transient child restarts after a crash and shuts down else",
                 "[su-058][su-g12]") {
  const auto supervisor = start(with(any_significant),
                                {significant_child("a", Restart::transient), child("b", Restart::transient)});

  crash("a");
  CHECK(children_of(*supervisor) == "b:up a:up");
  leave("b", ExitReason::normal());
  CHECK_FALSE(supervisor->has_ended());
  leave("a", GENERATE(ExitReason::normal(), ExitReason::shutdown()));

  CHECK(supervisor->exit_reason() == ExitReason::shutdown());
}

TEST_CASE_METHOD(SignificantChildren, "a significant child that waits for its restart counts as running",
                 "[su-058][differs]") {
  SupervisorOptions options = with(all_significant);
  options.backoff = Backoff{Duration(1000)};
  const auto supervisor = start(
      options, {significant_child("a", Restart::transient), significant_child("b", Restart::transient)});

  crash("a");
  REQUIRE(children_of(*supervisor) == "b:up a:restarting");
  leave("b", ExitReason::normal());

  CHECK_FALSE(supervisor->has_ended());
}

TEST_CASE_METHOD(SignificantChildren, "a significant child that its group stops does not shut down",
                 "[su-057][su-076]") {
  const auto supervisor = start(options_of(Strategy::one_for_all, 5, any_significant),
                                {child("a"), significant_child("t", Restart::temporary)});
  crash("a");
  CHECK(children_of(*supervisor) == "a:up");
}

TEST_CASE_METHOD(SignificantChildren,
                 "the shutdown of an inner supervisor ends the outer one if it is significant", "[su-061]") {
  const bool is_significant = GENERATE(true, false);
  ChildSpec inner = supervisor("inner", with(any_significant), {significant_child("a", Restart::transient)},
                               Restart::transient);
  inner.significant = is_significant;
  const auto outer = start(with(any_significant), {inner, child("b")});

  leave("a", ExitReason::normal());

  CHECK_FALSE(is_up("inner"));
  CHECK(outer->has_ended() == is_significant);
  CHECK(is_up("b") != is_significant);
}

// ---- Changed while it runs ------------------------------------------------------------------------

TEST_CASE_METHOD(SignificantChildren, "a changed auto_shutdown is heeded from then on",
                 "[su-062][su-064][su-065][su-067][differs]") {
  struct Way {
    AutoShutdown from;
    AutoShutdown to;
    bool ends_with_first;
    bool ends_with_second;
  };

  const Way way =
      GENERATE(Way{never, any_significant, true, true}, Way{never, all_significant, false, true},
               Way{all_significant, never, false, false}, Way{all_significant, any_significant, true, true});
  const auto supervisor = start(with(way.from), {child("c")});
  REQUIRE(supervisor->change(with(way.to), {child("c")}));
  for (const char* id : {"a", "b"}) {
    const ChildSpec spec =
        way.to == never ? child(id, Restart::temporary) : significant_child(id, Restart::temporary);
    REQUIRE(supervisor->start_child(spec));
  }

  leave("a", ExitReason::normal());
  CHECK(supervisor->has_ended() == way.ends_with_first);
  if (!supervisor->has_ended()) {
    leave("b", ExitReason::normal());
  }
  CHECK(supervisor->has_ended() == way.ends_with_second);
}

TEST_CASE_METHOD(SignificantChildren, "a significant child of before is not significant under never",
                 "[su-065][differs]") {
  const auto supervisor = start(with(all_significant), {significant_child("a", Restart::temporary)});
  REQUIRE(supervisor->change(with(never), {}));
  CHECK(code_of(supervisor->change(with(never), {significant_child("a", Restart::temporary)})) ==
        "bad_options");

  leave("a", ExitReason::normal());

  CHECK_FALSE(supervisor->has_ended());
}
