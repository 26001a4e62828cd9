// SPDX-License-Identifier: Apache-2.0
// What is kept and shown of a crash, whatever the policy; and the policies that do not restart.
#include "tests/unit/behaviour/crash_fixture.hpp"

using namespace baton;
using namespace baton::test;

namespace {

CrashPolicy quarantining() {
  CrashPolicy policy;
  policy.on_crash = OnCrash::quarantine;
  return policy;
}

}  // namespace

TEST_CASE_METHOD(CrashTest, "a crash is recorded with who, where, what and why", "[crash]") {
  install({});
  (void)notify("msg");
  host.scheduler.advance(Duration(5));
  (void)notify("throw", "a");

  const CrashRecord record = records.find(1).value();
  CHECK(record.time_us == host.clock.utc_now_us());
  CHECK(record.manager == "log");
  CHECK(record.handler == "a");
  CHECK(record.instance == 1);
  CHECK(record.type == "ScriptedHandler");
  CHECK(record.version == "1");
  CHECK(record.policy == "remove");
  CHECK(record.callback == "handle_event");
  CHECK(record.message.type == "throw");
  CHECK(record.message.seq == 2);
  CHECK(record.message.size == 1);
  CHECK(record.message.beginning == "a");
  CHECK(record.message.content_type == "text/plain");
  CHECK(record.message.shown == "throw \"a\" seq=2");
  CHECK(record.state.empty());
  CHECK_FALSE(record.saved);
  CHECK(record.reason == "thrown");
  CHECK(deeds(1) == Deeds{"removed"});
}

TEST_CASE_METHOD(CrashTest, "calls and infos that crash are recorded like events", "[crash]") {
  install({});
  SECTION("a call") {
    CHECK(code_of(call("throw")) == "crashed");
    CHECK(records.find(1)->callback == "handle_call");
  }
  SECTION("an info") {
    REQUIRE(manager->send_info(host.message("throw", "a")));
    CHECK(records.find(1)->callback == "handle_info");
  }
  CHECK(records.find(1)->message.type == "throw");
  CHECK(records.find(1)->message.seq == 0);
}

TEST_CASE_METHOD(CrashTest, "the state that a crash left is recorded as format_status shows it", "[crash]") {
  script.on_format_status = [](StatusPurpose, StatusView&) -> Result<void> {
    return {};
  };
  install({});
  (void)notify("msg");
  crash();
  CHECK(records.find(1)->state == "1");
}

TEST_CASE_METHOD(CrashTest, "what format_status redacts is not in the record", "[crash]") {
  script.on_format_status = [](StatusPurpose, StatusView& view) -> Result<void> {
    view.state = "hidden";
    view.message = "a message";
    return {};
  };
  install({});
  crash();
  CHECK(records.find(1)->state == "hidden");
  CHECK(records.find(1)->message.shown == "a message");
  CHECK(records.find(1)->message.beginning.empty());
  CHECK(records.find(1)->message.size == 1);
}

TEST_CASE_METHOD(CrashTest, "of a long message the beginning is recorded", "[crash]") {
  install({});
  const std::string data(100'000, 'x');
  Message event = host.message("fail", "");
  event.data = to_bytes(data);
  SECTION("text") {}
  SECTION("bytes") {
    event.content_type = host.atoms.intern("application/octet-stream");
  }
  // Only the handler of that id fails at an event with data: so the id is as long.
  REQUIRE(manager->add_handler({data, script.factory(), {}}));
  REQUIRE(manager->sync_notify({&event, 1}));
  CHECK(records.find(1)->message.size == data.size());
  CHECK(records.find(1)->message.beginning == std::string(200, 'x'));
}

TEST_CASE_METHOD(CrashTest, "remove: the handler is gone, and its manager is degraded until it is back",
                 "[crash]") {
  install({});
  CHECK_FALSE(status().is_degraded());
  const NotifyOutcome outcome = notify("throw", "a");
  CHECK_FALSE(outcome.failures.at(0).is_restarted);

  CHECK(status().is_degraded());
  CHECK(ids() == Ids{"after", "before"});
  const MissingHandler missing = status().missing.at(0);
  CHECK(missing.id == "a");
  CHECK(missing.type == "ScriptedHandler");
  CHECK(missing.why == MissingHandler::Why::removed);
  CHECK(missing.reason == "thrown");
  CHECK(missing.crash == 1);
  CHECK(code_of(call("count")) == "not_found");

  SECTION("added again") {
    REQUIRE(manager->add_handler({"a", script.factory(), {}}));
    CHECK_FALSE(status().is_degraded());
  }
  SECTION("another one is swapped for one of that id") {
    REQUIRE(swap("after", {"a", script.factory(), {}}));
    CHECK_FALSE(status().is_degraded());
  }
  SECTION("not missed any more") {
    REQUIRE(manager->forget_missing("a"));
    CHECK_FALSE(status().is_degraded());
    CHECK(deeds(1).back() == "not missed any more");
    CHECK(code_of(manager->forget_missing("a")) == "not_found");
  }
}

TEST_CASE_METHOD(CrashTest, "a handler whose owner is told of its crash is not missed", "[crash]") {
  HandlerOwner owner(host.runtime, "owner");
  REQUIRE(manager->add_sup_handler({"a", script.factory(), {}}, owner.ref()));
  crash();
  CHECK_FALSE(status().is_degraded());
  CHECK(records.count() == 1);
}

TEST_CASE_METHOD(CrashTest, "only so many handlers that are gone are remembered", "[crash]") {
  for (int i = 0; i < 100; ++i) {
    const std::string id = "h" + std::to_string(i);
    REQUIRE(manager->add_handler({id, script.factory(), {}}));
    (void)notify("throw", id);
  }
  CHECK(status().missing.size() == 64);
  CHECK(status().missing.back().id == "h99");
}

TEST_CASE_METHOD(CrashTest, "quarantine: the content is quarantined and the handler is gone", "[crash]") {
  REQUIRE(manager->add_handler({"a", std::make_shared<FromFile>(script.factory()), {}, {}, quarantining()}));
  crash();

  CHECK(quarantined == std::vector<std::string>{"4d1a"});
  CHECK(ids().empty());
  CHECK(status().missing.at(0).why == MissingHandler::Why::quarantined);
  CHECK(records.find(1)->origin.plugin == "scripted");
  CHECK(records.find(1)->origin.file == "/plugins/a.so");
  CHECK(deeds(1) == Deeds{"removed; its plugin goes into quarantine", "quarantined: sha256 4d1a"});
  CHECK(host.log.all("handler_crashed").at(0).fields.at("action") ==
        "removed; its plugin goes into quarantine");
  CHECK(script.trace == Trace{"a terminate error thrown", "a destroyed"});
}

TEST_CASE_METHOD(CrashTest, "quarantine of what comes from no file removes it and says so", "[crash]") {
  install(quarantining());
  crash();
  CHECK(quarantined.empty());
  CHECK(status().missing.at(0).why == MissingHandler::Why::removed);
  CHECK(deeds(1) == Deeds{"removed; its code is of no file to be quarantined"});
}

TEST_CASE_METHOD(CrashTest, "a manager can be told that a handler ought to be there", "[crash]") {
  MissingHandler missing;
  missing.id = "a";
  missing.why = MissingHandler::Why::quarantined;
  REQUIRE(manager->note_missing(missing));
  CHECK(status().missing.size() == 1);
  CHECK(status().missing[0].since_us == host.clock.utc_now_us());
  REQUIRE(manager->note_missing(missing));
  CHECK(status().missing.size() == 1);

  install({});
  CHECK_FALSE(status().is_degraded());
  CHECK(code_of(manager->note_missing(missing)) == "already_present");
}

TEST_CASE_METHOD(CrashTest, "a handler with a bad policy is not added", "[crash]") {
  CrashPolicy policy;
  policy.within = Duration(0);
  CHECK(code_of(manager->add_handler({"a", script.factory(), {}, {}, policy})) == "bad_options");
  CHECK(ids().empty());
}
