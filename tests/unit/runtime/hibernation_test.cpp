// SPDX-License-Identifier: Apache-2.0
#include "tests/support/manual_host.hpp"

#include <catch2/catch.hpp>

using namespace baton;
using namespace baton::test;

namespace {

/// Hibernates when a message says so.
class SleepyProcess final : public Process {
 public:
  using Process::Process;
  using Process::send;

 private:
  void handle_messages(std::span<const Message> messages) override {
    if (view(messages.back().type) == "hibernate") {
      hibernate();
    }
  }

  void handle_stop(ExitReason reason) override { end(reason); }
};

struct HibernationTest {
  ManualHost host;
  const std::string much = std::string(100'000, 'x');

  std::shared_ptr<SleepyProcess> start(Duration hibernate_after = {}) {
    ProcessOptions options;
    options.batch_max = 1;
    options.hibernate_after = hibernate_after;
    auto process = std::make_shared<SleepyProcess>(host.runtime, "sleepy", options);
    REQUIRE(host.registry.add(process));
    return process;
  }

  void tell(SleepyProcess& process, const std::vector<std::string>& types) {
    std::vector<Message> messages;
    messages.reserve(types.size());
    for (const std::string& type : types) {
      messages.push_back(host.message(type, much));
    }
    REQUIRE(process.send(messages));
    host.scheduler.run_all();
  }
};

}  // namespace

TEST_CASE_METHOD(HibernationTest, "a process that hibernates gives its buffers back until the next message",
                 "[process][otp]") {
  const auto process = start();
  tell(*process, {"work"});
  CHECK(process->mailbox_counters().buffer_bytes >= much.size());

  tell(*process, {"hibernate"});

  CHECK(process->is_hibernating());
  CHECK(process->mailbox_counters().buffer_bytes == 0);
  tell(*process, {"work"});
  CHECK_FALSE(process->is_hibernating());
}

TEST_CASE_METHOD(HibernationTest, "a process does not hibernate while something waits", "[process][otp]") {
  const auto process = start();

  tell(*process, {"hibernate", "work"});

  CHECK_FALSE(process->is_hibernating());
}

TEST_CASE_METHOD(HibernationTest, "a process hibernates after it was idle for the time given, each time",
                 "[process][otp]") {
  const auto process = start(Duration(100));

  tell(*process, {"work"});
  host.scheduler.advance(Duration(60));
  tell(*process, {"work"});
  host.scheduler.advance(Duration(99));
  CHECK_FALSE(process->is_hibernating());
  host.scheduler.advance(Duration(1));
  CHECK(process->is_hibernating());

  process->post([] {});
  host.scheduler.run_all();
  CHECK_FALSE(process->is_hibernating());
  host.scheduler.advance(Duration(100));
  CHECK(process->is_hibernating());
}

TEST_CASE_METHOD(HibernationTest, "without hibernate_after a process never hibernates by itself",
                 "[process]") {
  const auto process = start();
  tell(*process, {"work"});

  host.scheduler.advance(std::chrono::hours(24));

  CHECK_FALSE(process->is_hibernating());
}

TEST_CASE_METHOD(HibernationTest, "what comes just before the time is over starts it anew", "[process]") {
  const auto process = start(Duration(100));
  tell(*process, {"work"});
  host.scheduler.advance(Duration(99));
  const Message late = host.message("work");
  // It waits in front of the look for idleness, in the same turn.
  host.scheduler.start(Duration(1), [&] { REQUIRE(process->send({&late, 1})); });

  host.scheduler.advance(Duration(1));

  CHECK_FALSE(process->is_hibernating());
  host.scheduler.advance(Duration(100));
  CHECK(process->is_hibernating());
}

TEST_CASE_METHOD(HibernationTest, "a process that was busy when the time passed was not idle", "[process]") {
  const auto process = start(Duration(100));
  tell(*process, {"work"});
  // The timer fires while this runs; the look for idleness follows in the same turn.
  process->post([&] { host.scheduler.advance(Duration(100)); });
  host.scheduler.run_all();

  CHECK_FALSE(process->is_hibernating());
  host.scheduler.advance(Duration(100));
  CHECK(process->is_hibernating());
}
