// SPDX-License-Identifier: Apache-2.0
// gen_event and GenEvent: managers, and handlers that come and go.
#include "tests/conformance/gen_event_fixture.hpp"
#include "tests/support/scripted_server.hpp"

using namespace baton;
using namespace baton::test;

TEST_CASE_METHOD(GenEvent, "managers start empty and stop, with a name and without", "[xe-001][ge-g38]") {
  std::vector<std::shared_ptr<EventManager>> managers;
  for (const char* name : {"named", "", ""}) {
    const auto started = EventManager::start(host.runtime, name, {});
    REQUIRE(started);
    managers.push_back(*started);
  }
  CHECK(managers[1]->name() != managers[2]->name());
  for (const auto& empty : managers) {
    CHECK(empty->which_handlers()->empty());
    const Message event = host.message("nobody_listens");
    CHECK(empty->sync_notify({&event, 1})->failures.empty());
    CHECK(code_of(empty->delete_handler("h", {})) == "not_found");
    CHECK(empty->send_info(host.message("stray")));
    CHECK(empty->stop(ExitReason::normal(), infinity));
    CHECK(empty->has_ended());
  }
}

TEST_CASE_METHOD(GenEvent, "a manager is found by its name while it lives, and the name is free afterwards",
                 "[xe-002][ge-g37][ee-g13][differs]") {
  // Ours has one registry and names that are text: what OTP refuses as badarg cannot be written.
  CHECK(code_of(EventManager::start(host.runtime, "log", {})) == "already_started");
  CHECK(host.registry.whereis("log") == manager);

  REQUIRE(manager->stop(ExitReason::normal(), infinity));

  CHECK(host.registry.whereis("log") == nullptr);
  CHECK(EventManager::start(host.runtime, "log", {}));
}

TEST_CASE_METHOD(GenEvent, "options take effect", "[ge-018][differs]") {
  EventManagerOptions options;
  options.order = DispatchOrder::newest_first;
  options.process.batch_max = 1;
  options.process.mailbox = {2, 1024, Overflow::reject};
  restart(options, {"a", "b"});

  const std::vector<Message> events(3, host.message("msg"));
  CHECK(code_of(manager->notify(events)) == "overloaded");
  host.scheduler.run_all();

  CHECK(script.trace == Trace{"b msg", "a msg", "b msg", "a msg"});
}

TEST_CASE_METHOD(GenEvent, "handlers of one type live side by side under ids of their own, newest first",
                 "[ge-002][ge-g01][xe-005]") {
  add({"h1", "h1-a", "h1-b", "h2"});

  CHECK(which() == Ids{"h2", "h1-b", "h1-a", "h1"});
  sync_notify("msg", "h1-a");
  CHECK(call("h1-a", "echo", "x") == "x");
  CHECK(call("h1", "count") == "1");
  CHECK(call("h1-zzz", "echo") == "not_found");
}

TEST_CASE_METHOD(GenEvent, "events come in the order of adding, the other lists are newest first",
                 "[ee-g01][ge-g01]") {
  add({"h1", "h1-a", "h2"});
  script.trace.clear();

  sync_notify("msg");
  send_info("info");
  REQUIRE(manager->stop(ExitReason::normal(), infinity));

  CHECK(script.trace == Trace{"h1 msg", "h1-a msg", "h2 msg", "h1 info info", "h1-a info info",
                              "h2 info info", "h2 terminate stop normal", "h2 destroyed",
                              "h1-a terminate stop normal", "h1-a destroyed", "h1 terminate stop normal",
                              "h1 destroyed"});
}

TEST_CASE_METHOD(GenEvent, "a manager with OTP's order gives events to the newest first", "[ge-g01]") {
  restart({{}, DispatchOrder::newest_first}, {"h1", "h2"});

  sync_notify("msg");
  send_info("info");

  CHECK(script.trace == Trace{"h2 msg", "h1 msg", "h2 info info", "h1 info info"});
}

TEST_CASE_METHOD(GenEvent, "why init failed is handed back, and nothing is installed or logged",
                 "[ge-002][ge-g03][xe-005][ee-g03]") {
  std::string text;
  SECTION("it says so") {
    script.create_fails = true;
    text = "will not";
  }
  SECTION("it throws, which is never a return value") {
    script.create_throws = true;
    text = "thrown";
  }

  const auto added = manager->add_handler(spec("h"));

  REQUIRE(code_of(added) == "init_failed");
  CHECK(added.error().text.find(text) != std::string::npos);
  CHECK(which().empty());
  CHECK(script.trace.empty());  // no terminate either
  CHECK(host.log.count_at_least(LogLevel::warning) == 0);
}

TEST_CASE_METHOD(GenEvent, "an init that gives no handler, and a type that is not there, install nothing",
                 "[ge-g03][ee-g03][differs]") {
  // OTP: rubbish as it is; undef. A type that is missing is found before the manager is asked.
  class Nothing final : public HandlerFactory {
   public:
    [[nodiscard]] const TypeInfo& type() const override { return type_; }

    Result<std::unique_ptr<Handler>> create(const InstanceInit& /*init*/,
                                            Services& /*services*/) const override {
      return std::unique_ptr<Handler>();
    }

   private:
    const TypeInfo type_{"Nothing", "1", 0, {}};
  };

  CHECK(code_of(manager->add_handler({"h", std::make_shared<Nothing>(), {}})) == "init_failed");
  CHECK(code_of(loader.catalog.handler_factory_from_file(PLUGIN_scripted_plugin, "NoSuchHandler")) ==
        "plugin_not_found");

  CHECK(which().empty());
}

TEST_CASE_METHOD(GenEvent, "an id that is taken is already_present, and init is not called",
                 "[xe-005][ee-g03][ge-g02][differs]") {
  add({"h"});
  script.create_throws = true;  // would show if it were tried

  CHECK(code_of(manager->add_handler(spec("h"))) == "already_present");

  CHECK(which() == Ids{"h"});
}

TEST_CASE_METHOD(GenEvent, "deleting gives the argument to terminate and its value to the caller",
                 "[ge-004][ge-g11][xe-008][ee-g04]") {
  add({"h", "h-x"});

  for (const char* id : {"h", "h-x"}) {
    const auto value = manager->delete_handler(id, "some_args");
    REQUIRE(value);
    CHECK(value->data == std::string("value of ") + id);
    CHECK(taken() == Trace{std::string(id) + " terminate deleted some_args", std::string(id) + " destroyed"});
    CHECK(code_of(manager->delete_handler(id, "some_args")) == "not_found");
  }
}

TEST_CASE_METHOD(GenEvent, "a handler whose terminate crashes is gone all the same, and the caller is told",
                 "[ge-g11][xe-008]") {
  add({"h"});
  script.terminate_throws = true;

  const auto value = manager->delete_handler("h", {});

  REQUIRE(code_of(value) == "crashed");
  CHECK(value.error().text.find("thrown") != std::string::npos);
  CHECK(which().empty());
}

TEST_CASE_METHOD(GenEvent, "stop waits until the process is gone, whatever the reason, and terminate runs",
                 "[xe-019][xe-003][ge-g25][ee-g10][differs]") {
  const ExitReason reason =
      GENERATE(ExitReason::normal(), ExitReason::shutdown(), ExitReason::error("some_crash_reason"));
  add({"h1", "h2"});
  const auto by_name = host.registry.whereis("log");
  std::string ended_with;
  manager->monitor([&](const ExitReason& why) { ended_with = to_string(why); });

  CHECK(by_name->stop(reason, infinity));

  CHECK(manager->has_ended());
  CHECK(ended_with == to_string(reason));
  CHECK(script.trace == Trace{"h2 terminate stop " + to_string(reason), "h2 destroyed",
                              "h1 terminate stop " + to_string(reason), "h1 destroyed"});
  CHECK(host.registry.whereis("log") == nullptr);
  CHECK(code_of(manager->stop(ExitReason::normal(), infinity)) == "process_ended");
  const auto records = host.log.all("manager_stopped");
  REQUIRE(records.size() == 1);
  CHECK(records[0].fields.at("reason") == to_string(reason));
  CHECK(records[0].level == (reason.is_quiet() ? LogLevel::info : LogLevel::error));
}

TEST_CASE_METHOD(GenEvent, "a manager that was only started outlives who started it", "[ee-g10][differs]") {
  // Elixir's is linked to its starter, and dies without terminate.
  const auto starter = host.manager({}, "starter");
  std::shared_ptr<EventManager> started;
  starter->post([&] { started = host.manager({}, "mgr"); });
  host.scheduler.run_all();
  REQUIRE(started->add_handler(spec("h")));

  REQUIRE(starter->stop(ExitReason::error("boom"), infinity));
  host.scheduler.run_all();

  CHECK_FALSE(started->has_ended());
  CHECK(times_begun("h terminate") == 0);
}

TEST_CASE_METHOD(GenEvent, "what cannot be reached is an error value and never a crash of the sender",
                 "[xe-011][ge-g28][ee-g13][differs]") {
  add({"h"});
  std::string unknown;
  std::string no_manager;
  REQUIRE(ServerProcess::start(host.runtime, {"server", ServerScript().factory(), {}, {}}));
  script.on_run = [&](Services& services) {
    unknown = code_of(services.notify("no_such_name", host.message("msg")));
    no_manager = code_of(services.notify("server", host.message("msg")));
  };

  sync_notify("run");
  CHECK(unknown == "not_found");
  CHECK(no_manager == "not_found");

  REQUIRE(manager->stop(ExitReason::normal(), infinity));
  const Message event = host.message("msg");
  CHECK(code_of(manager->notify({&event, 1})) == "process_ended");
  CHECK(code_of(manager->sync_notify({&event, 1})) == "process_ended");
  CHECK(code_of(manager->ack_notify(event)) == "process_ended");
}
