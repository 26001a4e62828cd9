// SPDX-License-Identifier: Apache-2.0
// supervisor: what a child costs does not depend on how many there are. These measure processor time, which
// other programs hardly disturb, and leave it much room: what they would find is a cost that grows.
#include "tests/support/supervised_workers.hpp"

#include <ctime>

using namespace baton;
using namespace baton::test;

namespace {

/// A worker that says nothing and has no name to look up.
class SilentWorker final : public Process {
 public:
  explicit SilentWorker(Runtime& runtime) : Process(runtime, "silent", {}) {}

  void leave() {
    post([this] { end(ExitReason::normal()); });
  }

 private:
  void handle_messages(std::span<const Message> /*messages*/) override {}

  void handle_stop(ExitReason reason) override { end(reason); }
};

double seconds_of(const std::function<void()>& what) {
  const std::clock_t begin = std::clock();
  what();
  return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

/// Starts and stops `count` children of one supervisor.
double cost_of_starting_and_stopping(int count) {
  ManualHost host;
  std::vector<ChildSpec> specs;
  for (int i = 0; i < count; ++i) {
    ChildSpec spec;
    spec.id = std::to_string(i);
    spec.start = [&host] {
      return StartedChild(std::make_shared<SilentWorker>(host.runtime));
    };
    specs.push_back(std::move(spec));
  }
  return seconds_of([&] {
    const auto supervisor = Supervisor::start(host.runtime, "sup", {}, std::move(specs));
    REQUIRE(supervisor);
    REQUIRE((*supervisor)->stop(ExitReason::shutdown(), infinity));
  });
}

/// Ends `count` temporary children of a simple_one_for_one supervisor, one by one.
double cost_of_ending(int count) {
  ManualHost host;
  std::vector<std::shared_ptr<SilentWorker>> workers;
  ChildSpec spec;
  spec.id = "any";
  spec.restart = Restart::temporary;
  spec.start_dynamic = [&](const DynamicChild&) {
    workers.push_back(std::make_shared<SilentWorker>(host.runtime));
    return StartedChild(workers.back());
  };
  SupervisorOptions options;
  options.strategy = Strategy::simple_one_for_one;
  const auto supervisor = *Supervisor::start(host.runtime, "sup", options, {spec});
  for (int i = 0; i < count; ++i) {
    REQUIRE(supervisor->start_child(std::string()));
  }
  const double seconds = seconds_of([&] {
    for (const auto& worker : workers) {
      worker->leave();
      host.scheduler.run_all();
    }
  });
  CHECK(supervisor->count_children()->active == 0);
  return seconds;
}

}  // namespace

TEST_CASE("the cost of starting and stopping children is linear", "[su-086]") {
  const double cost_of_1000 = cost_of_starting_and_stopping(1000);
  CHECK(cost_of_starting_and_stopping(100'000) < 10 * 100 * cost_of_1000);
}

TEST_CASE("ending ten times as many dynamic children costs less than fifty times as much", "[su-075]") {
  const double cost_of_1000 = cost_of_ending(1000);
  CHECK(cost_of_ending(10'000) < 50 * cost_of_1000);
}
