// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/fiber_scheduler.hpp"

#include "host/runtime/atoms.hpp"
#include "host/runtime/process.hpp"
#include "host/runtime/registry.hpp"
#include "host/runtime/runtime.hpp"
#include "tests/support/recording_log.hpp"

#include <catch2/catch.hpp>

#include <stdexcept>
#include <string>
#include <vector>

using namespace baton;
using namespace baton::simulation;

namespace {

class Worker final : public Process {
 public:
  explicit Worker(Runtime& runtime) : Process(runtime, "worker", {}) {}

  Result<int> question(Duration timeout, std::function<void(From<int>)> question) {
    return ask<int>(timeout, std::move(question));
  }

 private:
  void handle_messages(std::span<const Message> /*messages*/) override {}

  void handle_stop(ExitReason reason) override { end(reason); }
};

struct FiberTest {
  Random random{1};
  test::ManualClock clock;
  test::RecordingLog log;
  FiberScheduler scheduler{clock, random};
  Registry registry;
  AtomTable atoms;
  Runtime runtime{clock, log, scheduler, scheduler, registry, atoms};
  std::vector<std::string> trace;

  std::shared_ptr<Worker> worker() { return std::make_shared<Worker>(runtime); }

  void run_all() {
    while (scheduler.run_one()) {
    }
  }
};

}  // namespace

TEST_CASE_METHOD(FiberTest, "a wait that began first may end first", "[fiber_scheduler]") {
  const auto first = worker();
  const auto second = worker();
  const auto callee = worker();
  std::vector<From<int>> open;
  const auto ask = [&](const char* name) {
    const auto answer = callee->question(infinity, [&](From<int> from) { open.push_back(std::move(from)); });
    trace.push_back(std::string(name) + " " + std::to_string(answer.value_or(-1)));
  };
  first->post([&] { ask("first"); });
  run_all();
  second->post([&] { ask("second"); });
  run_all();
  REQUIRE(scheduler.waiting() == 2);

  open[0].reply(1);
  run_all();
  CHECK(trace == std::vector<std::string>{"first 1"});
  open[1].reply(2);
  run_all();

  CHECK(trace == std::vector<std::string>{"first 1", "second 2"});
  CHECK(scheduler.waiting() == 0);
}

TEST_CASE_METHOD(FiberTest, "who waited is in its own callback again afterwards", "[fiber_scheduler]") {
  const auto caller = worker();
  const auto callee = worker();
  bool was_current = false;
  caller->post([&] {
    (void)callee->question(infinity, [&](From<int> from) { from.reply(caller->is_current() ? 1 : 0); });
    was_current = caller->is_current() && !callee->is_current();
  });
  run_all();
  CHECK(was_current);
  CHECK_FALSE(caller->is_current());
}

TEST_CASE_METHOD(FiberTest, "a wait ends at its deadline when time has passed, and not before",
                 "[fiber_scheduler]") {
  const auto caller = worker();
  const auto callee = worker();
  std::vector<From<int>> open;
  const SteadyTime begin = clock.steady_now();
  caller->post([&] {
    const auto answer =
        callee->question(Duration(7), [&](From<int> from) { open.push_back(std::move(from)); });
    trace.push_back(answer ? "answered" : std::string(errc_name(answer.error().code)));
  });
  run_all();
  CHECK(trace.empty());
  CHECK(scheduler.pass_time());
  run_all();

  CHECK(clock.steady_now() - begin == Duration(7));
  CHECK(trace == std::vector<std::string>{"timed_out"});
  CHECK_FALSE(scheduler.pass_time());
}

TEST_CASE_METHOD(FiberTest, "exceptions stay on their own stack", "[fiber_scheduler]") {
  const auto caller = worker();
  const auto callee = worker();
  caller->post([&] {
    try {
      (void)callee->question(infinity, [&](From<int> from) {
        try {
          throw std::runtime_error("inner");
        } catch (const std::exception& exception) {
          trace.emplace_back(exception.what());
        }
        from.reply(1);
      });
      throw std::runtime_error("outer");
    } catch (const std::exception& exception) {
      trace.emplace_back(exception.what());
    }
  });
  run_all();
  CHECK(trace == std::vector<std::string>{"inner", "outer"});
}

TEST_CASE_METHOD(FiberTest, "a timer fires when it is due, once, unless it was cancelled",
                 "[fiber_scheduler]") {
  (void)scheduler.start(Duration(5), [&] { trace.emplace_back("five"); });
  const TimerId cancelled = scheduler.start(Duration(3), [&] { trace.emplace_back("three"); });
  CHECK(scheduler.cancel(cancelled));
  CHECK_FALSE(scheduler.cancel(cancelled));
  run_all();
  CHECK(trace.empty());
  while (scheduler.pass_time()) {
    run_all();
  }
  CHECK(trace == std::vector<std::string>{"five"});
}
