// SPDX-License-Identifier: Apache-2.0
// sys: suspend and resume, get_state and replace_state, on managers, servers and supervisors.
#include "tests/support/manual_host.hpp"
#include "tests/support/scripted_handler.hpp"
#include "tests/support/scripted_server.hpp"

#include <catch2/catch.hpp>

using namespace baton;
using namespace baton::test;

namespace {

struct ManagerTest {
  ManualHost host;
  HandlerScript script;
  std::shared_ptr<EventManager> manager = host.manager();

  ManagerTest() {
    for (const char* id : {"h1", "h2"}) {
      REQUIRE(manager->add_handler({id, script.factory(), {}}));
    }
  }

  void notify(const std::string& type) {
    const Message event = host.message(type);
    REQUIRE(manager->notify({&event, 1}));
  }
};

struct ServerTest {
  ManualHost host;
  ServerScript script;
  std::shared_ptr<ServerProcess> server =
      *ServerProcess::start(host.runtime, {"queue", script.factory(), {}, {}});

  void cast(const std::string& data) {
    const Message request = host.message("add", data);
    REQUIRE(server->cast({&request, 1}));
  }

  std::string call(const std::string& type, Duration timeout = default_call_timeout) {
    const auto reply = server->call(host.message(type), timeout);
    return reply ? reply->data : code_of(reply);
  }

  std::string state() {
    const auto states = server->sys().get_state();
    REQUIRE((states && states->size() == 1 && states->front().state));
    return states->front().state.value()->data;
  }
};

/// "id data" of each.
std::vector<std::string> texts(const Result<std::vector<SysState>>& states) {
  REQUIRE(states);
  std::vector<std::string> texts;
  for (const SysState& state : *states) {
    REQUIRE(state.state);
    texts.push_back(state.instance.id + " " + (*state.state ? (*state.state)->data : "nothing"));
  }
  return texts;
}

ReplaceState replace_with(const std::string& data) {
  return [data](const std::string&, State state) -> Result<State> {
    state.data = data;
    return state;
  };
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE_METHOD(ManagerTest, "get_state has one state for each handler, newest first, also while suspended",
                 "[ge-016][ge-g33]") {
  notify("msg");
  CHECK(texts(manager->sys().get_state()) == Texts{"h2 1", "h1 1"});

  REQUIRE(manager->sys().suspend());
  const auto states = manager->sys().get_state(Duration(0));
  CHECK(texts(states) == Texts{"h2 1", "h1 1"});
  CHECK(states->front().instance.type == "ScriptedHandler");
  CHECK(states->front().state.value()->version == 1);
}

TEST_CASE_METHOD(ManagerTest,
                 "replace_state gives every handler the state that the function makes of its own",
                 "[ge-017][xe-018][ge-g33][differs]") {
  // OTP puts the term into the loop; here a new instance of the same code takes the state over.
  const bool is_suspended = GENERATE(false, true);
  if (is_suspended) {
    REQUIRE(manager->sys().suspend());
  }
  const auto replaced = manager->sys().replace_state([](const std::string& id, State state) -> Result<State> {
    state.data = id == "h1" ? "10" : "20";
    return state;
  });

  CHECK(texts(replaced) == Texts{"h2 20", "h1 10"});
  CHECK(manager->sys().resume());
  notify("msg");
  CHECK(texts(manager->sys().get_state()) == Texts{"h2 21", "h1 11"});
  CHECK(manager->which_handlers()->back().instance == 2);
}

TEST_CASE_METHOD(ManagerTest, "a handler whose state cannot be replaced keeps the one that it has",
                 "[ge-017][xe-018][ge-g33][differs]") {
  notify("msg");
  const auto suspended = manager->sys().suspend();
  REQUIRE(suspended);
  ReplaceState replace;
  SECTION("because the function fails") {
    replace = [](const std::string& id, State state) -> Result<State> {
      if (id == "h2") {
        return fail(Errc::refused, "not this one");
      }
      state.data = "7";
      return state;
    };
  }
  SECTION("because the function throws") {
    replace = [](const std::string& id, State state) -> Result<State> {
      if (id == "h2") {
        throw std::runtime_error("thrown");
      }
      state.data = "7";
      return state;
    };
  }
  SECTION("because its code does not read the version") {
    replace = [](const std::string& id, State state) -> Result<State> {
      state.data = "7";
      state.version = id == "h2" ? 9 : 1;
      return state;
    };
  }
  SECTION("because its code does not take the data") {
    replace = [](const std::string& id, State state) -> Result<State> {
      state.data = id == "h2" ? "not a number" : "7";
      return state;
    };
  }

  CHECK(texts(manager->sys().replace_state(replace)) == Texts{"h2 1", "h1 7"});
  REQUIRE(host.log.count("replace_state_failed") == 1);
  CHECK(host.log.all("replace_state_failed")[0].fields.at("id") == "h2");
  CHECK(manager->which_handlers(Duration(0)).error().code == Errc::timed_out);
  REQUIRE(manager->sys().resume());
  CHECK(manager->which_handlers()->front().instance == 1);
}

TEST_CASE_METHOD(ManagerTest, "a replacement keeps the handler's counts, and ends the old instance in order",
                 "[ge-017]") {
  notify("msg");
  host.scheduler.run_all();
  script.trace.clear();
  REQUIRE(manager->sys().replace_state(replace_with("5")));

  CHECK(script.trace == Trace{"h2 takes over state 5", "h2 terminate swapped", "h2 destroyed",
                              "h1 takes over state 5", "h1 terminate swapped", "h1 destroyed"});
  CHECK(manager->which_handlers()->front().handled == 1);
}

TEST_CASE_METHOD(ManagerTest, "a handler without a state, or one that cannot be saved, is shown as such",
                 "[ge-016]") {
  SECTION("without") {
    script.state_writes = 0;
    const auto states = manager->sys().get_state();
    CHECK(texts(states) == Texts{"h2 nothing", "h1 nothing"});
    CHECK(texts(manager->sys().replace_state(replace_with("5"))) == Texts{"h2 nothing", "h1 nothing"});
  }
  SECTION("not saved") {
    script.save_throws = true;
    const auto states = manager->sys().get_state();
    REQUIRE(states->size() == 2);
    CHECK(code_of(states->front().state) == "crashed");
    CHECK(manager->which_handlers()->size() == 2);
  }
}

TEST_CASE_METHOD(ManagerTest,
                 "events to a suspended manager wait, calls time out, and resume handles all in order",
                 "[ge-g33]") {
  REQUIRE(manager->sys().suspend());
  notify("queued");
  CHECK(code_of(manager->call("h1", host.message("run"), Duration(50))) == "timed_out");
  CHECK(script.trace.empty());
  bool has_run = false;
  script.on_run = [&](Services&) {
    script.trace.emplace_back("call");
    has_run = true;
  };

  REQUIRE(manager->sys().resume());
  host.scheduler.run_all();

  CHECK(script.trace == Trace{"h1 queued", "h2 queued", "call"});
}

TEST_CASE_METHOD(ManagerTest, "a suspended manager is stopped in order, and what waits is not handled",
                 "[ge-g33]") {
  REQUIRE(manager->sys().suspend());
  notify("queued");

  REQUIRE(manager->stop(ExitReason::shutdown(), infinity));

  CHECK(script.trace ==
        Trace{"h2 terminate stop shutdown", "h2 destroyed", "h1 terminate stop shutdown", "h1 destroyed"});
}

TEST_CASE_METHOD(ManagerTest, "sys is refused inside a callback of the process itself", "[ge-g33]") {
  std::string code;
  script.on_run = [&](Services&) {
    code = code_of(manager->sys().suspend());
  };
  notify("run");
  host.scheduler.run_all();
  CHECK(code == "calling_self");
  CHECK_FALSE(manager->is_suspended());
}

TEST_CASE_METHOD(ServerTest, "a server's state is had by name or from the process, also while suspended",
                 "[gs-045][gs-g22]") {
  cast("a");
  CHECK(state() == "a");

  REQUIRE(server->sys().suspend());
  cast("b");
  const auto by_name = std::dynamic_pointer_cast<SysProcess>(host.registry.whereis("queue"));
  REQUIRE(by_name);
  CHECK(texts(by_name->sys().get_state(Duration(50))) == Texts{"queue a"});
  CHECK(host.registry.whereis("no_such_name") == nullptr);

  REQUIRE(server->stop(ExitReason::normal(), infinity));
  CHECK(code_of(server->sys().get_state()) == "process_ended");
}

TEST_CASE_METHOD(ServerTest, "get_state waits no longer than its timeout", "[gs-045]") {
  std::string code;
  const auto other = host.manager({}, "other");
  HandlerScript asking;
  asking.on_run = [&](Services&) {
    // The server waits for this very callback: it cannot answer meanwhile.
    code = code_of(server->sys().get_state(Duration(50)));
  };
  REQUIRE(other->add_handler({"asking", asking.factory(), {}}));
  script.on_run = [&](Services& services) {
    (void)services.call("other/asking", host.message("run"), Duration(1000));
  };

  CHECK(call("run") == "ran");
  CHECK(code == "timed_out");
}

TEST_CASE_METHOD(ServerTest, "suspend and resume may be said twice, and calls to a suspended server time out",
                 "[gs-g22]") {
  CHECK(server->sys().suspend());
  CHECK(server->sys().suspend());
  CHECK(host.log.count("process_suspended") == 1);
  CHECK(call("sum", Duration(30)) == "timed_out");
  cast("c");
  CHECK(script.trace.empty());

  CHECK(server->sys().resume());
  CHECK(server->sys().resume());
  CHECK(host.log.count("process_resumed") == 1);
  CHECK(call("sum") == "c");
}

TEST_CASE_METHOD(ServerTest, "a server's state is replaced, and a function that fails keeps it", "[gs-g22]") {
  cast("a");
  CHECK(texts(server->sys().replace_state(replace_with("b"))) == Texts{"queue b"});
  CHECK(call("sum") == "b");

  const ReplaceState throws = [](const std::string&, State) -> Result<State> {
    throw std::runtime_error("fail");
  };
  const auto failed = server->sys().replace_state(throws);
  CHECK(code_of(failed) == "crashed");
  CHECK(failed.error().text == "callback_failed: fail");
  CHECK(state() == "b");

  script.create_fails = true;
  CHECK(code_of(server->sys().replace_state(replace_with("c"))) == "init_failed");
  CHECK(state() == "b");
}

TEST_CASE(
    "a supervisor shows its options and children, answers while suspended, and restarts nobody meanwhile",
    "[gs-g22]") {
  ManualHost host;
  ServerScript script;
  const auto start_child = [&]() -> Result<std::shared_ptr<Process>> {
    auto started = ServerProcess::start(host.runtime, {"queue", script.factory(), {}, {}});
    return started ? Result<std::shared_ptr<Process>>(*started) : fail(started.error());
  };
  const auto supervisor = *Supervisor::start(host.runtime, "root", {}, {{"queue", start_child}});
  const auto shown = [&] {
    return supervisor->sys().get_state()->front().instance.shown;
  };

  CHECK(shown() == R"({"max_restarts":1,"within_ms":5000,"children":[{"id":"queue","instance":1,)"
                   R"("restart":"permanent","restarts":0}]})");
  CHECK(supervisor->sys().get_status()->module == "supervisor");
  CHECK(code_of(supervisor->sys().replace_state(replace_with(""))) == "not_supported");

  REQUIRE(supervisor->sys().suspend());
  const auto child = std::dynamic_pointer_cast<ServerProcess>(host.registry.whereis("queue"));
  CHECK(child->sys().get_status()->parent == "root");
  CHECK(code_of(child->call(host.message("throw"))) == "crashed");
  host.scheduler.run_all();
  CHECK(host.registry.whereis("queue") == nullptr);
  REQUIRE(supervisor->sys().resume());
  host.scheduler.run_all();
  CHECK(host.registry.whereis("queue") != nullptr);
}

TEST_CASE("sys finds no state in a server that has not started yet, and harms nothing", "[gs-g22]") {
  ManualHost host;
  ServerScript script;
  // Nothing of it runs yet: what sys asks for comes before its start.
  const auto process =
      std::make_shared<ServerProcess>(host.runtime, ServerSpec{"early", script.factory(), {}, {}});

  CHECK(process->sys().get_state(Duration(50))->empty());
  CHECK(process->sys().get_status(Duration(50))->instances.empty());
  CHECK(code_of(process->sys().replace_state(replace_with("x"), Duration(50))) == "not_supported");
  REQUIRE(process->stop(ExitReason::shutdown(), infinity));
}
