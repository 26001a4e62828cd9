// SPDX-License-Identifier: Apache-2.0
// What becomes of a change when whoever asked for it waits no longer, and what ends the waiting.
#include "host/runtime/patience.hpp"

#include "tests/support/manual_host.hpp"

#include <catch2/catch.hpp>

using namespace baton;
using namespace baton::test;

namespace {

/// A process that can be asked for a change, and answers it when the test says so.
class ChangingProcess final : public Process {
 public:
  using Process::ask;
  using Process::Process;
  using Process::resume;
  using Process::suspend;

  /// `owned` goes with the question. `waits`: it is begun, and answered by answer().
  Result<int> change(Duration timeout, std::shared_ptr<int> owned, bool waits = false) {
    return ask_change<int>(
        timeout,
        [this, owned = std::move(owned), waits](From<int> from) {
          ++begun;
          if (waits) {
            open.emplace(std::move(from));
          } else {
            from.reply(begun);
          }
        },
        [this](const Result<int>& answer) { late.push_back(answer ? *answer : -1); });
  }

  int begun = 0;
  std::vector<int> late;
  std::optional<From<int>> open;  // goes first: unanswered, it is late, too

 private:
  void handle_messages(std::span<const Message> /*messages*/) override {}

  void handle_stop(ExitReason reason) override { end(reason); }
};

struct PatienceTest : ManualHost {
  std::shared_ptr<ChangingProcess> process =
      std::make_shared<ChangingProcess>(runtime, "log", ProcessOptions{});
  std::shared_ptr<int> owned = std::make_shared<int>();

  PatienceTest() { REQUIRE(registry.add(process)); }

  /// It takes no turn for anything but system tasks.
  void stop_taking_turns() { process->suspend(); }

  void take_turns() {
    process->resume();
    process->exit(ExitReason::normal());  // wakes it, behind all that waits
    scheduler.run_all();
  }
};

}  // namespace

TEST_CASE_METHOD(PatienceTest, "a change that is given up before it is begun never happens", "[patience]") {
  stop_taking_turns();
  const SteadyTime before = clock.steady_now();

  const auto changed = process->change(Duration(1000), owned);

  CHECK(code_of(changed) == "timed_out");
  CHECK(changed.error().text.find("will not") != std::string::npos);
  CHECK(clock.steady_now() - before == Duration(1000));
  CHECK(owned.use_count() == 1);  // what it owned is let go of, though its place in the mailbox is not
  take_turns();
  CHECK(process->begun == 0);
}

TEST_CASE_METHOD(PatienceTest, "who waits for a change learns that the process ended before it began with it",
                 "[patience]") {
  stop_taking_turns();
  scheduler.start(Duration(10), [this] { process->exit(ExitReason::normal()); });

  CHECK(code_of(process->change(infinity, owned)) == "process_ended");
  CHECK(owned.use_count() == 1);
}

TEST_CASE_METHOD(PatienceTest, "a change that has been begun goes on, and is heard of", "[patience]") {
  const auto changed = process->change(Duration(1000), owned, true);

  CHECK(code_of(changed) == "timed_out");
  CHECK(changed.error().text.find("has begun with it, and goes on") != std::string::npos);
  REQUIRE(process->open);
  process->open->reply(7);
  CHECK(process->late == std::vector{7});
}

TEST_CASE_METHOD(PatienceTest, "the time given bounds waits that have no limit of their own", "[patience]") {
  stop_taking_turns();
  const SteadyTime before = clock.steady_now();
  Patience::Limits limits;
  limits.until = before + Duration(2000);
  const Patience patience(clock, nullptr, limits);

  CHECK(code_of(process->change(infinity, owned)) == "timed_out");
  CHECK(code_of(process->ask<int>(infinity, [](From<int> from) { from.reply(1); })) == "timed_out");
  CHECK(code_of(process->wait_until_ended(infinity)) == "timed_out");
  CHECK(clock.steady_now() - before == Duration(2000));
}

TEST_CASE_METHOD(PatienceTest, "without a time given, a change may take longer than it may wait to be begun",
                 "[patience]") {
  const Patience patience(clock, nullptr, Patience::Limits{});
  const SteadyTime before = clock.steady_now();
  SECTION("it is not begun") {
    stop_taking_turns();
    CHECK(code_of(process->change(infinity, owned)) == "timed_out");
    CHECK(clock.steady_now() - before == Patience::Limits{}.begin);
  }
  SECTION("it is begun") {
    scheduler.start(std::chrono::minutes(5), [this] { process->open->reply(7); });
    CHECK(process->change(infinity, owned, true) == 7);
  }
  SECTION("it is begun, and never done") {
    CHECK(code_of(process->change(infinity, owned, true)) == "timed_out");
    CHECK(clock.steady_now() - before == Patience::Limits{}.begin + Patience::Limits{}.answer);
  }
}

TEST_CASE_METHOD(PatienceTest, "who asked may leave: only what has not begun is called off", "[patience]") {
  CallOff call_off;
  const Patience patience(clock, &call_off, std::nullopt);
  scheduler.start(Duration(10), [&] { call_off.call_off(CallOff::Why::asker_left); });
  scheduler.start(Duration(20), [this] {
    if (process->open) {
      process->open->reply(7);
    }
  });
  SECTION("not begun") {
    stop_taking_turns();
    const SteadyTime before = clock.steady_now();
    CHECK(process->change(infinity, owned).error().text.find("who asked has left") == 0);
    CHECK(clock.steady_now() - before == Duration(10));
    take_turns();
    CHECK(process->begun == 0);
  }
  SECTION("begun") {
    CHECK(process->change(infinity, owned, true) == 7);
  }
}

TEST_CASE_METHOD(PatienceTest, "the end of the host calls everything off", "[patience]") {
  CallOff call_off;
  const Patience patience(clock, &call_off, std::nullopt);
  const Patience renewed = Patience::renewed(Patience::Limits{});
  scheduler.start(Duration(10), [&] { call_off.call_off(CallOff::Why::host_ends); });

  CHECK(code_of(process->change(infinity, owned, true)) == "shutting_down");
  CHECK(code_of(process->wait_until_ended(infinity)) == "shutting_down");
  CHECK(code_of(process->change(infinity, owned, true)) == "shutting_down");  // at once, by now
}

TEST_CASE_METHOD(PatienceTest, "what must be done all the same has a new patience", "[patience]") {
  CallOff call_off;
  call_off.call_off(CallOff::Why::asker_left);
  Patience::Limits limits;
  limits.until = clock.steady_now();
  const Patience patience(clock, &call_off, limits);
  stop_taking_turns();
  CHECK(code_of(process->change(infinity, owned)) == "timed_out");

  const Patience renewed = Patience::renewed(Patience::Limits{});
  const SteadyTime before = clock.steady_now();
  CHECK(code_of(process->change(infinity, owned)) == "timed_out");
  CHECK(clock.steady_now() - before == Patience::Limits{}.begin);
}

TEST_CASE_METHOD(PatienceTest, "a callback that the thread runs has its own patience", "[patience]") {
  Patience::Limits limits;
  limits.until = clock.steady_now();
  const Patience patience(clock, nullptr, limits);
  const Patience* of_the_callback = &patience;

  process->post([&] { of_the_callback = Patience::current(); });
  scheduler.run_all();

  CHECK(of_the_callback == nullptr);
  CHECK(Patience::current() == &patience);
}
