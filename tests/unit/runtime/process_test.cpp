// SPDX-License-Identifier: Apache-2.0
#include "host/runtime/process.hpp"

#include "tests/support/manual_host.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace baton;
using namespace baton::test;

namespace {

/// A process that notes the sizes of its batches and lets tests ask it something.
class NotingProcess final : public Process {
 public:
  using Process::ask;
  using Process::end;
  using Process::hold;
  using Process::Process;
  using Process::send;
  using Process::start_held;
  using Process::suspend;
  using Process::visit;

  std::vector<std::string> notes;

 private:
  void handle_messages(std::span<const Message> messages) override {
    for (const Message& message : messages) {
      notes.emplace_back(view(message.data));
    }
    notes.push_back("|");
  }

  void handle_stop(ExitReason reason) override { end(reason); }
};

std::shared_ptr<NotingProcess> start(ManualHost& host, ProcessOptions options = {}) {
  auto process = std::make_shared<NotingProcess>(host.runtime, "noting", options);
  REQUIRE(host.registry.add(process));
  return process;
}

using Notes = std::vector<std::string>;

}  // namespace

TEST_CASE("messages are handled in batches of at most batch_max", "[process]") {
  ManualHost host;
  ProcessOptions options;
  options.batch_max = 2;
  const auto process = start(host, options);

  const std::vector<Message> three = {host.message("m", "1"), host.message("m", "2"), host.message("m", "3")};
  CHECK(process->send(three) == 3U);
  host.scheduler.run_all();

  CHECK(process->notes == Notes{"1", "2", "|", "3", "|"});
}

TEST_CASE("a task that is held runs when the process is woken, before what is sent by who finds its name",
          "[process]") {
  ManualHost host;
  const auto process = std::make_shared<NotingProcess>(host.runtime, "noting", ProcessOptions{});
  process->hold([&process] { process->notes.emplace_back("made"); });
  REQUIRE(host.registry.add(process));
  host.scheduler.run_all();
  CHECK(process->notes.empty());

  SECTION("by its starter") {
    process->start_held();
  }
  SECTION("by somebody who came first") {
    process->post([&process] { process->notes.emplace_back("called"); });
    process->start_held();
  }
  host.scheduler.run_all();

  REQUIRE_FALSE(process->notes.empty());
  CHECK(process->notes.front() == "made");
  CHECK(std::count(process->notes.begin(), process->notes.end(), "made") == 1);
}

TEST_CASE("a task runs behind what was sent before it and before what is sent after it", "[process]") {
  ManualHost host;
  const auto process = start(host);
  const std::vector<Message> messages = {host.message("m", "1"), host.message("m", "2")};

  REQUIRE(process->send({messages.data(), 1}));
  process->post([&] { process->notes.push_back("task"); });
  REQUIRE(process->send({messages.data() + 1, 1}));
  host.scheduler.run_all();

  CHECK(process->notes == Notes{"1", "|", "task", "2", "|"});
}

TEST_CASE("a question is answered in order and its answer comes back", "[process]") {
  ManualHost host;
  const auto process = start(host);

  const auto answer = process->ask<int>(default_call_timeout, [](From<int> from) { from.reply(42); });

  CHECK(answer == 42);
}

TEST_CASE("a process cannot wait for itself", "[process][otp]") {
  ManualHost host;
  const auto process = start(host);

  const auto answer = process->ask<std::string>(infinity, [&](From<std::string> from) {
    from.reply(code_of(process->ask<int>(infinity, [](From<int> inner) { inner.reply(1); })));
  });

  CHECK(answer == "calling_self");
}

TEST_CASE("a question that nobody answers times out, and the late answer is dropped", "[process][otp]") {
  ManualHost host;
  const auto process = start(host);
  std::optional<From<int>> kept;

  const auto answer =
      process->ask<int>(Duration(5000), [&](From<int> from) { kept.emplace(std::move(from)); });

  CHECK(code_of(answer) == "timed_out");
  CHECK_FALSE(kept->reply(1));
}

TEST_CASE("a caller learns that the process ended instead of answering", "[process][otp]") {
  ManualHost host;
  const auto process = start(host);

  const auto answer =
      process->ask<int>(infinity, [&](const From<int>&) { process->end(ExitReason::error("died")); });

  CHECK(code_of(answer) == "process_ended");
  CHECK(code_of(process->ask<int>(infinity, [](From<int> from) { from.reply(1); })) == "process_ended");
}

TEST_CASE("an ended process has left its name and tells its monitors once", "[process][otp]") {
  ManualHost host;
  const auto process = start(host);
  std::vector<std::string> told;
  process->monitor([&](const ExitReason& reason) { told.push_back(to_string(reason)); });

  REQUIRE(process->stop(ExitReason::shutdown(), infinity));

  CHECK(told == std::vector<std::string>{"shutdown"});
  CHECK(host.registry.whereis("noting") == nullptr);
  process->monitor([&](const ExitReason& reason) { told.push_back("late " + to_string(reason)); });
  CHECK(told.back() == "late shutdown");
  CHECK(code_of(process->stop(ExitReason::normal(), infinity)) == "process_ended");
}

TEST_CASE("a stop that ends with another reason than the one asked for says so", "[process][otp]") {
  ManualHost host;
  const auto process = start(host);
  std::string expected;
  SECTION("an error") {
    process->post([&] { process->end(ExitReason::error("died")); });
    expected = "crashed";
  }
  SECTION("a quiet one") {
    process->post([&] { process->end(ExitReason::shutdown("moved")); });
    expected = "process_ended";
  }

  CHECK(code_of(process->stop(ExitReason::normal(), infinity)) == expected);
}

TEST_CASE("a negative timeout is refused and asks nothing", "[process][otp]") {
  ManualHost host;
  const auto process = start(host);

  CHECK(code_of(process->ask<int>(Duration(-1), [](From<int> from) { from.reply(1); })) == "bad_request");
  CHECK(code_of(process->stop(ExitReason::normal(), Duration(-1))) == "bad_request");

  host.scheduler.run_all();
  CHECK_FALSE(process->has_ended());
}

TEST_CASE("messages sent before a stop are handled, later ones dropped", "[process][otp]") {
  ManualHost host;
  const auto process = start(host);
  const Message message = host.message("m", "1");
  REQUIRE(process->send({&message, 1}));

  REQUIRE(process->stop(ExitReason::normal(), infinity));

  CHECK(process->notes == Notes{"1", "|"});
  CHECK(code_of(process->send({&message, 1})) == "process_ended");
}

TEST_CASE("a name is given once, and the next of that name has the next number", "[registry][otp]") {
  ManualHost host;
  const auto first = start(host);
  const auto second = std::make_shared<NotingProcess>(host.runtime, "noting", ProcessOptions{});

  const auto refused = host.registry.add(second);
  CHECK(code_of(refused) == "already_started");
  CHECK(refused.error().text == "`noting` is running already: noting#1");

  REQUIRE(first->stop(ExitReason::normal(), infinity));
  CHECK(host.registry.add(second));
  CHECK(second->instance() == 2);
}

TEST_CASE("a sender that may wait goes on when there is room", "[process]") {
  ManualHost host;
  ProcessOptions options;
  options.mailbox.capacity = 1;
  const auto process = start(host, options);
  const std::vector<Message> three = {host.message("m", "1"), host.message("m", "2"), host.message("m", "3")};

  CHECK(process->send(three) == 3U);
  host.scheduler.run_all();

  CHECK(process->notes == Notes{"1", "|", "2", "|", "3", "|"});
}

TEST_CASE("a sender waits for room as long for the last of many messages as for a single one", "[process]") {
  ManualHost host;
  ProcessOptions options;
  options.mailbox.capacity = 1;
  options.block_timeout = Duration(100);
  const auto process = start(host, options);
  process->post_system([&process] { process->suspend(); });
  host.scheduler.run_all();
  for (const int time : {1, 2, 3}) {  // room for one more, each time before one of them gives up
    host.scheduler.start(Duration(70 * time), [&, time] {
      options.mailbox.capacity = 1U + static_cast<unsigned>(time);
      process->set_options(options);
    });
  }
  const std::vector<Message> five(5, host.message("m", "x"));

  const auto sent = process->send(five);

  CHECK(code_of(sent) == "overloaded");
  CHECK(sent.error().accepted == 4);
}

TEST_CASE("a sender whose messages find no room is told how many are in", "[process]") {
  ManualHost host;
  ProcessOptions options;
  options.mailbox = {2, 1024, Overflow::reject};
  const auto process = start(host, options);
  const std::vector<Message> three = {host.message("m", "1"), host.message("m", "2"), host.message("m", "3")};

  const auto sent = process->send(three);
  host.scheduler.run_all();

  CHECK(code_of(sent) == "overloaded");
  CHECK(sent.error().accepted == 2);
  CHECK(process->notes == Notes{"1", "2", "|"});
}

TEST_CASE("a callback that fills its own mailbox is refused at once", "[process]") {
  ManualHost host;
  ProcessOptions options;
  options.mailbox.capacity = 1;
  const auto process = start(host, options);
  const std::vector<Message> two = {host.message("m", "1"), host.message("m", "2")};

  const auto code = process->ask<std::string>(
      infinity, [&](From<std::string> from) { from.reply(code_of(process->send(two))); });

  CHECK(code == "overloaded");
  CHECK(process->mailbox_counters().rejected == 1);
}

TEST_CASE("a monitor that is taken back is not told, and leaves nothing behind", "[process][otp]") {
  ManualHost host;
  const auto process = start(host);
  Notes told;
  const auto token = std::make_shared<int>();
  process->monitor([&told](const ExitReason&) { told.emplace_back("stays"); });
  const auto monitor =
      process->monitor([&told, token](const ExitReason&) { told.emplace_back("taken back"); });

  process->demonitor(monitor);
  CHECK(token.use_count() == 1);
  process->demonitor(monitor);
  REQUIRE(process->stop(ExitReason::normal(), infinity));

  CHECK(told == Notes{"stays"});
}

// ---- exit and abandon -----------------------------------------------------------------------------

namespace {

/// A process that does not end when it is told to.
class DeafProcess final : public Process {
 public:
  using Process::end;
  using Process::Process;

  int abandoned = 0;

 private:
  void handle_messages(std::span<const Message> /*messages*/) override {}

  void handle_stop(ExitReason /*reason*/) override {}

  void handle_abandoned() override { ++abandoned; }
};

std::shared_ptr<DeafProcess> start_deaf(ManualHost& host) {
  auto process = std::make_shared<DeafProcess>(host.runtime, "deaf", ProcessOptions());
  REQUIRE(host.registry.add(process));
  return process;
}

}  // namespace

TEST_CASE("exit asks a process to end and does not wait", "[process]") {
  ManualHost host;
  const auto process = start(host);

  CHECK(process->exit(ExitReason::shutdown()));
  CHECK_FALSE(process->exit_reason());
  CHECK(process->wait_until_ended(infinity));

  CHECK(process->exit_reason() == ExitReason::shutdown());
  CHECK_FALSE(process->exit(ExitReason::normal()));
}

TEST_CASE("a process that does not end is waited for until the time is over", "[process]") {
  ManualHost host;
  const auto process = start_deaf(host);
  CHECK(code_of(process->wait_until_ended(Duration(10))) == "timed_out");
  CHECK(code_of(process->stop(ExitReason::shutdown(), Duration(10))) == "timed_out");
  process->abandon();
}

TEST_CASE("an abandoned process has ended for everybody", "[process]") {
  ManualHost host;
  const auto process = start_deaf(host);
  std::vector<std::string> told;
  process->monitor([&](const ExitReason& reason) { told.push_back(to_string(reason)); });
  bool has_run = false;
  process->post([&] { has_run = true; });

  process->abandon();

  CHECK(told == std::vector<std::string>{"killed"});
  CHECK(process->exit_reason() == ExitReason::error("killed"));
  CHECK(host.registry.whereis("deaf") == nullptr);
  CHECK_FALSE(process->post([] {}));
  host.scheduler.run_all();
  CHECK_FALSE(has_run);
  CHECK(process->abandoned == 1);
  process->abandon();
  host.scheduler.run_all();
  CHECK(process->abandoned == 1);
  CHECK(told.size() == 1);
}

TEST_CASE("an idle process that is abandoned gets a last turn", "[process]") {
  ManualHost host;
  const auto process = start_deaf(host);
  host.scheduler.run_all();
  process->abandon();
  host.scheduler.run_all();
  CHECK(process->abandoned == 1);
}

TEST_CASE("what an abandoned process does at its end is without effect", "[process]") {
  ManualHost host;
  const auto process = start_deaf(host);
  bool is_second_run = false;
  process->post([&] {
    process->abandon();  // as another thread would, meanwhile
    process->end(ExitReason::normal());
  });
  process->post([&] { is_second_run = true; });

  host.scheduler.run_all();

  CHECK(process->exit_reason() == ExitReason::error("killed"));
  CHECK_FALSE(is_second_run);
  CHECK(process->abandoned == 1);
}

TEST_CASE("a process that ended by itself cannot be abandoned", "[process]") {
  ManualHost host;
  const auto process = start_deaf(host);
  process->post([&] { process->end(ExitReason::normal()); });
  host.scheduler.run_all();

  process->abandon();
  host.scheduler.run_all();

  CHECK(process->exit_reason() == ExitReason::normal());
  CHECK(process->abandoned == 0);
}
