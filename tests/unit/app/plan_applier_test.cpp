// SPDX-License-Identifier: Apache-2.0
#include "host/app/plan_applier.hpp"

#include "host/app/observed_shape.hpp"
#include "host/app/supervision_tree.hpp"
#include "host/config/config_reader.hpp"
#include "host/loader/library_store.hpp"
#include "tests/plugin/temporary_folder.hpp"
#include "tests/support/threaded_host.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <map>
#include <thread>

using namespace baton;
using namespace baton::test;

namespace {

using Lines = std::vector<std::string>;

/// A host that runs a config, and plans that lead to others.
struct ApplyTest {
  TemporaryFolder runtime_folder;
  TemporaryFolder plugins;
  ThreadedHost host;
  std::unique_ptr<LibraryStore> libraries = *LibraryStore::open(runtime_folder.path() / "run", host.log);
  Quarantine quarantine{host.clock, host.log};
  Catalog catalog{{plugins.path()}, host.log, *libraries, quarantine};
  Deployment deployment{host.runtime, catalog};
  std::shared_ptr<Supervisor> root;
  HostConfig running;

  ApplyTest() {
    plugins.install(PLUGIN_counter_v1, "counter.so");
    plugins.install(PLUGIN_create_fails, "create_fails.so");
    plugins.install(PLUGIN_hot_options, "hot_options.so");
  }

  ~ApplyTest() { (void)root->stop(ExitReason::shutdown(), infinity); }

  [[nodiscard]] HostConfig config(const std::string& yaml) const {
    ReadConfig read = parse_config(yaml, plugins.path() / "baton.yaml");
    REQUIRE(read.is_valid());
    return std::move(read.config);
  }

  void run(const std::string& yaml) {
    running = config(yaml);
    root = *Supervisor::start(host.runtime, "root", running.supervision,
                              root_children(running, host.runtime, deployment));
  }

  Plan plan(const HostConfig& to) {
    const auto now = observed_shape(host.runtime, running);
    const auto wanted = shape_of(to, offered_by(catalog));
    REQUIRE(now);
    REQUIRE(wanted);
    return make_plan(*now, *now, *wanted);
  }

  ApplyReport apply(const std::string& yaml) {
    const HostConfig to = config(yaml);
    ApplyReport report = PlanApplier({host.runtime, deployment}, running, to).apply(plan(to));
    if (report.result == ApplyResult::done) {
      running = to;
    }
    return report;
  }

  std::shared_ptr<EventManager> manager(const std::string& name = "log") {
    return std::dynamic_pointer_cast<EventManager>(host.registry.whereis(name));
  }

  /// "id#instance version" in the order of adding.
  Lines handlers(const std::string& name = "log") {
    Lines lines;
    const std::vector<HandlerInfo> newest_first = *manager(name)->which_handlers();
    for (auto info = newest_first.rbegin(); info != newest_first.rend(); ++info) {
      lines.push_back(info->id + "#" + std::to_string(info->instance) + " " + info->version);
    }
    return lines;
  }

  /// What a counter has counted.
  std::uint64_t count(const std::string& id, const std::string& name = "log") {
    const auto reply = manager(name)->call(id, host.message("count"));
    REQUIRE(reply);
    return std::stoull(reply->data.substr(reply->data.find(' ') + 1));
  }

  /// "<step> <count> <mode>" of a handler or server with hot options.
  std::string hot_says(const std::string& id) {
    const auto server = std::dynamic_pointer_cast<ServerProcess>(host.registry.whereis(id));
    const auto reply = server ? server->call(host.message("say")) : manager()->call(id, host.message("say"));
    REQUIRE(reply);
    return reply->data;
  }

  void notify(const std::string& name = "log") {
    const Message event = host.message("msg");
    REQUIRE(manager(name)->sync_notify({&event, 1}));
  }
};

Lines outcomes(const ApplyReport& report) {
  Lines lines;
  for (const StepReport& step : report.steps) {
    lines.push_back(std::string(plan_action_name(step.step.action)) + " " + step.step.target + " " +
                    std::string(step_outcome_name(step.outcome)));
  }
  return lines;
}

std::string counter(const std::string& id, const std::string& options = "{}") {
  return "{type: CounterHandler, id: " + id + ", options: " + options + "}";
}

/// A manager `log` with such handlers, and a server `queue`.
std::string hot(const std::vector<std::string>& options_of_each, const std::string& options_of_queue = "{}",
                const std::string& more_handlers = {}) {
  std::string handlers;
  char id = 'a';
  for (const std::string& options : options_of_each) {
    handlers += std::string(handlers.empty() ? "" : ", ") + "{type: HotHandler, id: " + id++ +
                ", options: " + options + "}";
  }
  return "managers: {log: {handlers: [" + handlers + more_handlers +
         "]}}\nservers: {queue: {type: HotServer, options: " + options_of_queue + "}}\n";
}

/// Sends to a manager for as long as it lives, from several threads.
class Load {
 public:
  explicit Load(ApplyTest& test) {
    for (int i = 0; i < 3; ++i) {
      threads_.emplace_back([this, &test, manager = test.manager()] {
        const Message event = test.host.message("msg");
        while (!is_enough_) {
          sent_ += manager->notify({&event, 1}).value_or(0);
        }
      });
    }
    while (sent_ < 100) {
      std::this_thread::yield();
    }
  }

  std::uint64_t stop() {
    is_enough_ = true;
    for (std::thread& thread : threads_) {
      thread.join();
    }
    threads_.clear();
    return sent_;
  }

 private:
  std::atomic<bool> is_enough_{false};
  std::atomic<std::uint64_t> sent_{0};
  std::vector<std::thread> threads_;
};

}  // namespace

TEST_CASE_METHOD(ApplyTest, "ten steps whose seventh fails: six are taken back, nobody missed anything",
                 "[apply]") {
  const auto log = [](const std::string& handlers) {
    return "managers: {log: {handlers: [" + handlers + "]}}\n";
  };
  run(log(counter("keep") + ", " + counter("a") + ", " + counter("b") + ", " + counter("c") + ", " +
          counter("x") + ", " + counter("y") + ", " + counter("kept")));
  Load load(*this);

  const ApplyReport report =
      apply(log(counter("keep") + ", " + counter("a", "{start: 1}") + ", " + counter("b", "{start: 2}") +
                ", " + counter("c", "{start: 3}") + ", " + counter("kept") + ", " + counter("d") + ", " +
                counter("e") + ", " + counter("f") + ", {type: FixtureHandler, id: bad}, " + counter("g")));
  const std::uint64_t sent = load.stop();
  notify();

  CHECK(outcomes(report) == Lines{"reconfigure log/a ok", "reconfigure log/b ok", "reconfigure log/c ok",
                                  "add log/d ok", "add log/e ok", "add log/f ok", "add log/bad failed",
                                  "add log/g skipped", "remove log/x skipped", "remove log/y skipped",
                                  "add log/f taken back", "add log/e taken back", "add log/d taken back",
                                  "reconfigure log/c taken back", "reconfigure log/b taken back",
                                  "reconfigure log/a taken back"});
  CHECK(report.result == ApplyResult::taken_back);
  CHECK(report.error == "log/bad: no disk");
  CHECK(handlers() == Lines{"keep#1 1.0.0", "a#3 1.0.0", "b#3 1.0.0", "c#3 1.0.0", "x#1 1.0.0", "y#1 1.0.0",
                            "kept#1 1.0.0"});
  for (const char* id : {"keep", "a", "b", "c", "x", "y", "kept"}) {
    CAPTURE(id);
    CHECK(count(id) == sent + 1);
  }
  CHECK(plan(running).is_empty());
}

TEST_CASE_METHOD(ApplyTest, "what a plan does not name keeps its instance and misses nothing", "[apply]") {
  run("managers: {log: {handlers: [" + counter("a") + ", " + counter("b") + ", " + counter("c") + "]}}\n");
  Load load(*this);

  const ApplyReport report = apply("managers: {log: {handlers: [" + counter("d") + ", " + counter("c") +
                                   ", " + counter("a", "{start: 7}") + "]}}\n");
  const std::uint64_t sent = load.stop();
  notify();

  CHECK(report.result == ApplyResult::done);
  CHECK(handlers() == Lines{"d#1 1.0.0", "c#1 1.0.0", "a#2 1.0.0"});
  CHECK(count("c") == sent + 1);
  CHECK(count("a") == sent + 1);
  CHECK(plan(running).is_empty());
}

TEST_CASE_METHOD(ApplyTest, "a record is changed with the config, and taken back with it",
                 "[apply][record]") {
  const auto limits = [this] {
    return manager()->recorded({.last = 0})->status.limits;
  };
  const std::string handler = "handlers: [" + counter("a") + "]";
  run("managers: {log: {" + handler + "}}\n");
  CHECK(limits() == RecordLimits{});

  CHECK(outcomes(apply("managers: {log: {record: 9, record_bytes: 1MiB, " + handler + "}}\n")) ==
        Lines{"adjust log ok"});
  CHECK(limits() == RecordLimits{9, 1U << 20U});

  const ApplyReport failed = apply("managers: {log: {record: 5, handlers: [" + counter("a") +
                                   ", {type: FixtureHandler, id: bad}]}}\n");
  CHECK(outcomes(failed) == Lines{"adjust log ok", "add log/bad failed", "adjust log taken back"});
  CHECK(limits() == RecordLimits{9, 1U << 20U});

  REQUIRE(manager()->record({77}));  // by hand
  CHECK(outcomes(apply("managers: {log: {capacity: 10, record: 9, record_bytes: 1MiB, " + handler +
                       "}}\n")) == Lines{"adjust log ok"});
  CHECK(limits().events == 77);
}

TEST_CASE_METHOD(ApplyTest,
                 "a swap to a version whose state the old one cannot read is taken back all the same",
                 "[apply]") {
  const std::string one = "managers: {log: {handlers: [" + counter("a") + "]}}\n";
  run(one);
  notify();
  notify();
  plugins.install(PLUGIN_counter_v2, "counter2.so");

  const ApplyReport report =
      apply("managers: {log: {handlers: [" + counter("a") + ", {type: FixtureHandler, id: bad}]}}\n");

  CHECK(outcomes(report) == Lines{"swap log/a ok", "add log/bad failed", "swap log/a taken back"});
  CHECK(report.result == ApplyResult::taken_back);
  CHECK(report.steps.back().text.ends_with("with the state of the swap: 0 events since are not in it"));
  CHECK(handlers() == Lines{"a#3 1.0.0"});
  CHECK(count("a") == 2);
}

TEST_CASE_METHOD(ApplyTest, "a swap to another type that is taken back finds its state again", "[apply]") {
  run("managers: {log: {handlers: [" + counter("a") + "]}}\n");
  notify();
  notify();

  const ApplyReport report =
      apply("managers: {log: {handlers: [{type: HotHandler, id: a}, {type: FixtureHandler, id: bad}]}}\n");

  CHECK(outcomes(report) == Lines{"swap log/a ok", "add log/bad failed", "swap log/a taken back"});
  CHECK(report.steps.front().step.what == "CounterHandler 1.0.0 -> HotHandler 1.0.0, its state is lost");
  CHECK(report.steps.front().text.find("its state (8 bytes) left behind") != std::string::npos);
  CHECK(handlers() == Lines{"a#3 1.0.0"});
  CHECK(count("a") == 2);
}

TEST_CASE_METHOD(ApplyTest, "a newer version in the directories is swapped in with the state", "[apply]") {
  const std::string one = "managers: {log: {handlers: [" + counter("a") + "]}}\n";
  run(one);
  notify();
  plugins.install(PLUGIN_counter_v2, "counter2.so");

  CHECK(outcomes(apply(one)) == Lines{"swap log/a ok"});
  CHECK(handlers() == Lines{"a#2 2.0.0"});
  CHECK(count("a") == 1);
}

TEST_CASE_METHOD(ApplyTest, "hot options change in the instance, which misses nothing", "[apply]") {
  run(hot({"{}", "{}"}));
  const std::uint64_t instance = manager()->instance();
  Load load(*this);

  const ApplyReport report = apply(hot({"{answer: hibernate}", "{}"}, "{step: 7}"));
  const std::uint64_t sent = load.stop();
  notify();

  CHECK(outcomes(report) == Lines{"reconfigure queue ok", "reconfigure log/a ok"});
  CHECK(report.steps[0].step.without_swap);
  CHECK(report.steps[1].text.starts_with("#1 goes on  pause "));
  CHECK(handlers() == Lines{"a#1 1.0.0", "b#1 1.0.0"});
  CHECK(manager()->instance() == instance);
  CHECK(hot_says("a") == "1 " + std::to_string(sent + 1) + " 0");
  CHECK(hot_says("b") == "1 " + std::to_string(sent + 1) + " 0");
  CHECK(hot_says("queue") == "7 0 0");
  CHECK(plan(running).is_empty());
}

TEST_CASE_METHOD(ApplyTest, "an option that is not hot makes a new instance, with those beside it",
                 "[apply]") {
  run(hot({"{}"}));

  CHECK(outcomes(apply(hot({"{step: 3, mode: 1}"}, "{step: 3, mode: 1}"))) ==
        Lines{"reconfigure queue ok", "reconfigure log/a ok"});

  CHECK(handlers() == Lines{"a#2 1.0.0"});
  CHECK(hot_says("a") == "3 0 1");
  CHECK(hot_says("queue") == "3 0 1");
}

TEST_CASE_METHOD(ApplyTest, "hot options that are refused leave everything as it was", "[apply]") {
  run(hot({"{}", "{}"}));

  const ApplyReport report = apply(hot({"{step: 3}", "{step: 3, answer: refuse}"}, "{step: 3}"));

  CHECK(outcomes(report) == Lines{"reconfigure queue ok", "reconfigure log/a ok", "reconfigure log/b failed",
                                  "reconfigure log/a taken back", "reconfigure queue taken back"});
  CHECK(report.result == ApplyResult::taken_back);
  CHECK(report.error == "log/b: it refuses these options and keeps those it has: not with me");
  CHECK(handlers() == Lines{"a#1 1.0.0", "b#1 1.0.0"});
  for (const char* target : {"a", "b", "queue"}) {
    CHECK(hot_says(target) == "1 0 0");
  }
  CHECK(plan(running).is_empty());
}

TEST_CASE_METHOD(ApplyTest, "hot options go back when a later step fails, if need be with a new instance",
                 "[apply]") {
  run(hot({"{}", "{answer: refuse}"}));  // `b` does not take those back that it was created with
  notify();

  const ApplyReport report =
      apply(hot({"{step: 3}", "{step: 3, answer: ok}"}, "{step: 3}", ", {type: FixtureHandler, id: bad}"));
  notify();

  CHECK(outcomes(report) == Lines{"reconfigure queue ok", "reconfigure log/a ok", "reconfigure log/b ok",
                                  "add log/bad failed", "reconfigure log/b taken back",
                                  "reconfigure log/a taken back", "reconfigure queue taken back"});
  CHECK(report.result == ApplyResult::taken_back);
  CHECK(handlers() == Lines{"a#1 1.0.0", "b#2 1.0.0"});
  CHECK(hot_says("a") == "1 2 0");
  CHECK(hot_says("b") == "1 2 0");
  CHECK(hot_says("queue") == "1 0 0");
  CHECK(plan(running).is_empty());
}

TEST_CASE_METHOD(ApplyTest, "who crashes over hot options is gone, and the plan is half taken back",
                 "[apply]") {
  run(hot({"{}", "{}"}));

  const ApplyReport report = apply(hot({"{step: 3}", "{answer: fail}"}));

  CHECK(outcomes(report) ==
        Lines{"reconfigure log/a ok", "reconfigure log/b failed", "reconfigure log/a taken back"});
  CHECK(report.result == ApplyResult::half_taken_back);
  CHECK(report.error == "log/b: handler `log/b` crashed and was removed: half way");
  CHECK(handlers() == Lines{"a#1 1.0.0"});
  CHECK(hot_says("a") == "1 0 0");
}

TEST_CASE_METHOD(ApplyTest, "whatever is made anew has the hot options that were applied last", "[apply]") {
  run(hot({"{}"}));
  REQUIRE(apply(hot({"{step: 3}"}, "{step: 4}")).result == ApplyResult::done);

  SECTION("a swap by hand") {
    const auto recipe = deployment.replacement("log/a", OfferKind::handler, {"HotHandler", {}, {}, {}});
    REQUIRE(recipe);
    REQUIRE(manager()->swap_handler({"a", *deployment.handler("a", *recipe), SwapMode::safe, {}, {}}));
    CHECK(handlers() == Lines{"a#2 1.0.0"});
  }
  SECTION("a restart") {
    for (const char* child : {"log", "queue"}) {
      REQUIRE(root->terminate_child(child));
      REQUIRE(root->restart_child(child));
    }
  }
  CHECK(hot_says("a") == "3 0 0");
  CHECK(hot_says("queue") == "4 0 0");
}

TEST_CASE_METHOD(ApplyTest, "processes start, end and move in the tree, the others go on", "[apply]") {
  run("managers: {log: {handlers: [" + counter("a") + "]}, old: {}}\n");
  const std::uint64_t instance = manager()->instance();

  const ApplyReport report = apply("managers: {log: {handlers: [" + counter("a") + "]}, new: {handlers: [" +
                                   counter("n") + "]}}\nsupervisors: {top: {children: [new]}}\n");

  CHECK(outcomes(report) == Lines{"start top ok", "remove old ok"});
  CHECK(manager()->instance() == instance);
  CHECK(handlers("new") == Lines{"n#1 1.0.0"});
  CHECK_FALSE(manager("old"));
  CHECK(plan(running).is_empty());
}

TEST_CASE_METHOD(ApplyTest, "a process that does not start with what it was given starts as it was",
                 "[apply]") {
  run("managers: {log: {handlers: [" + counter("a") + "]}}\n");

  const ApplyReport report = apply("managers: {log: {thread: own, handlers: [" + counter("a") +
                                   ", {type: FixtureHandler, id: bad}]}}\n");

  CHECK(outcomes(report) == Lines{"restart log failed"});
  CHECK(report.result == ApplyResult::taken_back);
  CHECK(handlers() == Lines{"a#3 1.0.0"});  // the second one went with the manager that did not start
  CHECK_FALSE(manager()->has_own_thread());
  CHECK(plan(running).is_empty());
}

TEST_CASE_METHOD(ApplyTest, "a mailbox gets other limits while its handlers go on, and the old ones back",
                 "[apply]") {
  run("managers: {log: {handlers: [" + counter("a") + "]}}\n");
  const std::string limits = "managers: {log: {capacity: 10, batch: 1, handlers: [" + counter("a");

  CHECK(apply(limits + ", {type: FixtureHandler, id: bad}]}}\n").result == ApplyResult::taken_back);
  CHECK(manager()->options().mailbox.capacity == 65536);
  CHECK(outcomes(apply(limits + "]}}\n")) == Lines{"adjust log ok"});

  CHECK(manager()->options().mailbox.capacity == 10);
  CHECK(manager()->options().batch_max == 1);
  CHECK(handlers() == Lines{"a#1 1.0.0"});
  CHECK(plan(running).is_empty());
}

TEST_CASE_METHOD(ApplyTest, "a manager that is started again has the handlers that were applied last",
                 "[apply]") {
  run("managers: {log: {handlers: [" + counter("a") + "]}}\n");
  REQUIRE(apply("managers: {log: {handlers: [" + counter("a", "{start: 5}") + ", " + counter("b") + "]}}\n")
              .result == ApplyResult::done);

  REQUIRE(root->terminate_child("log"));
  REQUIRE(root->restart_child("log"));

  CHECK(handlers() == Lines{"a#3 1.0.0", "b#2 1.0.0"});
  CHECK(count("a") == 5);
}

TEST_CASE_METHOD(ApplyTest, "a manager that was to change and was not is started again as it was",
                 "[apply]") {
  run("managers: {log: {handlers: [" + counter("a") + "]}}\n");
  REQUIRE(apply("supervision: {max_restarts: 9}\nmanagers: {log: {handlers: [" + counter("a", "{start: 5}") +
                ", {type: FixtureHandler, id: bad}]}}\n")
              .result == ApplyResult::taken_back);

  REQUIRE(root->terminate_child("log"));
  REQUIRE(root->restart_child("log"));

  CHECK(handlers() == Lines{"a#4 1.0.0"});
  CHECK(count("a") == 0);
}

TEST_CASE_METHOD(ApplyTest, "a suspended manager is not changed, and nobody waits for it", "[apply]") {
  run("managers: {log: {handlers: [" + counter("a") + "]}}\n");
  REQUIRE(manager()->sys().suspend());

  const ApplyReport report = apply("managers: {log: {handlers: [" + counter("b") + "]}}\n");

  CHECK(outcomes(report) == Lines{"add log/b failed", "remove log/a skipped"});
  CHECK(report.error == "log/b: `log` is suspended: `baton sys resume log` comes first");
  REQUIRE(manager()->sys().resume());
}

TEST_CASE_METHOD(ApplyTest,
                 "how the swaps of a server are tried and watched changes while it goes on, and back",
                 "[apply]") {
  plugins.install(PLUGIN_obedient_server, "server.so");
  run("servers: {s: {type: ObedientServer, canary: 5}}\n");
  const auto server = std::dynamic_pointer_cast<ServerProcess>(host.registry.whereis("s"));
  const auto recipe = [this] {
    return *deployment.recipe_of("s");
  };
  CHECK(server->spec()->recent_requests == 5);
  CHECK(recipe().canary == 5);
  const std::string changed =
      "servers: {s: {type: ObedientServer, batch: 7, canary: 9, watch: {window: 30s}}}\n";

  const ApplyReport failed =
      apply(changed + "managers: {log: {handlers: [{type: FixtureHandler, id: bad}]}}\n");
  CHECK(failed.result == ApplyResult::taken_back);
  CHECK(server->spec()->recent_requests == 5);
  CHECK(recipe().canary == 5);
  CHECK(outcomes(apply(changed)) == Lines{"adjust s ok"});

  CHECK(server->spec()->recent_requests == 9);
  CHECK(server->options().batch_max == 7);
  CHECK(recipe().canary == 9);
  CHECK(recipe().watch.window == std::chrono::seconds(30));
  CHECK(server->status()->instance == 1);
  CHECK(plan(running).is_empty());
}
