// SPDX-License-Identifier: Apache-2.0
// A handler that waits to be restarted, in a swap in three parts: as a rule it is why there is a new version.
#include "tests/unit/behaviour/crash_fixture.hpp"

using namespace baton;
using namespace baton::test;

namespace {

/// `a` waits, and knows the state of the one event it has had. The manager is suspended.
struct WaitingTest : CrashTest {
  HandlerScript fixed;

  WaitingTest() {
    fixed.version = "2";
    install(restarting(OnCrash::restart_with_state));
    (void)notify("msg");
    crash();
    REQUIRE(status().missing.at(0).why == MissingHandler::Why::backing_off);
    REQUIRE(manager->sys().suspend());
  }

  Result<PreparedSwaps> prepare() {
    std::vector<SwapRequest> requests;
    requests.push_back({"before", {"before", fixed.factory(), {}}, SwapMode::safe, "", ""});
    requests.push_back({"a", {"a", fixed.factory(), {}}, SwapMode::safe, "", ""});
    return manager->prepare_swaps(std::move(requests));
  }

  std::string versions() {
    std::string versions;
    for (const HandlerInfo& handler : status().handlers) {
      versions += handler.id + handler.version + " ";
    }
    return versions;
  }
};

}  // namespace

TEST_CASE_METHOD(WaitingTest, "one that waits is there after the swap, in its place and with what it saved",
                 "[swap][upgrade][crash]") {
  const auto made = prepare();
  REQUIRE(made);
  CHECK(made->reports.at(1).state_moved);
  CHECK(made->reports.at(1).old_version == "1");
  REQUIRE(manager->cut_over(made->ticket));
  SECTION("when it is finished") {
    REQUIRE(manager->finish_swaps(made->ticket, true));
    REQUIRE(manager->sys().resume());
  }
  SECTION("when the manager goes on meanwhile") {
    REQUIRE(manager->sys().resume());
  }

  CHECK(versions() == "after1 a2 before2 ");
  CHECK(status().missing.empty());
  CHECK(count() == "1");
  CHECK(deeds(1).back() == "replaced by ScriptedHandler 2 while it was waiting to be restarted");
  host.scheduler.advance(Duration(1'000'000));  // its time to be restarted is over
  CHECK(versions() == "after1 a2 before2 ");
  (void)notify("throw", "a");  // its policy is the place's
  CHECK(status().missing.at(0).why == MissingHandler::Why::backing_off);
  CHECK(status().missing.at(0).version == "2");
}

TEST_CASE_METHOD(WaitingTest, "one that waits goes on waiting when the swap is taken back",
                 "[swap][upgrade][crash]") {
  SECTION("because it does not start") {
    fixed.create_fails = true;
    CHECK(code_of(prepare()) == "init_failed");
  }
  SECTION("before the cut, or after it") {
    const auto made = prepare();
    REQUIRE(made);
    if (GENERATE(false, true)) {
      REQUIRE(manager->cut_over(made->ticket));
    }
    REQUIRE(manager->finish_swaps(made->ticket, false));
    CHECK(fixed.trace.back() == "a destroyed");
  }
  REQUIRE(manager->sys().resume());

  CHECK(versions() == "after1 before1 ");
  CHECK(status().missing.at(0).version == "1");
  host.scheduler.advance(Duration(100));
  CHECK(versions() == "after1 a1 before1 ");
  CHECK(count() == "1");
}

TEST_CASE_METHOD(WaitingTest,
                 "the canary of one that waits begins with what was saved, and meets the last events",
                 "[swap][canary][crash]") {
  REQUIRE(manager->sys().resume());
  (void)manager->canary_material("a", 10);  // from then on they are kept
  (void)notify("msg");

  const auto material = manager->canary_material("a", 10);

  REQUIRE(material);
  CHECK(material->type.version == "1");
  REQUIRE(material->state);
  CHECK(material->events.size() == 1);
}
