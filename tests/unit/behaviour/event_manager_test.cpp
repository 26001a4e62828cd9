// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/event_manager.hpp"

#include "tests/support/manual_host.hpp"
#include "tests/support/scripted_handler.hpp"

#include <catch2/catch.hpp>

using namespace baton;
using namespace baton::test;

namespace {

struct ManagerTest {
  ManualHost host;
  HandlerScript script;

  std::shared_ptr<EventManager> manager_with(std::initializer_list<const char*> ids,
                                             EventManagerOptions options = {}) {
    auto manager = host.manager(options);
    for (const char* id : ids) {
      REQUIRE(manager->add_handler({id, script.factory(), {}}));
    }
    return manager;
  }

  NotifyOutcome sync_notify(EventManager& manager, const std::string& type, const std::string& data = {}) {
    const Message event = host.message(type, data);
    const auto outcome = manager.sync_notify({&event, 1});
    REQUIRE(outcome);
    return *outcome;
  }

  std::string call(EventManager& manager, const std::string& id, const std::string& type,
                   const std::string& data = {}) {
    const auto reply = manager.call(id, host.message(type, data));
    return reply ? reply->data : std::string(errc_name(reply.error().code));
  }

  static std::vector<std::string> which(EventManager& manager) {
    std::vector<std::string> ids;
    const auto infos = manager.which_handlers();
    REQUIRE(infos);
    for (const HandlerInfo& info : *infos) {
      ids.push_back(info.id);
    }
    return ids;
  }
};

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE_METHOD(ManagerTest, "events go to the handlers in the order of adding", "[event_manager][otp]") {
  const auto manager = manager_with({"a", "b"});

  sync_notify(*manager, "msg", "1");

  CHECK(script.trace == Trace{"a msg 1", "b msg 1"});
}

TEST_CASE_METHOD(ManagerTest, "events go to the newest handler first when the manager says so",
                 "[event_manager][otp]") {
  const auto manager = manager_with({"a", "b"}, {{}, DispatchOrder::newest_first});

  sync_notify(*manager, "msg");

  CHECK(script.trace == Trace{"b msg", "a msg"});
}

TEST_CASE_METHOD(ManagerTest, "which_handlers lists the newest first", "[event_manager][otp]") {
  const auto manager = manager_with({"a", "b", "c"});

  CHECK(which(*manager) == Ids{"c", "b", "a"});
}

TEST_CASE_METHOD(ManagerTest, "a second handler of the same id is refused and not made",
                 "[event_manager][otp]") {
  const auto manager = manager_with({"a"});
  script.create_throws = true;  // would show if it were tried

  CHECK(code_of(manager->add_handler({"a", script.factory(), {}})) == "already_present");
  CHECK(which(*manager) == Ids{"a"});
}

TEST_CASE_METHOD(ManagerTest, "a handler that cannot be made is not installed", "[event_manager][otp]") {
  const auto manager = manager_with({"a"});
  SECTION("because it says so") {
    script.create_fails = true;
  }
  SECTION("because it throws") {
    script.create_throws = true;
  }

  CHECK(code_of(manager->add_handler({"b", script.factory(), {}})) == "init_failed");
  CHECK(which(*manager) == Ids{"a"});
}

TEST_CASE_METHOD(ManagerTest, "a handler that throws is removed and the others still get the event",
                 "[event_manager][otp]") {
  const std::string event = GENERATE("throw", "throw_int", "fail");
  const auto manager = manager_with({"a"});
  HandlerScript other;
  other.type = "Other";

  // The second one takes the same event as any other.
  struct Deaf final : HandlerFactory {
    Trace& trace;
    TypeInfo info{"Deaf", "", 0, {}};

    explicit Deaf(Trace& t) : trace(t) {}

    struct Instance final : Handler {
      Trace& trace;

      explicit Instance(Trace& t) : trace(t) {}

      EventsOutcome handle_events(std::span<const Message> events) override {
        trace.push_back("b got " + std::string(view(events[0].type)));
        return {HandlerVerdict::ok, events.size(), 0, {}};
      }

      CallOutcome handle_call(const Message&) override { return {}; }

      InfoOutcome handle_info(const Message&) override { return {}; }

      Result<Reply> terminate(const TerminateReason&) override { return Reply{}; }

      Result<std::optional<State>> save() override { return std::optional<State>(); }
    };

    [[nodiscard]] const TypeInfo& type() const override { return info; }

    Result<std::unique_ptr<Handler>> create(const InstanceInit&, Services&) const override {
      return std::unique_ptr<Handler>(std::make_unique<Instance>(trace));
    }
  };

  REQUIRE(manager->add_handler({"b", std::make_shared<Deaf>(other.trace), {}}));

  const NotifyOutcome outcome = sync_notify(*manager, event);

  CHECK(which(*manager) == Ids{"b"});
  CHECK(other.trace == Trace{"b got " + event});
  CHECK(script.trace[0].substr(0, 17) == "a terminate error");
  CHECK(script.trace.back() == "a destroyed");
  REQUIRE(outcome.failures.size() == 1);
  CHECK(outcome.failures[0].crashed);
  CHECK(outcome.failures[0].handler == "a");
}

TEST_CASE_METHOD(ManagerTest, "a crash is reported once, with who, where, the last message and why",
                 "[event_manager][otp]") {
  const auto manager = manager_with({"a"});

  sync_notify(*manager, "throw");

  const auto reports = host.log.all("handler_crashed");
  REQUIRE(reports.size() == 1);
  CHECK(reports[0].level == LogLevel::error);
  CHECK(reports[0].fields.at("manager") == "log");
  CHECK(reports[0].fields.at("id") == "a");
  CHECK(reports[0].fields.at("callback") == "handle_event");
  CHECK(reports[0].fields.at("last_message") == "throw seq=1");
  CHECK(reports[0].fields.at("reason") == "thrown");
}

TEST_CASE_METHOD(ManagerTest, "quiet ends stay quiet", "[event_manager][otp]") {
  const auto manager = manager_with({"a", "b"});

  sync_notify(*manager, "remove");
  REQUIRE(manager->stop(ExitReason::shutdown(), infinity));

  CHECK(host.log.count_at_least(LogLevel::warning) == 0);
}

TEST_CASE_METHOD(ManagerTest,
                 "a handler that asks for its removal is terminated with remove and nobody is skipped",
                 "[event_manager][otp]") {
  const auto manager = manager_with({"a", "b", "c"});

  sync_notify(*manager, "remove");

  CHECK(script.trace == Trace{"a remove", "a terminate remove", "b remove", "b terminate remove", "c remove",
                              "c terminate remove", "a destroyed", "b destroyed", "c destroyed"});
  CHECK(which(*manager).empty());
}

TEST_CASE_METHOD(ManagerTest, "delete_handler gives the argument to terminate and its value to the caller",
                 "[event_manager][otp]") {
  const auto manager = manager_with({"a", "b"});

  const auto value = manager->delete_handler("a", "bye");

  REQUIRE(value);
  CHECK(value->data == "value of a");
  CHECK(script.trace == Trace{"a terminate deleted bye", "a destroyed"});
  CHECK(which(*manager) == Ids{"b"});
}

TEST_CASE_METHOD(ManagerTest, "a handler whose terminate throws is gone all the same",
                 "[event_manager][otp]") {
  const auto manager = manager_with({"a"});
  script.terminate_throws = true;

  CHECK(code_of(manager->delete_handler("a", {})) == "crashed");
  CHECK(which(*manager).empty());
  CHECK(host.log.count("terminate_failed") == 1);
}

TEST_CASE_METHOD(ManagerTest, "a missing handler is not_found for every operation",
                 "[event_manager][deviation]") {
  const auto manager = manager_with({"a"});

  CHECK(call(*manager, "b", "echo") == "not_found");
  CHECK(code_of(manager->delete_handler("b", {})) == "not_found");
  CHECK(code_of(manager->swap_handler({"b", {"b", script.factory(), {}}, SwapMode::safe, {}, {}})) ==
        "not_found");
}

TEST_CASE_METHOD(ManagerTest, "a call reaches one handler and sees the events sent before it",
                 "[event_manager][otp]") {
  const auto manager = manager_with({"a", "b"});
  const Message event = host.message("msg");
  REQUIRE(manager->notify({&event, 1}));

  CHECK(call(*manager, "b", "count") == "1");
  CHECK(call(*manager, "a", "echo", "x") == "x");
}

TEST_CASE_METHOD(ManagerTest, "a call the handler does not know leaves it in place",
                 "[event_manager][deviation]") {
  const auto manager = manager_with({"a"});

  CHECK(call(*manager, "a", "no_such_call") == "unknown_request");
  CHECK(which(*manager) == Ids{"a"});
}

TEST_CASE_METHOD(ManagerTest, "a call that crashes tells the caller and removes the handler",
                 "[event_manager][otp]") {
  const std::string request = GENERATE("throw", "fail");
  const auto manager = manager_with({"a", "b"});

  CHECK(call(*manager, "a", request) == "crashed");
  CHECK(which(*manager) == Ids{"b"});
  CHECK(host.log.count("handler_crashed") == 1);
}

TEST_CASE_METHOD(ManagerTest, "a handler may answer and leave", "[event_manager][otp]") {
  const auto manager = manager_with({"a"});

  CHECK(call(*manager, "a", "remove") == "bye");
  CHECK(which(*manager).empty());
}

TEST_CASE_METHOD(ManagerTest, "a refused event is told to who waits, and the handler stays",
                 "[event_manager][deviation]") {
  const auto manager = manager_with({"a"});
  const std::vector<Message> events = {host.message("msg", "1"), host.message("refuse"),
                                       host.message("msg", "2")};

  const auto outcome = manager->sync_notify(events);

  REQUIRE(outcome);
  CHECK(outcome->accepted == 3);
  CHECK(outcome->refused == 1);
  CHECK(outcome->failures[0].reason == "disk full");
  CHECK_FALSE(outcome->failures[0].crashed);
  CHECK(script.trace == Trace{"a msg 1", "a msg 2"});
  CHECK(which(*manager) == Ids{"a"});
}

TEST_CASE_METHOD(ManagerTest, "a sync_notify that finds room in pieces names each failure once",
                 "[event_manager]") {
  EventManagerOptions options;
  options.process.mailbox.capacity = 2;
  const auto manager = manager_with({"a"}, options);
  const std::vector<Message> events(5, host.message("refuse"));

  const auto outcome = manager->sync_notify(events);

  REQUIRE(outcome);
  CHECK(outcome->accepted == 5);
  CHECK(outcome->refused == 5);
  REQUIRE(outcome->failures.size() == 1);
  CHECK(outcome->failures[0].handler == "a");
}

TEST_CASE_METHOD(ManagerTest, "a handler that refuses on and on is logged once a second", "[event_manager]") {
  const auto manager = manager_with({"a"});
  for (int i = 0; i < 10; ++i) {
    sync_notify(*manager, "refuse");
  }
  CHECK(host.log.count("events_refused") == 1);

  host.scheduler.advance(Duration(1000));
  sync_notify(*manager, "refuse");

  REQUIRE(host.log.count("events_refused") == 2);
  CHECK(host.log.all("events_refused")[1].fields.at("count") == "10");
}

TEST_CASE_METHOD(ManagerTest, "ack_notify returns when the manager starts on the event",
                 "[event_manager][otp]") {
  const auto manager = manager_with({"a"});
  const Message before = host.message("msg", "before");
  const Message event = host.message("msg", "event");
  REQUIRE(manager->notify({&before, 1}));

  REQUIRE(manager->ack_notify(event));

  CHECK(script.trace.at(0) == "a msg before");
}

TEST_CASE_METHOD(ManagerTest, "handlers get events in batches, and one by one when the manager says so",
                 "[event_manager]") {
  script.batches = true;
  EventManagerOptions options;
  SECTION("batches") {
    const auto manager = manager_with({"a"}, options);
    const std::vector<Message> events(300, host.message("msg"));
    REQUIRE(manager->sync_notify(events));
    CHECK(script.trace == Trace{"a batch of 256", "a batch of 44"});
  }
  SECTION("one by one, across all handlers: OTP's order") {
    options.process.batch_max = 1;
    const auto manager = manager_with({"a", "b"}, options);
    const std::vector<Message> events(2, host.message("msg"));
    REQUIRE(manager->sync_notify(events));
    CHECK(script.trace == Trace{"a batch of 1", "b batch of 1", "a batch of 1", "b batch of 1"});
  }
}

TEST_CASE_METHOD(ManagerTest, "a handler that waits for its own manager is refused, not stuck",
                 "[event_manager][otp]") {
  const auto manager = manager_with({"a"});
  const Message event = host.message("msg");
  std::vector<std::string> codes;
  script.on_run = [&](Services&) {
    codes = {code_of(manager->which_handlers()), code_of(manager->sync_notify({&event, 1})),
             code_of(manager->ack_notify(event))};
  };

  sync_notify(*manager, "run");

  CHECK(codes == std::vector<std::string>(3, "calling_self"));
}

TEST_CASE_METHOD(ManagerTest, "an event from inside a handler is queued behind", "[event_manager][otp]") {
  const auto manager = manager_with({"a", "b"});
  bool first = true;
  script.on_run = [&](Services& services) {
    if (std::exchange(first, false)) {
      REQUIRE(services.notify("log", host.message("msg", "inner")));
    }
  };

  sync_notify(*manager, "run");
  host.scheduler.run_all();

  CHECK(script.trace == Trace{"a run", "b run", "a msg inner", "b msg inner"});
}

TEST_CASE_METHOD(ManagerTest, "stop handles what was sent before, then terminates the newest first",
                 "[event_manager][otp]") {
  const auto manager = manager_with({"a", "b"});
  const Message event = host.message("msg");
  REQUIRE(manager->notify({&event, 1}));

  REQUIRE(manager->stop(ExitReason::shutdown(), infinity));

  CHECK(script.trace == Trace{"a msg", "b msg", "b terminate stop shutdown", "b destroyed",
                              "a terminate stop shutdown", "a destroyed"});
  CHECK(code_of(manager->notify({&event, 1})) == "process_ended");
}

TEST_CASE_METHOD(ManagerTest, "a manager of a taken name is not started", "[event_manager][otp]") {
  const auto manager = host.manager();

  CHECK(code_of(EventManager::start(host.runtime, "log", {})) == "already_started");
}
