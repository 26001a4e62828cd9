// SPDX-License-Identifier: Apache-2.0
// Rules of event managers that are about threads: who waits for whom, and what ends while something begins.
#include "host/behaviour/event_manager.hpp"
#include "tests/support/scripted_handler.hpp"
#include "tests/support/threaded_host.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <future>
#include <thread>

using namespace baton;
using namespace baton::test;

namespace {

struct ThreadTest {
  ThreadedHost host;
  HandlerScript script;
  std::shared_ptr<EventManager> manager = *EventManager::start(host.runtime, "log", {});

  ~ThreadTest() { (void)manager->stop(ExitReason::shutdown(), infinity); }
};

}  // namespace

TEST_CASE_METHOD(ThreadTest, "ack_notify does not wait for the handlers, sync_notify does", "[ee-g09]") {
  std::promise<void> acknowledged;
  std::atomic<bool> has_finished = false;
  script.on_run = [&, released = acknowledged.get_future().share()](Services&) {
    released.wait();  // would wait for ever if ack_notify waited for this
    has_finished = true;
  };
  REQUIRE(manager->add_handler({"a", script.factory(), {}}));
  const Message event = host.message("run");

  REQUIRE(manager->ack_notify(event));
  CHECK_FALSE(has_finished);
  acknowledged.set_value();

  REQUIRE(manager->sync_notify({&event, 1}));
  CHECK(has_finished);
  CHECK(script.trace.size() == 2);
}

TEST_CASE_METHOD(ThreadTest, "a consumer that is slower than the senders gets every event, in order",
                 "[xs-002][xs-008]") {
  constexpr std::uint64_t count = 5000;
  StreamOptions options;
  options.capacity = 3;
  options.block_timeout = infinity;
  auto stream = manager->stream(options);
  REQUIRE(stream);
  std::uint64_t received = 0;
  bool is_in_order = true;
  std::thread consumer([&] {
    for (const OwnedMessage& event : *stream) {
      is_in_order = is_in_order && event.view().seq == received + 1;
      ++received;
    }
  });
  for (std::uint64_t sent = 0; sent < count; sent += 50) {
    const std::vector<Message> events(50, host.message("n"));
    REQUIRE(manager->notify(events) == 50U);
  }
  REQUIRE(manager->stop(ExitReason::normal(), infinity));
  consumer.join();

  CHECK(received == count);
  CHECK(is_in_order);
}

TEST_CASE_METHOD(ThreadTest,
                 "a consumer that leaves on another thread lets go of a manager that waits for it",
                 "[xs-012]") {
  for (int round = 0; round < 50; ++round) {
    StreamOptions options;
    options.capacity = 1;
    options.block_timeout = infinity;
    auto opened = manager->stream(options);
    REQUIRE(opened);
    auto stream = std::make_unique<EventStream>(std::move(*opened));
    bool is_sent = false;
    std::thread sender([&] {
      const std::vector<Message> events(20, host.message("n"));
      is_sent = manager->sync_notify(events).has_value();
    });
    REQUIRE(stream->next(infinity));
    stream.reset();
    sender.join();

    CHECK(is_sent);
    CHECK(manager->which_handlers()->empty());
  }
}

TEST_CASE_METHOD(ThreadTest, "an owner that ends while handlers are added and swapped leaves none behind",
                 "[xe-006]") {
  for (int round = 0; round < 200; ++round) {
    HandlerOwner owner(host.runtime, "owner");
    const OwnerRef ref = owner.ref();
    std::thread adder([&] {
      for (int i = 0; i < 5; ++i) {
        (void)manager->add_sup_handler({"h" + std::to_string(i), script.factory(), {}}, ref);
        (void)manager->swap_handler({"h0", {"h0", script.factory(), {}}, SwapMode::safe, {}, {}});
      }
    });
    std::this_thread::yield();
    owner.end(ExitReason::error("gone"));
    adder.join();

    REQUIRE(manager->which_handlers()->empty());
  }
}

TEST_CASE_METHOD(ThreadTest, "an owner's callback neither runs nor begins once its end has returned",
                 "[xe-007]") {
  for (int round = 0; round < 200; ++round) {
    std::atomic<bool> is_over = false;
    std::atomic<int> late = 0;
    {
      HandlerOwner owner(host.runtime, "owner", [&](const HandlerExit&) {
        std::this_thread::yield();
        late += is_over ? 1 : 0;
      });
      for (const char* id : {"a", "b", "c"}) {
        REQUIRE(manager->add_sup_handler({id, script.factory(), {}}, owner.ref()));
      }
      const Message event = host.message("remove");
      REQUIRE(manager->notify({&event, 1}));
      owner.end(ExitReason::normal());
      is_over = true;
    }
    REQUIRE(manager->which_handlers()->empty());
    CHECK(late == 0);
  }
}

TEST_CASE_METHOD(ThreadTest, "a caller that gives up while its call is handled never sees that answer",
                 "[ge-g10]") {
  std::promise<void> released;
  script.on_run = [may_go_on = released.get_future().share()](Services&) {
    may_go_on.wait();
  };
  REQUIRE(manager->add_handler({"a", script.factory(), {}}));

  CHECK(code_of(manager->call("a", host.message("run"), Duration(30))) == "timed_out");
  released.set_value();

  CHECK(manager->call("a", host.message("echo", "next"))->data == "next");
}

TEST_CASE_METHOD(ThreadTest, "a stop that times out goes on without who asked for it", "[ge-g25]") {
  std::promise<void> released;
  script.on_terminate = [may_go_on = released.get_future().share()] {
    may_go_on.wait();
  };
  REQUIRE(manager->add_handler({"a", script.factory(), {}}));

  CHECK(code_of(manager->stop(ExitReason::normal(), Duration(30))) == "timed_out");
  CHECK_FALSE(manager->has_ended());
  released.set_value();

  CHECK(manager->wait_until_ended(infinity));
  CHECK(manager->exit_reason() == ExitReason::normal());
}
