// SPDX-License-Identifier: Apache-2.0
#include "host/runtime/timer_thread.hpp"

#include <catch2/catch.hpp>

#include <future>
#include <vector>

using namespace baton;

TEST_CASE("timers fire in the order they fall due, not in the order they were started", "[timer_thread]") {
  const SystemClock clock;
  TimerThread timers(clock);
  std::promise<void> done;
  std::vector<int> fired;  // the timer thread's only, until done

  timers.start(Duration(30), [&] {
    fired.push_back(2);
    done.set_value();
  });
  timers.start(Duration(1), [&] { fired.push_back(1); });
  done.get_future().wait();

  CHECK(fired == std::vector<int>{1, 2});
}

TEST_CASE("a cancelled timer does not fire, and can be cancelled once", "[timer_thread]") {
  const SystemClock clock;
  TimerThread timers(clock);
  std::promise<void> done;
  bool fired = false;

  const TimerId timer = timers.start(Duration(10), [&] { fired = true; });
  CHECK(timers.cancel(timer));
  CHECK_FALSE(timers.cancel(timer));
  timers.start(Duration(20), [&] { done.set_value(); });
  done.get_future().wait();

  CHECK_FALSE(fired);
}

TEST_CASE("timers that have not fired are dropped with their owner", "[timer_thread]") {
  const SystemClock clock;
  auto owned = std::make_shared<int>(1);
  const std::weak_ptr<int> released = owned;
  {
    TimerThread timers(clock);
    timers.start(Duration(3'600'000), [owned = std::move(owned)] {});
  }
  CHECK(released.expired());
}
