// SPDX-License-Identifier: Apache-2.0
// The part of an upgrade that nobody sees half done, over two managers and a server.
#include "host/control/verbs_upgrade.hpp"
#include "tests/support/manual_host.hpp"
#include "tests/support/scripted_handler.hpp"
#include "tests/support/scripted_server.hpp"

using namespace baton;
using namespace baton::test;

namespace {

struct TransactionTest {
  ManualHost host;
  HandlerScript old_script;
  HandlerScript new_script;
  ServerScript old_server;
  ServerScript new_server;
  std::shared_ptr<EventManager> one = host.manager({}, "one");
  std::shared_ptr<EventManager> two = host.manager({}, "two");
  std::shared_ptr<ServerProcess> queue =
      *ServerProcess::start(host.runtime, {"queue", old_server.factory(), {}, {}});
  std::vector<UpgradePart> parts;

  TransactionTest() {
    new_script.version = "2";
    new_server.version = "2";
    for (const auto& manager : {one, two}) {
      REQUIRE(manager->add_handler({"a", old_script.factory(), {}}));
      UpgradePart part{manager, {}};
      part.requests.push_back({"a", {"a", new_script.factory(), {}}, SwapMode::safe, "", ""});
      parts.push_back(std::move(part));
    }
    UpgradePart part{queue, {}};
    part.swap.emplace(ServerSwap{{"queue", new_server.factory(), {}, {}}});
    parts.push_back(std::move(part));
  }

  /// Of one, two and the server.
  std::string versions() {
    return one->status()->handlers.at(0).version + two->status()->handlers.at(0).version +
           queue->status()->version;
  }

  [[nodiscard]] bool is_any_suspended() const {
    return one->is_suspended() || two->is_suspended() || queue->is_suspended();
  }
};

}  // namespace

TEST_CASE_METHOD(TransactionTest, "all that take part are swapped together and go on", "[upgrade]") {
  {
    UpgradeTransaction transaction(parts, infinity);
    REQUIRE(transaction.suspend());
    const auto reports = transaction.prepare();
    REQUIRE(reports);
    CHECK(reports->size() == 3);
    REQUIRE(transaction.cut_over());
    CHECK(transaction.finish(true).empty());
    transaction.resume();
    CHECK_FALSE(is_any_suspended());
  }

  CHECK(versions() == "222");
}

TEST_CASE_METHOD(TransactionTest, "a transaction that comes to nothing leaves nothing behind", "[upgrade]") {
  {
    UpgradeTransaction transaction(parts, infinity);
    REQUIRE(transaction.suspend());
    SECTION("nothing was prepared") {}
    SECTION("one cannot be made") {
      new_server.create_fails = true;
      CHECK(code_of(transaction.prepare()) == "init_failed");
    }
    SECTION("nothing was cut over") {
      REQUIRE(transaction.prepare());
    }
    SECTION("all were cut over") {
      REQUIRE(transaction.prepare());
      REQUIRE(transaction.cut_over());
      CHECK(versions() == "222");
    }
  }

  CHECK(versions() == "111");
  CHECK_FALSE(is_any_suspended());
}

TEST_CASE_METHOD(TransactionTest, "a process that was resumed before its cut stops the transaction",
                 "[upgrade]") {
  UpgradeTransaction transaction(parts, infinity);
  REQUIRE(transaction.suspend());
  REQUIRE(transaction.prepare());
  REQUIRE(two->sys().resume());

  const auto cut = transaction.cut_over();
  CHECK(code_of(cut) == "refused");
  CHECK(cut.error().text == "two: `two` went on meanwhile: the states that were taken over are old");
  CHECK(transaction.finish(false).empty());

  CHECK(versions() == "111");
}

TEST_CASE_METHOD(TransactionTest, "what was resumed with the new code, and cannot be taken back, is told",
                 "[upgrade]") {
  UpgradeTransaction transaction(parts, infinity);
  REQUIRE(transaction.suspend());
  REQUIRE(transaction.prepare());
  REQUIRE(two->sys().resume());
  CHECK(code_of(transaction.cut_over()) == "refused");
  REQUIRE(one->sys().resume());

  const auto kept = transaction.finish(false);

  REQUIRE(kept.size() == 1);
  CHECK(kept.front()->process->name() == "one");
  CHECK(versions() == "211");
}

TEST_CASE_METHOD(TransactionTest, "of two transactions over one manager the second leaves the first alone",
                 "[upgrade]") {
  HandlerScript other;
  other.version = "3";
  std::vector<UpgradePart> others;
  others.push_back(UpgradePart{two, {}});
  others.back().requests.push_back({"a", {"a", other.factory(), {}}, SwapMode::safe, "", ""});
  UpgradeTransaction first(parts, infinity);
  REQUIRE(first.suspend());
  REQUIRE(first.prepare());
  UpgradeTransaction second(others, infinity);
  REQUIRE(second.suspend());

  CHECK(code_of(second.prepare()) == "refused");
  CHECK(second.finish(false).empty());

  REQUIRE(first.cut_over());
  CHECK(first.finish(true).empty());
  CHECK(versions() == "222");
  CHECK(other.trace.empty());
}

TEST_CASE_METHOD(TransactionTest, "what is suspended too late is resumed all the same", "[upgrade]") {
  std::string suspended;
  std::vector<UpgradePart> busy;
  busy.push_back(UpgradePart{one, {}});
  const auto driver = host.manager({}, "driver");
  HandlerScript driving;
  driving.on_run = [&](Services&) {
    UpgradeTransaction transaction(busy, Duration(10));
    suspended = code_of(transaction.suspend());
  };
  REQUIRE(driver->add_handler({"d", driving.factory(), {}}));
  old_script.on_run = [&](Services&) {  // one is busy until it comes back
    (void)driver->call("d", host.message("run"));
  };

  CHECK(one->call("a", host.message("run")));
  host.scheduler.run_all();

  CHECK(suspended == "timed_out");
  CHECK_FALSE(one->is_suspended());
}
