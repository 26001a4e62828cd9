// SPDX-License-Identifier: Apache-2.0
// What a manager records, and what it counts over the instances of its handlers.
#include "tests/unit/behaviour/crash_fixture.hpp"

using namespace baton;
using namespace baton::test;

namespace {

using Texts = std::vector<std::string>;

/// What the manager has recorded, as data.
Texts recorded(EventManager& manager, const RecordQuery& query = {}) {
  const auto answer = manager.recorded(query);
  REQUIRE(answer);
  Texts texts;
  for (const OwnedMessage& event : answer->events) {
    texts.emplace_back(view(event.view().data));
  }
  return texts;
}

/// Of the handler; it must be known.
HandlerTotal total(const EventManagerStatus& status, const std::string& id) {
  const auto found = std::find_if(status.totals.begin(), status.totals.end(),
                                  [&id](const HandlerTotal& known) { return known.id == id; });
  REQUIRE(found != status.totals.end());
  return *found;
}

}  // namespace

TEST_CASE_METHOD(CrashTest,
                 "a manager records from the moment on that it is told to, until it is told not to",
                 "[record]") {
  notify("msg", "before");
  CHECK(recorded(*manager).empty());

  const auto on = manager->record({2, 1000});
  REQUIRE(on);
  CHECK(on->limits == RecordLimits{2, 1000});
  CHECK(on->instance == 1);
  for (const char* data : {"1", "2", "3"}) {
    notify("msg", data);
  }
  CHECK(recorded(*manager) == Texts{"2", "3"});
  CHECK(recorded(*manager, {.after = 3}) == Texts{"3"});  // the events' own numbers
  CHECK(status().record.events == 2);
  CHECK(status().record.last_seq == 4);

  REQUIRE(manager->record({}));
  CHECK(recorded(*manager).empty());
}

TEST_CASE("a manager whose options say so records from its start on", "[record]") {
  ManualHost host;
  EventManagerOptions options;
  options.record = {10, 1000};
  options.process.batch_max = 2;
  const auto manager = host.manager(options);
  const std::vector<Message> events = {host.message("msg", "1"), host.message("msg", "2"),
                                       host.message("msg", "3")};
  REQUIRE(manager->sync_notify(events));
  CHECK(recorded(*manager) == Texts{"1", "2", "3"});
}

TEST_CASE_METHOD(CrashTest, "a suspended manager tells its record, and records nothing while it gets nothing",
                 "[record]") {
  REQUIRE(manager->record({10}));
  notify("msg", "1");
  REQUIRE(manager->sys().suspend());
  const Message waits = host.message("msg", "waits");
  REQUIRE(manager->notify({&waits, 1}));
  CHECK(recorded(*manager) == Texts{"1"});
  REQUIRE(manager->record({5}));
  REQUIRE(manager->sys().resume());
  CHECK(recorded(*manager) == Texts{"1", "waits"});
}

TEST_CASE_METHOD(CrashTest, "each event is recorded once, also while somebody looks at each", "[record]") {
  REQUIRE(manager->record({10}));
  REQUIRE(manager->sys().log(10));
  const std::vector<Message> events = {host.message("msg", "1"), host.message("msg", "2")};
  REQUIRE(manager->sync_notify(events));
  CHECK(recorded(*manager) == Texts{"1", "2"});
  CHECK(status().handled == 2);
}

TEST_CASE_METHOD(CrashTest, "a canary gets its events from the same store", "[record]") {
  install({});
  REQUIRE(manager->record({10}));
  notify("msg", "1");
  notify("msg", "2");
  const auto material = manager->canary_material("a", 1);
  REQUIRE(material);
  REQUIRE(material->events.size() == 1);
  CHECK(view(material->events[0].view().data) == "2");
  CHECK(recorded(*manager) == Texts{"1", "2"});
}

TEST_CASE_METHOD(CrashTest, "the counts of a handler go on over its swaps", "[record][totals]") {
  install({});
  notify("msg");
  notify("refuse", "a");
  CHECK(total(status(), "a").handled == 1);
  CHECK(total(status(), "a").refused == 1);
  CHECK(total(status(), "a").swaps == 0);
  CHECK_FALSE(total(status(), "a").last_pause);

  REQUIRE(swap("a", {"a", script.factory(), {}}));
  notify("msg");
  CHECK(manager->which_handlers()->at(1).handled == 1);  // of the instance
  CHECK(total(status(), "a").handled == 2);
  CHECK(total(status(), "a").refused == 1);
  CHECK(total(status(), "a").swaps == 1);
  CHECK(total(status(), "a").last_pause);

  REQUIRE(swap("a", {"a", script.factory(), {}}, SwapMode::destructive));
  CHECK(total(status(), "a").handled == 2);
  CHECK(total(status(), "a").swaps == 2);
  CHECK(status().handled == 3);
}

TEST_CASE_METHOD(CrashTest, "the counts of a handler go on over crashes and restarts", "[record][totals]") {
  install(restarting());
  notify("msg");
  crash();
  notify("msg");
  notify("msg");
  CHECK(total(status(), "a").crashes == 1);
  CHECK(total(status(), "a").missed == 2);
  CHECK(total(status(), "a").restarts == 0);
  CHECK(total(status(), "a").handled == 1);

  host.scheduler.advance(Duration(100));
  notify("msg");
  CHECK(total(status(), "a").crashes == 1);
  CHECK(total(status(), "a").restarts == 1);
  CHECK(total(status(), "a").missed == 2);
  CHECK(total(status(), "a").handled == 2);
  CHECK(total(status(), "before").handled == 5);
}

TEST_CASE_METHOD(CrashTest, "what is removed by a crash is counted until it is not missed any more",
                 "[record][totals]") {
  install({});
  notify("msg");
  crash();
  CHECK(total(status(), "a").crashes == 1);
  CHECK(total(status(), "a").handled == 1);

  SECTION("it is added again") {
    REQUIRE(manager->add_handler({"a", script.factory(), {}}));
    CHECK(total(status(), "a").crashes == 1);
    CHECK(total(status(), "a").handled == 1);
  }
  SECTION("it is forgotten") {
    REQUIRE(manager->forget_missing("a"));
    CHECK(status().totals.size() == 2);
    REQUIRE(manager->add_handler({"a", script.factory(), {}}));
    CHECK(total(status(), "a").crashes == 0);
  }
}

TEST_CASE_METHOD(CrashTest, "the counts of a handler that is taken out go with it", "[record][totals]") {
  install({});
  notify("msg");
  REQUIRE(manager->delete_handler("a", ""));
  SECTION("nobody has looked meanwhile") {}
  SECTION("somebody has") {
    CHECK(status().totals.size() == 2);
  }
  REQUIRE(manager->add_handler({"a", script.factory(), {}}));
  CHECK(total(status(), "a").handled == 0);
}

TEST_CASE_METHOD(CrashTest, "handlers under ever new names leave nothing behind", "[record][totals]") {
  for (int i = 0; i < 100; ++i) {
    const std::string id = "handler-" + std::to_string(i);
    REQUIRE(manager->add_handler({id, script.factory(), {}}));
    notify("msg");
    REQUIRE(manager->delete_handler(id, ""));
  }
  CHECK(status().totals.empty());
}
