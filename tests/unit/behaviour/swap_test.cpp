// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/event_manager.hpp"
#include "tests/support/manual_host.hpp"
#include "tests/support/scripted_handler.hpp"

#include <catch2/catch.hpp>

using namespace baton;
using namespace baton::test;

namespace {

struct SwapTest {
  ManualHost host;
  HandlerScript old_script;
  HandlerScript new_script;
  std::shared_ptr<EventManager> manager = host.manager();

  SwapTest() {
    new_script.version = "2";
    for (const char* id : {"before", "a", "after"}) {
      REQUIRE(manager->add_handler({id, old_script.factory(), {}}));
    }
    notify("msg", "1");
    old_script.trace.clear();
  }

  void notify(const std::string& type, const std::string& data = {}) {
    const Message event = host.message(type, data);
    REQUIRE(manager->sync_notify({&event, 1}));
  }

  Result<SwapReport> swap(SwapMode mode = SwapMode::safe, std::string new_id = "a") {
    return manager->swap_handler(
        {"a", {std::move(new_id), new_script.factory(), {}}, mode, "argument", "extra"});
  }

  std::string count() {
    const auto reply = manager->call("a", host.message("count"));
    return reply ? reply->data : code_of(reply);
  }
};

}  // namespace

TEST_CASE_METHOD(SwapTest, "the new handler takes over the state before the old one ends",
                 "[swap][deviation]") {
  const auto report = swap();

  REQUIRE(report);
  CHECK(new_script.trace == Trace{"a takes over state 1 with extra"});
  CHECK(old_script.trace == Trace{"a terminate swapped argument", "a destroyed"});
  CHECK(count() == "1");
  CHECK(report->old_version == "1");
  CHECK(report->new_version == "2");
  CHECK(report->old_instance == 1);
  CHECK(report->new_instance == 2);
  CHECK(report->state_moved);
  CHECK(report->state_bytes == 1);
  CHECK(report->at_message == 1);
}

TEST_CASE_METHOD(SwapTest, "the new handler takes the old one's place in the order", "[swap][deviation]") {
  REQUIRE(swap(SwapMode::safe, "renamed"));

  const auto infos = manager->which_handlers();

  REQUIRE(infos);
  CHECK((*infos)[1].id == "renamed");
  CHECK((*infos)[1].version == "2");
}

TEST_CASE_METHOD(SwapTest, "any failure before the cut leaves the old handler in place and running",
                 "[swap][deviation]") {
  std::string expected = "init_failed";
  SECTION("the new one fails") {
    new_script.create_fails = true;
  }
  SECTION("the new one throws") {
    new_script.create_throws = true;
  }
  SECTION("the old one cannot save") {
    old_script.save_throws = true;
    expected = "crashed";
  }
  SECTION("the new one does not read the version") {
    new_script.state_reads = {2, 3};
    expected = "state_refused";
  }

  CHECK(code_of(swap()) == expected);

  CHECK(old_script.trace.empty());  // nothing was terminated
  notify("msg", "2");
  CHECK(count() == "2");
  CHECK(host.log.count("swap_failed") == 1);
}

TEST_CASE_METHOD(SwapTest, "swapping to an id that another handler has is refused", "[swap][deviation]") {
  CHECK(code_of(swap(SwapMode::safe, "after")) == "already_present");
  CHECK(count() == "1");
}

TEST_CASE_METHOD(SwapTest, "another type in its place starts afresh", "[swap]") {
  new_script.type = "AnotherHandler";
  new_script.state_reads = {};

  const auto report = swap();

  REQUIRE(report);
  CHECK_FALSE(report->state_moved);
  CHECK_FALSE(report->left_state_bytes);  // nobody asked: it was not even saved
  CHECK(count() == "0");
}

TEST_CASE_METHOD(SwapTest, "who asks is told of the state that another type leaves behind, or refused",
                 "[swap]") {
  new_script.type = "AnotherHandler";
  SwapRequest request{"a", {"a", new_script.factory(), {}}, SwapMode::safe, {}, {}};

  SECTION("a report that keeps it") {
    request.keeps_state = true;
    const auto report = manager->swap_handler(std::move(request));
    REQUIRE(report);
    CHECK(report->left_state_bytes == 1U);
    CHECK(report->kept_state->data == "1");
    CHECK(count() == "0");
  }
  SECTION("the advice of who must not lose it") {
    request.left_state_advice = "think again";
    const auto report = manager->swap_handler(std::move(request));
    CHECK(code_of(report) == "state_refused");
    CHECK(report.error().text.ends_with("which has one (version 1, 1 bytes); think again"));
    CHECK(count() == "1");
  }
  SECTION("no state, no advice") {
    old_script.state_writes = 0;
    request.left_state_advice = "think again";
    CHECK(manager->swap_handler(std::move(request)));
  }
}

TEST_CASE_METHOD(SwapTest, "a handler without state is replaced by a fresh one", "[swap]") {
  old_script.state_writes = 0;

  const auto report = swap();

  REQUIRE(report);
  CHECK_FALSE(report->state_moved);
}

TEST_CASE_METHOD(SwapTest, "a destructive swap ends the old one first, and a failure leaves neither",
                 "[swap][otp]") {
  new_script.create_fails = true;

  CHECK(code_of(swap(SwapMode::destructive)) == "init_failed");

  CHECK(old_script.trace == Trace{"a terminate swapped argument", "a destroyed"});
  CHECK(count() == "not_found");
}

TEST_CASE_METHOD(SwapTest, "a destructive swap that succeeds keeps place and state", "[swap][otp]") {
  REQUIRE(swap(SwapMode::destructive));

  CHECK(count() == "1");
  const auto infos = manager->which_handlers();
  CHECK((*infos)[1].version == "2");
}

TEST_CASE_METHOD(SwapTest, "events before the swap go to the old one, events after it to the new one",
                 "[swap][otp]") {
  const Message first = host.message("msg", "first");
  const Message second = host.message("msg", "second");
  REQUIRE(manager->notify({&first, 1}));
  REQUIRE(swap());
  REQUIRE(manager->notify({&second, 1}));
  host.scheduler.run_all();

  CHECK(old_script.trace.at(1) == "a msg first");
  CHECK(new_script.trace == Trace{"a takes over state 2 with extra", "a msg second"});
}

TEST_CASE_METHOD(SwapTest, "an old handler whose terminate throws does not stop the swap", "[swap]") {
  old_script.terminate_throws = true;

  CHECK(swap());
  CHECK(count() == "1");
  CHECK(host.log.count("terminate_failed") == 1);
  old_script.terminate_throws = false;
}
