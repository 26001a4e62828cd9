// SPDX-License-Identifier: Apache-2.0
#include "host/runtime/mailbox.hpp"

#include "tests/support/manual_scheduler.hpp"

#include <catch2/catch.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

using namespace baton;

namespace {

struct MailboxTest {
  /// Borrows `data`: literals, or what outlives the message.
  static Message message(std::string_view data) {
    Message message{};
    message.type = to_str("msg");
    message.data = to_bytes(data);
    return message;
  }

  /// Pushes one message; how many were accepted.
  static std::size_t push(Mailbox& mailbox, const std::string& data) {
    const Message one = message(data);
    return mailbox.push({&one, 1}, 5).accepted;
  }

  static std::vector<std::string> texts(std::span<const Message> messages) {
    std::vector<std::string> data;
    for (const Message& message : messages) {
      data.emplace_back(view(message.data));
    }
    return data;
  }

  static std::vector<std::string> drain(Mailbox& mailbox) {
    Inbox inbox;
    std::vector<std::string> data;
    if (!mailbox.drain(inbox)) {
      return data;
    }
    for (;;) {
      const auto messages = texts(inbox.next_messages(1000));
      data.insert(data.end(), messages.begin(), messages.end());
      if (messages.empty() && inbox.next_task() == nullptr) {
        return data;
      }
    }
  }

  static MailboxLimits limits(std::size_t capacity, Overflow overflow) { return {capacity, 1000, overflow}; }
};

}  // namespace

TEST_CASE_METHOD(MailboxTest, "messages come out in the order they went in, numbered and stamped",
                 "[mailbox]") {
  Mailbox mailbox({});
  push(mailbox, "a");
  push(mailbox, "b");

  Inbox inbox;
  REQUIRE(mailbox.drain(inbox));

  const auto messages = inbox.next_messages(10);
  REQUIRE(messages.size() == 2);
  CHECK(view(messages[0].data) == "a");
  CHECK(view(messages[0].type) == "msg");
  CHECK(messages[0].seq == 1);
  CHECK(messages[1].seq == 2);
  CHECK(messages[1].time_us == 5);
  CHECK(inbox.next_messages(10).empty());
  CHECK_FALSE(mailbox.drain(*std::make_unique<Inbox>()));
}

TEST_CASE_METHOD(MailboxTest, "what waits is counted with its bytes, until it is taken out", "[mailbox]") {
  Mailbox mailbox(limits(2, Overflow::drop_oldest));
  CHECK(mailbox.counters().waiting_bytes == 0);
  push(mailbox, "12345");
  const std::uint64_t one = mailbox.counters().waiting_bytes;
  CHECK(one >= 5);
  push(mailbox, "12345");
  push(mailbox, "12345");  // drives out the first
  CHECK(mailbox.counters().waiting_bytes == 2 * one);
  (void)drain(mailbox);
  CHECK(mailbox.counters().waiting_bytes == 0);
}

TEST_CASE_METHOD(MailboxTest, "a message's attributes and long data survive the mailbox's growing",
                 "[mailbox]") {
  Mailbox mailbox({});
  const baton_attributes attributes{sizeof(baton_attributes), to_str("id-1"), to_str("/src"),
                                    to_str("00-trace")};
  Message with = message("first");
  with.attributes = &attributes;
  (void)mailbox.push({&with, 1}, 0);
  push(mailbox, std::string(100'000, 'x'));

  Inbox inbox;
  REQUIRE(mailbox.drain(inbox));

  const auto messages = inbox.next_messages(10);
  const baton_attributes* kept = messages[0].attributes;
  REQUIRE(kept != nullptr);
  CHECK(view(kept->id) == "id-1");
  CHECK(view(kept->source) == "/src");
  CHECK(view(kept->traceparent) == "00-trace");
  CHECK(view(messages[0].data) == "first");
  CHECK(view(messages[1].data).size() == 100'000);
}

TEST_CASE_METHOD(MailboxTest, "a task keeps its place between the messages", "[mailbox]") {
  Mailbox mailbox({});
  push(mailbox, "a");
  Task task([] {});
  REQUIRE(mailbox.push(task));
  push(mailbox, "b");

  Inbox inbox;
  REQUIRE(mailbox.drain(inbox));

  CHECK(inbox.next_task() == nullptr);
  CHECK(texts(inbox.next_messages(10)) == std::vector<std::string>{"a"});
  CHECK(inbox.next_messages(10).empty());
  CHECK(inbox.next_task() != nullptr);
  CHECK(texts(inbox.next_messages(10)) == std::vector<std::string>{"b"});
  CHECK(inbox.next_task() == nullptr);
}

TEST_CASE_METHOD(MailboxTest, "a full mailbox takes what fits and leaves the rest to its sender",
                 "[mailbox]") {
  for (const Overflow overflow : {Overflow::block, Overflow::reject}) {
    Mailbox mailbox(limits(2, overflow));
    const std::vector<Message> three = {message("a"), message("b"), message("c")};

    const auto pushed = mailbox.push(three, 0);

    CHECK(pushed.taken == 2);
    CHECK(pushed.accepted == 2);
    CHECK(drain(mailbox) == std::vector<std::string>{"a", "b"});
  }
}

TEST_CASE_METHOD(MailboxTest, "drop_newest drops what comes and counts it", "[mailbox]") {
  Mailbox mailbox(limits(2, Overflow::drop_newest));
  push(mailbox, "a");
  push(mailbox, "b");

  CHECK(push(mailbox, "c") == 0);

  CHECK(mailbox.counters().dropped_newest == 1);
  CHECK(drain(mailbox) == std::vector<std::string>{"a", "b"});
}

TEST_CASE_METHOD(MailboxTest, "drop_oldest drops what has waited longest and counts it", "[mailbox]") {
  Mailbox mailbox(limits(2, Overflow::drop_oldest));
  for (const char* data : {"a", "b", "c", "d"}) {
    push(mailbox, data);
  }

  CHECK(mailbox.counters().dropped_oldest == 2);
  CHECK(drain(mailbox) == std::vector<std::string>{"c", "d"});
  push(mailbox, "e");
  CHECK(drain(mailbox) == std::vector<std::string>{"e"});
}

TEST_CASE_METHOD(MailboxTest, "a task keeps its place when messages before it are dropped", "[mailbox]") {
  Mailbox mailbox(limits(2, Overflow::drop_oldest));
  push(mailbox, "a");
  push(mailbox, "b");
  Task task([] {});
  REQUIRE(mailbox.push(task));
  push(mailbox, "c");

  Inbox inbox;
  REQUIRE(mailbox.drain(inbox));

  CHECK(texts(inbox.next_messages(10)) == std::vector<std::string>{"b"});
  CHECK(inbox.next_task() != nullptr);
  CHECK(texts(inbox.next_messages(10)) == std::vector<std::string>{"c"});
}

TEST_CASE_METHOD(MailboxTest, "a task keeps its place, however many are dropped around it", "[mailbox]") {
  Mailbox mailbox(limits(1, Overflow::drop_oldest));
  push(mailbox, "a");
  Task task = [] {
  };
  REQUIRE(mailbox.push(task));
  for (int i = 0; i < 1000; ++i) {
    push(mailbox, std::to_string(i));
  }

  Inbox inbox;
  REQUIRE(mailbox.drain(inbox));

  CHECK(inbox.next_messages(10).empty());
  CHECK(inbox.next_task() != nullptr);
  const auto last = inbox.next_messages(10);
  REQUIRE(texts(last) == std::vector<std::string>{"999"});
  CHECK(last[0].seq == 1001);
  CHECK(inbox.next_task() == nullptr);
}

TEST_CASE_METHOD(MailboxTest, "a message that somebody waits for is never dropped silently", "[mailbox]") {
  const Message waited_for = message("waited for");
  Mailbox::Escort escort;
  escort.make_after = [](std::size_t) {
    return Task([] {});
  };

  SECTION("drop_newest tells its sender") {
    Mailbox mailbox(limits(1, Overflow::drop_newest));
    push(mailbox, "a");
    CHECK(mailbox.push({&waited_for, 1}, 0, &escort).taken == 0);
  }
  SECTION("drop_oldest passes over it") {
    Mailbox mailbox(limits(2, Overflow::drop_oldest));
    (void)mailbox.push({&waited_for, 1}, 0, &escort);
    push(mailbox, "a");
    push(mailbox, "b");
    CHECK(drain(mailbox) == std::vector<std::string>{"waited for", "b"});
  }
}

TEST_CASE_METHOD(MailboxTest, "bytes are bounded too, but one message always fits into an empty mailbox",
                 "[mailbox]") {
  Mailbox mailbox(limits(100, Overflow::reject));

  CHECK(push(mailbox, std::string(5000, 'x')) == 1);
  CHECK(push(mailbox, "y") == 0);
  (void)drain(mailbox);
  CHECK(push(mailbox, std::string(600, 'x')) == 1);
  CHECK(push(mailbox, std::string(600, 'x')) == 0);
}

TEST_CASE_METHOD(MailboxTest, "a task is admitted however full the mailbox is", "[mailbox]") {
  Mailbox mailbox(limits(1, Overflow::reject));
  push(mailbox, "a");

  Task task([] {});

  CHECK(mailbox.push(task));
}

TEST_CASE_METHOD(MailboxTest, "a closed mailbox takes nothing and has dropped what waited", "[mailbox]") {
  Mailbox mailbox({});
  auto owned = std::make_shared<int>(1);
  const std::weak_ptr<int> released = owned;
  Task waiting([owned = std::move(owned)] {});
  (void)mailbox.push(waiting);

  mailbox.close();

  CHECK(released.expired());
  CHECK(push(mailbox, "a") == 0);
  Task late([] {});
  CHECK_FALSE(mailbox.push(late));
  CHECK(drain(mailbox).empty());
}

TEST_CASE_METHOD(MailboxTest, "waiting for room ends at its deadline", "[mailbox]") {
  test::ManualClock clock;
  test::ManualScheduler scheduler(clock);
  Mailbox mailbox(limits(1, Overflow::block));
  push(mailbox, "a");

  CHECK_FALSE(mailbox.wait_for_room(1, scheduler, clock.steady_now() + Duration(10)));
  (void)drain(mailbox);
  CHECK(mailbox.wait_for_room(1, scheduler, clock.steady_now() + Duration(10)));
}

TEST_CASE_METHOD(MailboxTest, "new limits hold for what comes, and what waits stays", "[mailbox]") {
  Mailbox mailbox({3, 1000, Overflow::reject});
  REQUIRE(push(mailbox, "a") == 1);
  REQUIRE(push(mailbox, "b") == 1);

  mailbox.set_limits({1, 1000, Overflow::reject});
  CHECK(push(mailbox, "c") == 0);
  mailbox.set_limits({4, 1000, Overflow::drop_newest});
  CHECK(push(mailbox, "d") == 1);

  CHECK(drain(mailbox) == std::vector<std::string>{"a", "b", "d"});
  CHECK(mailbox.limits().capacity == 4);
}

TEST_CASE_METHOD(MailboxTest, "a sender that waits for room gets it from new limits", "[mailbox]") {
  test::ManualClock clock;
  test::ManualScheduler scheduler(clock);
  Mailbox mailbox({1, 1000, Overflow::block});
  REQUIRE(push(mailbox, "a") == 1);
  CHECK_FALSE(mailbox.wait_for_room(1, scheduler, clock.steady_now()));

  mailbox.set_limits({2, 1000, Overflow::block});

  CHECK(mailbox.wait_for_room(1, scheduler, clock.steady_now()));
}
