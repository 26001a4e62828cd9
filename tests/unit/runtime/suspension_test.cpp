// SPDX-License-Identifier: Apache-2.0
#include "host/runtime/process.hpp"
#include "tests/support/manual_host.hpp"

#include <catch2/catch.hpp>

using namespace baton;
using namespace baton::test;

namespace {

using Notes = std::vector<std::string>;

/// A process that notes what it handles, and counts the turns that it got.
class NotingProcess final : public Process {
 public:
  using Process::ask;
  using Process::ask_system;
  using Process::post_system;
  using Process::Process;
  using Process::resume;
  using Process::send;
  using Process::suspend;

  Notes notes;

  Task note(const std::string& what) {
    return [this, what] {
      notes.push_back(what);
    };
  }

  Task suspending() {
    return [this] {
      notes.emplace_back("suspend");
      suspend();
    };
  }

  Task resuming() {
    return [this] {
      notes.emplace_back("resume");
      resume();
    };
  }

 private:
  void handle_messages(std::span<const Message> messages) override {
    for (const Message& message : messages) {
      notes.emplace_back(view(message.data));
    }
  }

  void handle_stop(ExitReason reason) override {
    notes.push_back("stop");
    end(reason);
  }
};

struct SuspensionTest {
  ManualHost host;
  std::shared_ptr<NotingProcess> process = start("noting", {});

  std::shared_ptr<NotingProcess> start(const std::string& name, ProcessOptions options) {
    auto started = std::make_shared<NotingProcess>(host.runtime, name, options);
    REQUIRE(host.registry.add(started));
    return started;
  }

  Result<std::size_t> send(const std::string& data) {
    const Message message = host.message("m", data);
    return process->send({&message, 1});
  }

  void run() { host.scheduler.run_all(); }
};

}  // namespace

TEST_CASE_METHOD(SuspensionTest, "while a process runs, a system task keeps its place", "[suspension][otp]") {
  REQUIRE(send("1"));
  process->post(process->note("task"));
  process->post_system(process->note("system"));
  REQUIRE(send("2"));
  run();

  CHECK(process->notes == Notes{"1", "task", "system", "2"});
}

TEST_CASE_METHOD(SuspensionTest,
                 "a suspended process runs system tasks only, and the rest after resume, in order",
                 "[suspension][otp]") {
  process->post_system(process->suspending());
  run();
  REQUIRE(process->is_suspended());
  REQUIRE(send("1"));
  process->post(process->note("task"));
  REQUIRE(send("2"));
  process->post_system(process->note("system"));
  run();
  CHECK(process->notes == Notes{"suspend", "system"});

  process->post_system(process->resuming());
  REQUIRE(send("3"));
  run();
  CHECK(process->notes == Notes{"suspend", "system", "resume", "1", "task", "2", "3"});
}

TEST_CASE_METHOD(SuspensionTest, "what was drained before the suspension waits too, but for its system tasks",
                 "[suspension][otp]") {
  // All of it is drained at once.
  REQUIRE(send("1"));
  process->post_system(process->suspending());
  REQUIRE(send("2"));
  process->post(process->note("task"));
  process->post_system(process->note("system a"));
  REQUIRE(send("3"));
  process->post_system(process->note("system b"));
  run();
  CHECK(process->notes == Notes{"1", "suspend", "system a", "system b"});
  REQUIRE(send("4"));

  process->post_system(process->resuming());
  run();
  CHECK(process->notes == Notes{"1", "suspend", "system a", "system b", "resume", "2", "task", "3", "4"});
}

TEST_CASE_METHOD(SuspensionTest, "a system task behind a resume has its place again", "[suspension]") {
  SECTION("when it comes while the process is suspended") {
    process->post_system(process->suspending());
    run();
    REQUIRE(send("1"));
    process->post_system(process->resuming());
    REQUIRE(send("2"));
    process->post_system(process->note("system"));
    REQUIRE(send("3"));
    run();
  }
  SECTION("when it was drained with the rest") {
    process->post_system(process->suspending());
    REQUIRE(send("1"));
    process->post_system(process->resuming());
    REQUIRE(send("2"));
    process->post_system(process->note("system"));
    REQUIRE(send("3"));
    run();
  }
  CHECK(process->notes == Notes{"suspend", "resume", "1", "2", "system", "3"});
}

TEST_CASE_METHOD(SuspensionTest, "a process may be suspended again before it has handled what waits",
                 "[suspension]") {
  process->post_system(process->suspending());
  REQUIRE(send("1"));
  process->post_system(process->resuming());
  process->post_system(process->suspending());
  REQUIRE(send("2"));
  run();
  CHECK(process->notes == Notes{"suspend", "resume", "1", "suspend"});

  process->post_system(process->resuming());
  run();
  CHECK(process->notes == Notes{"suspend", "resume", "1", "suspend", "resume", "2"});
}

TEST_CASE_METHOD(SuspensionTest, "a suspended process can be stopped, and handles nothing that waits",
                 "[suspension][otp]") {
  process->post_system(process->suspending());
  run();
  REQUIRE(send("1"));
  bool is_destroyed_uncalled = false;
  process->post([guard = std::shared_ptr<void>(nullptr, [&](void*) { is_destroyed_uncalled = true; })] {});

  REQUIRE(process->stop(ExitReason::shutdown(), infinity));

  CHECK(process->notes == Notes{"suspend", "stop"});
  CHECK(is_destroyed_uncalled);
  CHECK(code_of(send("2")) == "process_ended");
}

TEST_CASE_METHOD(SuspensionTest, "a question to a suspended process times out, a system question does not",
                 "[suspension][otp]") {
  process->post_system(process->suspending());

  CHECK(code_of(process->ask<int>(Duration(50), [](From<int> from) { from.reply(1); })) == "timed_out");
  CHECK(process->ask_system<int>(Duration(50), [](From<int> from) { from.reply(2); }) == 2);
}

TEST_CASE_METHOD(SuspensionTest, "a suspended process takes messages up to its mailbox's limits",
                 "[suspension]") {
  ProcessOptions options;
  options.mailbox.capacity = 2;
  options.mailbox.overflow = Overflow::reject;
  process = start("small", options);
  process->post_system(process->suspending());
  run();

  CHECK(send("1"));
  CHECK(send("2"));
  CHECK(code_of(send("3")) == "overloaded");
  CHECK(process->mailbox_counters().waiting == 2);

  process->post_system(process->resuming());
  run();
  CHECK(process->notes == Notes{"suspend", "resume", "1", "2"});
  CHECK(process->mailbox_counters().waiting == 0);
}

TEST_CASE_METHOD(SuspensionTest,
                 "a suspended process with a full mailbox gets no turn until a system task comes",
                 "[suspension]") {
  process->post_system(process->suspending());
  run();

  REQUIRE(send("1"));
  CHECK_FALSE(host.scheduler.run_one());  // the message made nobody runnable

  process->post_system(process->note("system"));
  CHECK(host.scheduler.run_one());
  CHECK_FALSE(host.scheduler.run_one());
  CHECK(process->notes == Notes{"suspend", "system"});
}

TEST_CASE_METHOD(SuspensionTest,
                 "messages that were dropped while suspended do not move the tasks between them",
                 "[suspension]") {
  ProcessOptions options;
  options.mailbox.capacity = 2;
  options.mailbox.overflow = Overflow::drop_oldest;
  process = start("small", options);
  process->post_system(process->suspending());
  run();
  REQUIRE(send("1"));
  REQUIRE(send("2"));
  process->post(process->note("task"));
  process->post_system(process->note("system"));
  REQUIRE(send("3"));  // drops 1
  run();
  process->post_system(process->resuming());
  run();

  CHECK(process->notes == Notes{"suspend", "system", "resume", "2", "task", "3"});
}
