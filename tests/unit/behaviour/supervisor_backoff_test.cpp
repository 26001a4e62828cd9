// SPDX-License-Identifier: Apache-2.0
// Waiting before a restart, which OTP has not.
#include "tests/support/supervised_workers.hpp"

using namespace baton;
using namespace baton::test;

namespace {

using Trace = std::vector<std::string>;

struct SupervisorBackoff : SupervisedWorkers {
  std::shared_ptr<Supervisor> start_with(const Backoff& backoff, std::vector<ChildSpec> children,
                                         Strategy strategy = Strategy::one_for_one) {
    SupervisorOptions options = options_of(strategy, 100);
    options.backoff = backoff;
    return start(options, std::move(children));
  }
};

std::vector<Duration::rep> delays_of(const Backoff& backoff, std::uint64_t count) {
  BackoffDelays delays(backoff);
  std::vector<Duration::rep> result;
  for (std::uint64_t failures = 0; failures < count; ++failures) {
    result.push_back(delays.next(backoff, failures).count());
  }
  return result;
}

}  // namespace

TEST_CASE("a back-off grows by its factor up to its maximum", "[supervisor]") {
  using Delays = std::vector<Duration::rep>;
  CHECK(delays_of({Duration(100), Duration(1000)}, 6) == Delays{100, 200, 400, 800, 1000, 1000});
  CHECK(delays_of({Duration(100), Duration(1000), 1}, 3) == Delays{100, 100, 100});
  CHECK(delays_of({Duration(7), Duration(7), 10}, 3) == Delays{7, 7, 7});
  CHECK(delays_of({Duration(1), infinity, 4'000'000'000}, 4).back() == infinity.count());
  CHECK(delays_of({Duration(1), infinity}, 1'000'000).back() == infinity.count());
}

TEST_CASE("jitter only shortens, by at most its share, and follows its seed", "[supervisor]") {
  Backoff backoff{Duration(1000), Duration(1000), 2, 25, 7};
  const auto delays = delays_of(backoff, 1000);
  CHECK(*std::ranges::min_element(delays) >= 750);
  CHECK(*std::ranges::min_element(delays) < 760);
  CHECK(*std::ranges::max_element(delays) <= 1000);
  CHECK(*std::ranges::max_element(delays) > 990);
  CHECK(delays_of(backoff, 1000) == delays);
  backoff.seed = 8;
  CHECK(delays_of(backoff, 1000) != delays);
}

TEST_CASE_METHOD(SupervisorBackoff, "a child is started again when its time has come, and not before",
                 "[supervisor]") {
  const auto supervisor = start_with({Duration(100), Duration(1000)}, {child("a"), child("b")});
  scripts["a"].failing_starts = 1;
  news();

  crash("a");
  host.scheduler.advance(Duration(99));
  CHECK(news() == Trace{"a down(crashed)"});
  CHECK(children_of(*supervisor) == "b:up a:restarting");
  host.scheduler.advance(Duration(1));
  CHECK(news() == Trace{"a failed"});
  CHECK(children_of(*supervisor) == "b:up a:restarting");
  host.scheduler.advance(Duration(199));
  CHECK(news().empty());
  host.scheduler.advance(Duration(1));

  CHECK(news() == Trace{"a up"});
  CHECK(supervisor->which_children()->back().restarts == 2);
}

TEST_CASE_METHOD(SupervisorBackoff, "a child that ran for the maximum begins at the initial wait again",
                 "[supervisor]") {
  const auto supervisor = start_with({Duration(100), Duration(1000)}, {child("a")});
  const auto waits = [&](Duration wait) {
    crash("a");
    host.scheduler.advance(wait - Duration(1));
    const bool is_waiting = !is_up("a");
    host.scheduler.advance(Duration(1));
    return is_waiting && is_up("a");
  };
  CHECK(waits(Duration(100)));
  CHECK(waits(Duration(200)));
  host.scheduler.advance(Duration(999));
  CHECK(waits(Duration(400)));
  host.scheduler.advance(Duration(1000));
  CHECK(waits(Duration(100)));
}

TEST_CASE_METHOD(SupervisorBackoff, "a waiting child is restarting for every request", "[supervisor]") {
  const auto supervisor = start_with({Duration(100), Duration(1000)}, {child("a")});
  crash("a");

  CHECK(code_of(supervisor->start_child(child("a"))) == "already_present");
  CHECK(code_of(supervisor->restart_child("a")) == "restarting");
  CHECK(code_of(supervisor->delete_child("a")) == "restarting");
  CHECK(supervisor->terminate_child("a"));
  CHECK(children_of(*supervisor) == "a:stopped");
  host.scheduler.advance(Duration(5000));
  CHECK(children_of(*supervisor) == "a:stopped");
}

TEST_CASE_METHOD(SupervisorBackoff, "a supervisor with a waiting child can be stopped at once",
                 "[supervisor]") {
  const auto supervisor = start_with({Duration(100'000), Duration(100'000)}, {child("a"), child("b")});
  crash("a");
  const SteadyTime begin = host.clock.steady_now();

  stop(supervisor);

  CHECK(host.clock.steady_now() == begin);
  CHECK_FALSE(is_up("b"));
  host.scheduler.advance(Duration(200'000));
  CHECK(host.registry.all().empty());
}

TEST_CASE_METHOD(SupervisorBackoff, "an old wait does not end a new one", "[supervisor]") {
  const auto supervisor = start_with({Duration(100), Duration(1000)}, {child("a")});
  crash("a");  // would start it at 100
  host.scheduler.advance(Duration(50));
  REQUIRE(supervisor->terminate_child("a"));
  REQUIRE(supervisor->restart_child("a"));
  crash("a");  // starts it at 250

  host.scheduler.advance(Duration(199));
  CHECK_FALSE(is_up("a"));
  host.scheduler.advance(Duration(1));
  CHECK(is_up("a"));
}

TEST_CASE_METHOD(SupervisorBackoff, "a group is stopped at once and starts together after the wait",
                 "[supervisor]") {
  const auto supervisor = start_with({Duration(100), Duration(1000)}, {child("a"), child("b"), child("c")},
                                     Strategy::one_for_all);
  news();

  crash("b");
  CHECK(news() == Trace{"b down(crashed)", "c down(shutdown)", "a down(shutdown)"});
  CHECK(children_of(*supervisor) == "c:stopped b:restarting a:stopped");
  CHECK(supervisor->restart_child("a"));  // somebody cannot wait
  host.scheduler.advance(Duration(100));

  CHECK(news() == Trace{"a up", "b up", "c up"});
}

TEST_CASE_METHOD(SupervisorBackoff, "waits do not excuse more restarts than allowed", "[supervisor]") {
  SupervisorOptions options = options_of(Strategy::one_for_one, 2);
  options.backoff = Backoff{Duration(10), Duration(10)};
  const auto supervisor = start(options, {child("a")});
  scripts["a"].failing_starts = 100;

  crash("a");
  host.scheduler.advance(Duration(1000));

  CHECK(supervisor->has_ended());
  CHECK(host.log.count("start_error") == 2);
}
