// SPDX-License-Identifier: Apache-2.0
// What is told of a swap, step by step, and the canary that goes before it.
#include "host/behaviour/canary.hpp"
#include "host/behaviour/event_manager.hpp"
#include "tests/support/manual_host.hpp"
#include "tests/support/scripted_handler.hpp"

#include <catch2/catch.hpp>

using namespace baton;
using namespace baton::test;

namespace {

struct StepsTest {
  ManualHost host;
  HandlerScript old_script;
  HandlerScript new_script;
  std::shared_ptr<EventManager> manager = host.manager();
  std::shared_ptr<SwapRecord> record = std::make_shared<SwapRecord>(host.clock);

  StepsTest() {
    new_script.version = "2";
    REQUIRE(manager->add_handler({"a", old_script.factory(), {}}));
  }

  void notify(const std::string& type, const std::string& data = {}) {
    const Message event = host.message(type, data);
    REQUIRE(manager->sync_notify({&event, 1}));
  }

  Result<SwapReport> swap(SwapMode mode = SwapMode::safe) {
    SwapRequest request{"a", {"a", new_script.factory(), {}}, mode, "", ""};
    request.record = record;
    return manager->swap_handler(std::move(request));
  }

  /// "state: version 1, 1 bytes"; a step that failed has a `!` in front.
  std::vector<std::string> lines() const {
    std::vector<std::string> lines;
    for (const SwapStep& step : record->steps()) {
      lines.push_back((step.is_ok ? "" : "!") + step.name + ": " + step.text);
    }
    return lines;
  }

  Result<CanaryReport> canary(std::size_t events = 100) {
    auto material = manager->canary_material("a", events);
    REQUIRE(material);
    return run_canary(*new_script.factory(), {"a", "log", 0, {}, {}}, std::move(*material), host.runtime);
  }
};

}  // namespace

TEST_CASE_METHOD(StepsTest, "a swap notes its steps in the order in which they are done", "[swap]") {
  notify("msg", "1");

  REQUIRE(swap());

  CHECK(lines() == std::vector<std::string>{"state: version 1, 1 bytes", "create: #2 beside #1",
                                            "cut over: after event 1; #1 is no longer called",
                                            "old: #1 terminated (swapped) and destroyed"});
  CHECK(record->failed_step().empty());
}

TEST_CASE_METHOD(StepsTest, "a destructive swap ends the old one before the new one is made", "[swap]") {
  REQUIRE(swap(SwapMode::destructive));

  CHECK(lines() == std::vector<std::string>{"state: version 1, 1 bytes",
                                            "old: #1 terminated (swapped) and destroyed",
                                            "create: #2 in its place"});
}

TEST_CASE_METHOD(StepsTest, "a swap that fails has noted the step, and nothing after it", "[swap]") {
  std::string step;
  SECTION("the state is refused") {
    new_script.state_reads = {2};
    step = "state";
  }
  SECTION("the new one throws in create") {
    new_script.create_throws = true;
    step = "create";
  }

  REQUIRE_FALSE(swap());

  CHECK(record->failed_step() == step);
  CHECK(record->steps().back().name == step);
  notify("msg", "1");
  CHECK(old_script.trace == Trace{"a msg 1"});  // nothing was terminated
}

TEST_CASE_METHOD(StepsTest, "each step took the time that passed in it", "[swap]") {
  StepTimer step(record.get());
  host.clock.advance_to(host.clock.steady_now() + std::chrono::microseconds(30));
  step.done("one", "");
  host.clock.advance_to(host.clock.steady_now() + std::chrono::microseconds(5));
  step.failed("two", "");

  const auto steps = record->steps();

  CHECK(steps[0].took.count() == 30);
  CHECK(steps[1].took.count() == 5);
}

TEST_CASE_METHOD(StepsTest, "the old code outlives the manager's part of a swap that is recorded", "[swap]") {
  std::weak_ptr<const void> code;
  {
    const auto factory = old_script.factory();
    code = factory;
    SwapRequest request{"a", {"a", factory, {}}, SwapMode::safe, "", ""};
    REQUIRE(manager->swap_handler(std::move(request)));
  }
  REQUIRE(swap());

  CHECK_FALSE(code.expired());
  (void)record->take_code();
  CHECK(code.expired());
}

TEST_CASE_METHOD(StepsTest, "a canary is given the last events beside the state, and then ended",
                 "[swap][canary]") {
  REQUIRE(canary(2));  // from here on two are kept
  notify("msg", "1");
  notify("msg", "2");
  notify("msg", "3");
  new_script.trace.clear();

  const auto report = canary(2);

  REQUIRE(report);
  CHECK(report->events == 2);
  CHECK(new_script.trace == Trace{"a takes over state 3", "a msg 2", "a msg 3",
                                  "a terminate stop the canary has done its work", "a destroyed"});
}

TEST_CASE_METHOD(StepsTest,
                 "a canary that throws says at which event, and the handler has seen nothing of it",
                 "[swap][canary]") {
  REQUIRE(canary());
  notify("msg", "1");
  notify("throw", "b");  // the handler `a` takes it for somebody else's
  old_script.trace.clear();
  auto material = manager->canary_material("a", 100);
  REQUIRE(material);

  const auto report =
      run_canary(*new_script.factory(), {"b", "log", 0, {}, {}}, std::move(*material), host.runtime);

  REQUIRE_FALSE(report);
  CHECK(report.error().code == Errc::crashed);
  CHECK(report.error().text == "the canary failed at event 2, number 2 of 2: thrown");
  CHECK(old_script.trace.empty());
}

TEST_CASE_METHOD(StepsTest, "a canary that cannot be made is told like a failed create", "[swap][canary]") {
  new_script.create_throws = true;
  CHECK(code_of(canary()) == "init_failed");
  new_script.create_throws = false;
  new_script.state_reads = {7};
  CHECK(code_of(canary()) == "state_refused");
}

TEST_CASE_METHOD(StepsTest, "a canary reaches nobody", "[swap][canary]") {
  std::vector<std::string> answers;
  new_script.on_run = [&](Services& services) {
    const Message event = host.message("msg");
    answers.push_back(code_of(services.notify("log", event)));
    answers.push_back(code_of(services.cast("queue", event)));
    answers.push_back(code_of(services.call("log/a", event, Duration(1))));
    REQUIRE(services.start_timer(Duration(1), event));
  };
  old_script.on_run = [](Services&) {
  };
  REQUIRE(canary());
  notify("run");

  REQUIRE(canary());

  CHECK(answers == std::vector<std::string>{"not_found", "not_found", "not_found"});
  const std::size_t lines = new_script.trace.size();
  host.scheduler.advance(Duration(10));
  CHECK(new_script.trace.size() == lines);
}

TEST_CASE_METHOD(StepsTest, "no event is kept until a canary is wanted", "[swap][canary]") {
  notify("msg", "1");

  CHECK(manager->canary_material("a", 5)->events.empty());
  notify("msg", "2");

  CHECK(manager->canary_material("a", 5)->events.size() == 1);
  CHECK(code_of(manager->canary_material("nobody", 5)) == "not_found");
}

TEST_CASE_METHOD(StepsTest, "a swap that had to wait for its turn says so, so that its steps add up",
                 "[swap]") {
  old_script.on_run = [this](Services& /*services*/) {
    host.clock.advance_to(host.clock.steady_now() + std::chrono::seconds(2));
  };
  const Message run = host.message("run");
  REQUIRE(manager->notify({&run, 1}));

  REQUIRE(swap());

  REQUIRE(lines().size() == 5);
  CHECK(lines().front() == "wait: for its turn, behind what had been sent before");
  CHECK(record->steps().front().took == std::chrono::seconds(2));
}
