// SPDX-License-Identifier: Apache-2.0
// supervisor: simple_one_for_one, whose children come from one specification while it runs.
#include "tests/support/supervised_workers.hpp"

using namespace baton;
using namespace baton::test;

namespace {

using Trace = std::vector<std::string>;

struct DynamicChildren : SupervisedWorkers {
  std::shared_ptr<Supervisor> start_dynamic(ChildSpec spec, std::uint32_t max_restarts = 5) {
    return start(options_of(Strategy::simple_one_for_one, max_restarts), {std::move(spec)});
  }

  ChildSpec any_with(Duration shutdown, Restart restart = Restart::permanent) {
    ChildSpec spec = any(restart);
    spec.shutdown = shutdown;
    return spec;
  }

  std::string start_one(Supervisor& supervisor, const std::string& argument = {}) {
    const auto started = supervisor.start_child(argument);
    return started ? started->id : code_of(started);
  }

  void start_many(Supervisor& supervisor, int count) {
    for (int i = 0; i < count; ++i) {
      REQUIRE(supervisor.start_child(std::string()));
    }
  }
};

}  // namespace

TEST_CASE_METHOD(DynamicChildren, "children are started with an argument and go by ids of their own",
                 "[su-g11]") {
  const auto supervisor = start_dynamic(any());
  CHECK(children_of(*supervisor).empty());

  CHECK(start_one(*supervisor, "[d1]") == "any:1");
  CHECK(start_one(*supervisor) == "any:2");

  CHECK(news() == Trace{"any:1 gets [d1]", "any:1 up", "any:2 up"});
  CHECK(children_of(*supervisor) == "any:2:up any:1:up");
  CHECK(counts_of(*supervisor) == ChildCounts{1, 2, 0, 2});
}

TEST_CASE_METHOD(DynamicChildren, "a child is terminated by its own id, which is not used again",
                 "[su-g11][differs]") {
  const auto supervisor =
      start_dynamic(any(GENERATE(Restart::permanent, Restart::transient, Restart::temporary)));
  start_many(*supervisor, 2);

  CHECK(code_of(supervisor->terminate_child("any")) == "not_found");
  CHECK(code_of(supervisor->restart_child("any:1")) == "not_supported");
  CHECK(code_of(supervisor->delete_child("any:1")) == "not_supported");
  CHECK(code_of(supervisor->start_child(child("a"))) == "not_supported");
  const auto other = Supervisor::start(host.runtime, "other", {}, {});
  CHECK(code_of((*other)->start_child(std::string("x"))) == "not_supported");
  CHECK(supervisor->terminate_child("any:1"));

  CHECK(children_of(*supervisor) == "any:2:up");
  CHECK(code_of(supervisor->terminate_child("any:1")) == "not_found");
  CHECK(start_one(*supervisor) == "any:3");
  CHECK(host.registry.next_instance("any:1") == 1);  // nothing is kept of it
}

TEST_CASE_METHOD(DynamicChildren, "children are told to end, one by one or all at once, with shutdown",
                 "[su-g11]") {
  const auto supervisor = start_dynamic(any());
  for (const char* id : {"any:2", "any:3"}) {
    scripts[id].slow = Duration(100);
  }
  start_many(*supervisor, 3);
  news();

  CHECK(supervisor->terminate_child("any:1"));
  CHECK(news() == Trace{"any:1 down(shutdown)"});
  const SteadyTime begin = host.clock.steady_now();
  stop(supervisor);

  CHECK(host.clock.steady_now() - begin == Duration(100));
  CHECK(news_in_any_order() == Trace{"any:2 down(shutdown)", "any:3 down(shutdown)"});
  CHECK(supervisor->exit_reason() == ExitReason::shutdown());
}

TEST_CASE_METHOD(DynamicChildren, "a child that ignores its start is not kept", "[su-006][su-007]") {
  const auto supervisor = start_dynamic(any(GENERATE(Restart::permanent, Restart::temporary)));
  scripts["any:1"].ignores = true;

  const auto started = supervisor->start_child(std::string());

  REQUIRE(started);
  CHECK(started->instance == 0);
  CHECK(counts_of(*supervisor) == ChildCounts{1, 0, 0, 0});
  start_many(*supervisor, 1);
  stop(supervisor);
  CHECK(supervisor->exit_reason() == ExitReason::shutdown());
}

TEST_CASE_METHOD(DynamicChildren, "a child that ignores its restart is dropped", "[n7-011]") {
  const auto supervisor = start_dynamic(any());
  start_many(*supervisor, 1);
  scripts["any:1"].ignores = true;

  crash("any:1");

  CHECK(children_of(*supervisor).empty());
  CHECK_FALSE(supervisor->has_ended());
}

TEST_CASE_METHOD(DynamicChildren, "a start that fails gives the bare error and nothing is kept", "[su-012]") {
  const auto supervisor = start_dynamic(any());
  scripts["any:1"].failing_starts = 1;

  const auto started = supervisor->start_child(std::string());

  CHECK(code_of(started) == "init_failed");
  CHECK(started.error().text == "cannot");
  CHECK(children_of(*supervisor).empty());
}

TEST_CASE_METHOD(DynamicChildren, "the specification is found by its own id and by those of the children",
                 "[su-014]") {
  const auto supervisor = start_dynamic(any());
  start_many(*supervisor, 1);

  for (const char* id : {"any", "any:1"}) {
    const auto spec = supervisor->get_childspec(id);
    REQUIRE(spec);
    CHECK(spec->id == "any");
    CHECK(spec->restart == Restart::permanent);
    CHECK(spec->shutdown == Duration(5000));
    CHECK(spec->type == ChildType::worker);
  }
  CHECK(code_of(supervisor->get_childspec("any:2")) == "not_found");
}

// ---- Restarting -----------------------------------------------------------------------------------

TEST_CASE_METHOD(DynamicChildren, "children restart one by one with their argument and share the intensity",
                 "[su-035]") {
  const auto supervisor = start_dynamic(any(), 1);
  start_one(*supervisor, "x");
  start_one(*supervisor, "y");
  news();

  crash("any:1");
  CHECK(news() == Trace{"any:1 down(crashed)", "any:1 gets x", "any:1 up"});
  CHECK(children_of(*supervisor) == "any:2:up any:1:up");
  CHECK(supervisor->which_children()->back().instance == 2);
  crash("any:2");

  CHECK(supervisor->exit_reason() == ExitReason::shutdown());
  CHECK(host.registry.all().empty());
}

TEST_CASE_METHOD(DynamicChildren, "what a start says beside the process does not hinder its restart",
                 "[su-037][differs]") {
  ChildSpec spec = any();
  spec.start_dynamic = [this](const DynamicChild& child) -> Result<StartedChild> {
    auto started = start_worker(child.id);
    started->info = "extra";
    return started;
  };
  const auto supervisor = start_dynamic(spec);

  CHECK(supervisor->start_child(std::string())->info == "extra");
  crash("any:1");

  CHECK(children_of(*supervisor) == "any:1:up");
}

TEST_CASE_METHOD(DynamicChildren, "a child that cannot restart takes the supervisor down", "[su-038]") {
  const auto supervisor = start_dynamic(any(), 4);
  start_many(*supervisor, 2);
  scripts["any:1"].failing_starts = 100;

  crash("any:1");

  CHECK(supervisor->exit_reason() == ExitReason::shutdown());
  CHECK(host.log.count("start_error") == 4);
  CHECK_FALSE(is_up("any:2"));
}

TEST_CASE_METHOD(DynamicChildren, "children stuck in their restart count as workers and are not active",
                 "[su-071][su-078]") {
  const auto supervisor = start_dynamic(any(), 1'000'000);
  start_many(*supervisor, 2);
  scripts["any:1"].failing_starts = 1'000'000;
  worker("any:1")->leave(ExitReason::error("crashed"));
  while (children_of(*supervisor) != "any:2:up any:1:restarting") {
    host.scheduler.run_one();
  }

  CHECK(counts_of(*supervisor) == ChildCounts{1, 1, 0, 2});
  CHECK(supervisor->terminate_child("any:1"));
  CHECK(children_of(*supervisor) == "any:2:up");
}

TEST_CASE_METHOD(DynamicChildren, "children that end for good are dropped", "[su-035]") {
  const auto supervisor = start_dynamic(any(Restart::transient));
  start_many(*supervisor, 2);

  leave("any:1", ExitReason::normal());
  crash("any:2");

  CHECK(children_of(*supervisor) == "any:2:up");
}

TEST_CASE_METHOD(DynamicChildren, "the argument of a temporary child is not kept while it runs",
                 "[su-039][su-073][differs]") {
  // A restartable child needs its argument; nobody can see a string's memory, but what its start captured.
  const Restart restart = GENERATE(Restart::permanent, Restart::temporary);
  auto large = std::make_shared<int>(1);
  const std::weak_ptr<int> is_kept = large;
  ChildSpec spec = any(restart);
  spec.start_dynamic = [this, large](const DynamicChild& child) {
    return start_worker(child.id);
  };
  const auto supervisor = start_dynamic(spec);
  spec.start_dynamic = nullptr;
  large = nullptr;
  const auto owners = is_kept.use_count();

  start_many(*supervisor, 10);

  CHECK(is_kept.use_count() == owners + (restart == Restart::temporary ? 0 : 10));
}

// ---- Counting -------------------------------------------------------------------------------------

TEST_CASE_METHOD(DynamicChildren, "thousands of temporary children are counted, and none after their end",
                 "[su-069][su-070]") {
  ChildSpec spec = any(Restart::temporary);
  spec.type = GENERATE(ChildType::worker, ChildType::supervisor);
  const auto all = [&spec](std::size_t count) {
    return spec.type == ChildType::worker ? ChildCounts{1, count, 0, count} : ChildCounts{1, count, count, 0};
  };
  const auto supervisor = start_dynamic(spec);
  CHECK(counts_of(*supervisor) == all(0));
  start_many(*supervisor, 1000);
  CHECK(counts_of(*supervisor) == all(1000));
  start_many(*supervisor, 1000);
  CHECK(counts_of(*supervisor) == all(2000));

  for (int i = 1; i <= 2000; ++i) {
    worker("any:" + std::to_string(i))->abandon();
  }
  host.scheduler.run_all();

  CHECK(counts_of(*supervisor) == all(0));
  CHECK_FALSE(supervisor->has_ended());
}

// ---- Stopping -------------------------------------------------------------------------------------

TEST_CASE_METHOD(DynamicChildren, "children are stopped all at once, with one deadline",
                 "[su-018][su-036][su-088][su-g11][differs]") {
  const auto supervisor = start_dynamic(any_with(Duration(1000)));
  for (const int i : {1, 2, 3}) {
    scripts["any:" + std::to_string(i)].slow = Duration(i * 100);
  }
  for (const int i : {4, 5}) {
    scripts["any:" + std::to_string(i)].is_deaf = true;
  }
  start_many(*supervisor, 5);
  const SteadyTime begin = host.clock.steady_now();
  news();

  SECTION("those that end in time are all that is waited for") {
    REQUIRE(supervisor->terminate_child("any:4"));  // alone, it takes its full time
    REQUIRE(supervisor->terminate_child("any:5"));
    CHECK(host.clock.steady_now() - begin == Duration(2000));
    const SteadyTime then = host.clock.steady_now();
    stop(supervisor);
    CHECK(host.clock.steady_now() - then == Duration(300));
  }
  SECTION("late ones are abandoned together") {
    stop(supervisor);
    CHECK(host.clock.steady_now() - begin == Duration(1000));
    CHECK(supervisor->exit_reason() == ExitReason::shutdown());
    const auto reported = host.log.all("shutdown_error");
    REQUIRE(reported.size() == 1);  // one for each reason
    CHECK(reported[0].fields.at("nb_children") == "2");
    CHECK(reported[0].fields.at("reason") == "killed");
    CHECK(reported[0].fields.at("child") == "any");
  }
  CHECK(host.registry.all().empty());
}

TEST_CASE_METHOD(DynamicChildren, "ten brutal_kill children are not asked to end and not waited for",
                 "[su-020][differs]") {
  const auto supervisor = start_dynamic(any_with(brutal_kill));
  scripts["any:1"].is_deaf = true;
  start_many(*supervisor, 10);
  const SteadyTime begin = host.clock.steady_now();
  news();

  stop(supervisor);

  CHECK(host.clock.steady_now() == begin);
  CHECK(host.registry.all().empty());
  CHECK(std::ranges::count_if(news(), [](const auto& line) { return line.ends_with("given up"); }) == 10);
  CHECK(host.log.count("shutdown_error") == 0);
}

TEST_CASE_METHOD(DynamicChildren, "children that end in another way while the supervisor stops are tolerated",
                 "[su-022]") {
  const Restart restart = GENERATE(Restart::permanent, Restart::transient, Restart::temporary);
  const auto supervisor = start_dynamic(any(restart), 1000);
  start_many(*supervisor, 10);
  std::vector<std::shared_ptr<Worker>> workers;
  for (int i = 1; i <= 10; ++i) {
    workers.push_back(worker("any:" + std::to_string(i)));
  }
  for (std::size_t i = 0; i < workers.size(); ++i) {
    workers[i]->leave(i % 2 == 0 ? ExitReason::error("crashed") : ExitReason::normal());
  }

  stop(supervisor);

  CHECK(supervisor->exit_reason() == ExitReason::shutdown());
  CHECK(host.registry.all().empty());
}
