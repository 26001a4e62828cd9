// SPDX-License-Identifier: Apache-2.0
// supervisor: starting, the requests and their answers, and the checks of specifications.
#include "tests/support/supervised_workers.hpp"

using namespace baton;
using namespace baton::test;

namespace {

using Trace = std::vector<std::string>;

struct SupervisorStart : SupervisedWorkers {
  ChildSpec ignored(const std::string& id, Restart restart) {
    scripts[id].ignores = true;
    return child(id, restart);
  }

  ChildSpec failing(const std::string& id) {
    scripts[id].failing_starts = 1;
    return child(id);
  }
};

/// The mistake that a check finds, by OTP's name.
std::string mistake_in(const Result<void>& checked) {
  return checked ? "ok" : checked.error().text.substr(0, checked.error().text.find(':'));
}

std::string mistake_in(const ChildSpec& spec, std::optional<AutoShutdown> auto_shutdown = {}) {
  return mistake_in(check_childspecs({&spec, 1}, auto_shutdown));
}

}  // namespace

// ---- Starting -------------------------------------------------------------------------------------

TEST_CASE_METHOD(SupervisorStart, "an empty supervisor starts and ends with shutdown", "[su-001]") {
  const auto supervisor = start({}, {});
  CHECK(children_of(*supervisor).empty());

  stop(supervisor);

  CHECK(supervisor->exit_reason() == ExitReason::shutdown());
}

TEST_CASE_METHOD(SupervisorStart, "children start in the order of their specifications, each in full",
                 "[su-085][su-g01]") {
  scripts["a"].on_up = [this] {
    trace.push_back("a ready");
  };
  const auto supervisor = start({}, {child("a"), child("b"), child("c")});
  CHECK(news() == Trace{"a up", "a ready", "b up", "c up"});
  CHECK(children_of(*supervisor) == "c:up b:up a:up");

  stop(supervisor);

  CHECK(news() == Trace{"c down(shutdown)", "b down(shutdown)", "a down(shutdown)"});
}

TEST_CASE_METHOD(SupervisorStart, "a failing start stops what was started, in reverse, and names the child",
                 "[su-g06]") {
  const auto started =
      Supervisor::start(host.runtime, "sup", {}, {child("a"), child("b"), failing("bad"), child("c")});

  CHECK(code_of(started) == "init_failed");
  CHECK(started.error().text == "`bad` did not start: cannot");
  CHECK(news() == Trace{"a up", "b up", "bad failed", "b down(shutdown)", "a down(shutdown)"});
  CHECK(reports("start_error") == Trace{"bad cannot"});
  CHECK(host.registry.all().empty());
}

TEST_CASE_METHOD(SupervisorStart, "the error of a nested start names the way to the child that failed",
                 "[su-049][differs]") {
  const auto started =
      Supervisor::start(host.runtime, "sup", {}, {child("a"), supervisor("inner", {}, {failing("bad")})});

  CHECK(code_of(started) == "init_failed");
  CHECK(started.error().text == "`inner` did not start: `bad` did not start: cannot");
  CHECK(host.registry.all().empty());
}

TEST_CASE_METHOD(SupervisorStart, "faulty options start nothing and leave no name behind",
                 "[su-008][su-g13]") {
  SupervisorOptions options;
  std::vector<ChildSpec> specs = {child("a")};
  std::string mistake;
  SECTION("strategy") {
    options.strategy = static_cast<Strategy>(9);
    mistake = "invalid_strategy";
  }
  SECTION("period") {
    options.within = Duration(0);
    mistake = "invalid_period";
  }
  SECTION("auto_shutdown") {
    options.auto_shutdown = static_cast<AutoShutdown>(9);
    mistake = "invalid_auto_shutdown";
  }
  SECTION("back-off") {
    options.backoff =
        GENERATE(Backoff{Duration(0), Duration(1)}, Backoff{Duration(2), Duration(1)},
                 Backoff{Duration(1), Duration(1), 0}, Backoff{Duration(1), Duration(1), 1, 101});
    mistake = "invalid_backoff";
  }
  SECTION("a specification") {
    specs.push_back(child("a"));
    mistake = "duplicate_child_name";
  }

  const auto started = Supervisor::start(host.runtime, "sup", options, specs);

  CHECK(code_of(started) == "bad_options");
  CHECK(started.error().text.starts_with(mistake + ": "));
  CHECK(trace.empty());
  CHECK(host.registry.all().empty());
}

// ---- Children that decide not to start -----------------------------------------------------------

TEST_CASE_METHOD(SupervisorStart, "a child that ignores its start is kept without a process",
                 "[su-003][su-g07]") {
  const auto supervisor = start({}, {child("a"), ignored("p", Restart::permanent)});

  CHECK(children_of(*supervisor) == "p:stopped a:up");
  CHECK(counts_of(*supervisor) == ChildCounts{2, 1, 0, 2});
  scripts["p"].ignores = false;
  CHECK(supervisor->restart_child("p"));
  CHECK(is_up("p"));
}

TEST_CASE_METHOD(SupervisorStart, "a temporary child that ignores its start is not kept",
                 "[su-004][su-005][su-g07]") {
  const auto supervisor = start({}, {ignored("t", Restart::temporary)});
  CHECK(children_of(*supervisor).empty());

  const auto added = supervisor->start_child(ignored("t", Restart::temporary));

  REQUIRE(added);
  CHECK(added->instance == 0);
  CHECK(added->state == ChildState::stopped);
  CHECK(children_of(*supervisor).empty());
}

// ---- Requests -------------------------------------------------------------------------------------

TEST_CASE_METHOD(SupervisorStart,
                 "every request has its answer for a running, a stopped and an unknown child",
                 "[su-023][su-g08]") {
  const auto supervisor = start({}, {});
  const auto added = supervisor->start_child(child("a"));
  REQUIRE(added);
  CHECK(added->instance == 1);
  CHECK(counts_of(*supervisor) == ChildCounts{1, 1, 0, 1});

  const auto twice = supervisor->start_child(child("a"));
  CHECK(code_of(twice) == "already_started");
  CHECK(twice.error().text == "`a` is running already: a#1");
  CHECK(code_of(supervisor->restart_child("a")) == "already_started");
  CHECK(code_of(supervisor->delete_child("a")) == "already_started");

  CHECK(supervisor->terminate_child("a"));
  CHECK(news() == Trace{"a up", "a down(shutdown)"});
  CHECK(supervisor->terminate_child("a"));
  CHECK(children_of(*supervisor) == "a:stopped");
  CHECK(counts_of(*supervisor) == ChildCounts{1, 0, 0, 1});
  CHECK(code_of(supervisor->start_child(child("a"))) == "already_present");
  CHECK(supervisor->restart_child("a")->instance == 2);

  CHECK(supervisor->terminate_child("a"));
  CHECK(supervisor->delete_child("a"));
  CHECK(children_of(*supervisor).empty());
  CHECK(code_of(supervisor->restart_child("a")) == "not_found");
  CHECK(code_of(supervisor->delete_child("a")) == "not_found");
  CHECK(code_of(supervisor->terminate_child("a")) == "not_found");
  CHECK(code_of(supervisor->get_childspec("a")) == "not_found");

  stop(supervisor);
  CHECK(code_of(supervisor->start_child(child("a"))) == "process_ended");
  CHECK(code_of(supervisor->which_children()) == "process_ended");
}

TEST_CASE_METHOD(SupervisorStart, "a child that cannot start gives its error and is not kept", "[su-010]") {
  const auto supervisor = start({}, {});
  ChildSpec bad = child("x");
  SECTION("its start fails") {
    bad = failing("x");
    const auto started = supervisor->start_child(bad);
    CHECK(code_of(started) == "init_failed");
    CHECK(started.error().text == "cannot");
  }
  SECTION("its start returns no process") {
    bad.start = [] {
      return StartedChild();
    };
    CHECK(code_of(supervisor->start_child(bad)) == "bad_return");
  }
  SECTION("its start throws") {
    bad.start = []() -> Result<StartedChild> {
      throw std::runtime_error("thrown");
    };
    CHECK(code_of(supervisor->start_child(bad)) == "init_failed");
    bad.start = []() -> Result<StartedChild> {
      throw 42;  // NOLINT(hicpp-exception-baseclass): anything may come
    };
    CHECK(code_of(supervisor->start_child(bad)) == "init_failed");
  }
  CHECK(children_of(*supervisor).empty());
  CHECK(supervisor->start_child(child("x")));
}

TEST_CASE_METHOD(SupervisorStart, "a name that a stranger holds is told as it is", "[n7-012]") {
  const auto supervisor = start({}, {});
  const auto stranger = std::make_shared<Worker>(host.runtime, "a", trace, WorkerScript{});
  REQUIRE(host.registry.add(stranger));

  const auto started = supervisor->start_child(child("a"));

  CHECK(code_of(started) == "already_started");
  CHECK(started.error().text == "`a` is running already: a#1");
  CHECK(children_of(*supervisor).empty());
}

TEST_CASE_METHOD(SupervisorStart, "a child that cannot be restarted gives the error and stays stopped",
                 "[su-011]") {
  const auto supervisor = start({}, {child("a")});
  REQUIRE(supervisor->terminate_child("a"));
  scripts["a"].failing_starts = 1;

  CHECK(code_of(supervisor->restart_child("a")) == "init_failed");

  CHECK(children_of(*supervisor) == "a:stopped");
  CHECK(supervisor->restart_child("a"));
}

TEST_CASE_METHOD(SupervisorStart, "what a start says beside the process reaches who asked for it",
                 "[su-025][differs]") {
  ChildSpec talkative = child("a");
  talkative.start = [this]() -> Result<StartedChild> {
    auto started = start_worker("a");
    started->info = "port 4711";
    return started;
  };
  const auto supervisor = start(options_of(Strategy::one_for_one), {});

  CHECK(supervisor->start_child(talkative)->info == "port 4711");
  crash("a");
  CHECK(is_up("a"));
  CHECK(supervisor->which_children()->front().info.empty());
  REQUIRE(supervisor->terminate_child("a"));
  CHECK(supervisor->restart_child("a")->info == "port 4711");
}

TEST_CASE_METHOD(SupervisorStart, "each start is progress to report, except that of a process that was found",
                 "[n7-010][differs]") {
  ChildSpec found = child("b");
  found.start = [this]() -> Result<StartedChild> {
    StartedChild started(worker("a"));
    started.was_running = true;
    return started;
  };
  const auto supervisor = start({}, {child("a"), found});

  CHECK(children_of(*supervisor) == "b:up a:up");
  const auto progress = host.log.all("progress");
  REQUIRE(progress.size() == 1);
  CHECK(progress[0].level == LogLevel::debug);
  CHECK(progress[0].fields.at("supervisor") == "sup");
  CHECK(progress[0].fields.at("child") == "a");
  CHECK(progress[0].fields.at("instance") == "1");
}

// ---- Specifications -------------------------------------------------------------------------------

TEST_CASE_METHOD(SupervisorStart, "a specification is given back with its defaults", "[su-013]") {
  const auto root =
      start({}, {child("a"), supervisor("s", {}, {}), child("b", Restart::transient, brutal_kill)});

  const auto a = root->get_childspec("a");
  REQUIRE(a);
  CHECK(a->id == "a");
  CHECK(a->start);
  CHECK(a->restart == Restart::permanent);
  CHECK(a->shutdown == Duration(5000));
  CHECK(a->type == ChildType::worker);
  CHECK_FALSE(a->significant);
  CHECK(root->get_childspec("s")->shutdown == infinity);
  CHECK(root->get_childspec("b")->shutdown == brutal_kill);
  CHECK(root->get_childspec("b")->restart == Restart::transient);
  CHECK(code_of(root->get_childspec("c")) == "not_found");
}

TEST_CASE_METHOD(SupervisorStart, "each wrong field of a specification has an error of its own",
                 "[su-026][su-027][su-g13][differs]") {
  ChildSpec spec = child("a");
  std::string mistake;
  SECTION("id") {
    spec.id = "";
    mistake = "missing_id";
  }
  SECTION("start") {
    spec.start = nullptr;
    mistake = "missing_start";
  }
  SECTION("the start of another strategy") {
    spec.start_dynamic = any().start_dynamic;
    mistake = "invalid_start";
  }
  SECTION("restart") {
    spec.restart = static_cast<Restart>(9);
    mistake = "invalid_restart_type";
  }
  SECTION("shutdown") {
    spec.shutdown = Duration(-1);
    mistake = "invalid_shutdown";
  }
  SECTION("type") {
    spec.type = static_cast<ChildType>(9);
    mistake = "invalid_child_type";
  }
  SECTION("significant and permanent") {
    spec.significant = true;
    mistake = "bad_combination";
  }

  CHECK(mistake_in(spec) == mistake);
  const auto started = Supervisor::start(host.runtime, "sup", {}, {spec});
  CHECK(code_of(started) == "bad_options");
  CHECK(started.error().text.starts_with(mistake + ": "));
  const auto supervisor = start({}, {});
  const auto added = supervisor->start_child(spec);
  CHECK(code_of(added) == "bad_options");
  CHECK(added.error().text.starts_with(mistake + ": "));
  CHECK(children_of(*supervisor).empty());
}

TEST_CASE_METHOD(SupervisorStart, "all valid combinations of a specification are accepted",
                 "[su-026][su-027]") {
  ChildSpec spec = child("a");
  spec.restart = GENERATE(Restart::permanent, Restart::transient, Restart::temporary);
  spec.shutdown =
      GENERATE(as<std::optional<Duration>>{}, std::nullopt, brutal_kill, Duration(0), Duration(1), infinity);
  spec.type = GENERATE(ChildType::worker, ChildType::supervisor);
  CHECK(mistake_in(spec, AutoShutdown::never) == "ok");
}

TEST_CASE_METHOD(SupervisorStart,
                 "a significant child needs a supervisor that heeds it and an end of its own",
                 "[su-027][su-g12]") {
  const ChildSpec transient = significant_child("a", Restart::transient);
  const ChildSpec permanent = significant_child("a", Restart::permanent);
  CHECK(mistake_in(transient) == "ok");
  CHECK(mistake_in(transient, AutoShutdown::never) == "bad_combination");
  CHECK(mistake_in(transient, AutoShutdown::any_significant) == "ok");
  CHECK(mistake_in(significant_child("a", Restart::temporary), AutoShutdown::all_significant) == "ok");
  CHECK(mistake_in(permanent, AutoShutdown::any_significant) == "bad_combination");

  const auto supervisor = start({}, {});
  CHECK(code_of(supervisor->start_child(transient)) == "bad_options");
}

TEST_CASE_METHOD(SupervisorStart, "two specifications cannot have one id", "[su-026][su-g13]") {
  CHECK(mistake_in(check_childspecs(std::vector<ChildSpec>{child("a"), child("b"), child("a")})) ==
        "duplicate_child_name");
}

TEST_CASE_METHOD(SupervisorStart, "simple_one_for_one needs exactly one specification", "[su-026][su-027]") {
  const SupervisorOptions options = options_of(Strategy::simple_one_for_one);
  CHECK(mistake_in(check_supervisor(options, {})) == "bad_start_spec");
  CHECK(mistake_in(check_supervisor(options, std::vector<ChildSpec>{any(), any()})) == "bad_start_spec");
  CHECK(mistake_in(check_supervisor(options, std::vector<ChildSpec>{child("a")})) == "missing_start");
  ChildSpec both = any();
  both.start = child("a").start;
  CHECK(mistake_in(check_supervisor(options, {&both, 1})) == "invalid_start");
  ChildSpec nameless = any();
  nameless.id = "";
  CHECK(mistake_in(check_supervisor(options, {&nameless, 1})) == "missing_id");
  const ChildSpec good = any();
  CHECK(mistake_in(check_supervisor(options, {&good, 1})) == "ok");
}
