// SPDX-License-Identifier: Apache-2.0
// sys: change_code on managers and servers, and what the events meet that wait meanwhile.
#include "tests/support/manual_host.hpp"
#include "tests/support/scripted_handler.hpp"
#include "tests/support/scripted_server.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace baton;
using namespace baton::test;

namespace {

/// Handlers h1 and h1b of one type and h2 of another; `next` is new code for the first type.
struct ManagerTest {
  ManualHost host;
  HandlerScript script;
  HandlerScript other;
  HandlerScript next;
  std::shared_ptr<EventManager> manager = host.manager();

  ManagerTest() {
    other.type = "OtherHandler";
    next.version = "2";
    next.state_writes = 2;
    next.state_reads = {1, 2};
    REQUIRE(manager->add_handler({"h1", script.factory(), {}}));
    REQUIRE(manager->add_handler({"h1b", script.factory(), {}}));
    REQUIRE(manager->add_handler({"h2", other.factory(), {}}));
    notify("before");
    host.scheduler.run_all();
    script.trace.clear();
    other.trace.clear();
  }

  void notify(const std::string& type) {
    const Message event = host.message(type);
    REQUIRE(manager->notify({&event, 1}));
  }

  CodeChange change() { return {"ScriptedHandler", next.factory(), std::nullopt, "extra"}; }

  /// "id version#instance count" of each.
  Trace handlers() {
    Trace lines;
    const auto states = manager->sys().get_state();
    REQUIRE(states);
    for (const SysState& state : *states) {
      lines.push_back(state.instance.id + " " + state.instance.version + "#" +
                      std::to_string(state.instance.instance) + " " + state.state.value()->data);
    }
    return lines;
  }
};

struct ServerTest {
  ManualHost host;
  ServerScript script;
  ServerScript next;
  std::shared_ptr<ServerProcess> server =
      *ServerProcess::start(host.runtime, {"queue", script.factory(), {}, {}});

  ServerTest() {
    next.version = "2";
    next.state_writes = 2;
    next.state_reads = {1, 2};
    cast("a");
    host.scheduler.run_all();
  }

  void cast(const std::string& data) {
    const Message request = host.message("add", data);
    REQUIRE(server->cast({&request, 1}));
  }

  Result<SwapReport> change_code() {
    return server->change_code({"queue", next.factory(), {}, {}}, "extra", Duration(50));
  }

  std::string version() { return server->status()->version; }

  std::string state() { return server->sys().get_state()->front().state.value()->data; }
};

}  // namespace

TEST_CASE_METHOD(ManagerTest, "change_code needs a suspended manager", "[ge-g34]") {
  CHECK(code_of(manager->change_code(change())) == "unknown_request");
  CHECK(handlers() == Trace{"h2 1#1 1", "h1b 1#1 1", "h1 1#1 1"});
}

TEST_CASE_METHOD(ManagerTest, "change_code changes all handlers of that type, newest first, and no other",
                 "[ge-g34]") {
  REQUIRE(manager->sys().suspend());

  const auto reports = manager->change_code(change());

  REQUIRE(reports);
  REQUIRE(reports->size() == 2);
  CHECK((*reports)[0].old_version == "1");
  CHECK((*reports)[0].new_version == "2");
  CHECK((*reports)[0].old_state_version == 1);
  CHECK(next.trace == Trace{"h1b takes over state 1 with extra", "h1 takes over state 1 with extra"});
  CHECK(script.trace ==
        Trace{"h1b terminate swapped", "h1b destroyed", "h1 terminate swapped", "h1 destroyed"});
  CHECK(other.trace.empty());
  CHECK(handlers() == Trace{"h2 1#1 1", "h1b 2#2 1", "h1 2#2 1"});
  CHECK(manager->change_code({"NoSuchHandler", other.factory(), std::nullopt, {}}).error().code ==
        Errc::bad_request);
}

TEST_CASE_METHOD(ManagerTest, "a change that fails at one handler leaves all with old code and old state",
                 "[ge-g34]") {
  REQUIRE(manager->sys().suspend());
  notify("queued");
  std::string code;
  SECTION("because the new code does not read the state") {
    next.state_reads = {2};
    code = "state_refused";
  }
  SECTION("because it refuses to start") {
    next.create_fails = true;
    code = "init_failed";
  }
  SECTION("because it throws") {
    next.create_throws = true;
    code = "init_failed";
  }
  SECTION("because the state cannot be saved") {
    script.save_throws = true;
    code = "crashed";
  }
  CHECK(code_of(manager->change_code(change())) == code);

  script.save_throws = false;
  CHECK(next.trace.empty());
  CHECK(handlers() == Trace{"h2 1#1 1", "h1b 1#1 1", "h1 1#1 1"});
  REQUIRE(manager->sys().resume());
  host.scheduler.run_all();
  CHECK(script.trace == Trace{"h1 queued", "h1b queued"});
  CHECK(handlers() == Trace{"h2 1#1 2", "h1b 1#1 2", "h1 1#1 2"});
}

TEST_CASE_METHOD(ManagerTest, "new instances that were made before the failure end in order", "[ge-g34]") {
  // h1b, the newer one, can be made; h1 cannot.
  class FailsForH1 final : public HandlerFactory {
   public:
    explicit FailsForH1(std::shared_ptr<const HandlerFactory> factory) : factory_(std::move(factory)) {}

    [[nodiscard]] const TypeInfo& type() const override { return factory_->type(); }

    Result<std::unique_ptr<Handler>> create(const InstanceInit& init, Services& services) const override {
      if (init.id == "h1") {
        return fail(Errc::init_failed, "cannot");
      }
      return factory_->create(init, services);
    }

   private:
    std::shared_ptr<const HandlerFactory> factory_;
  };

  REQUIRE(manager->sys().suspend());
  CodeChange failing = change();
  failing.factory = std::make_shared<FailsForH1>(failing.factory);

  const auto changed = manager->change_code(failing);

  CHECK(code_of(changed) == "init_failed");
  CHECK(changed.error().text == "handler `log/h1`: cannot");
  CHECK(next.trace ==
        Trace{"h1b takes over state 1 with extra", "h1b terminate stop code change failed", "h1b destroyed"});
  CHECK(script.trace.empty());
  CHECK(handlers() == Trace{"h2 1#1 1", "h1b 1#1 1", "h1 1#1 1"});
}

TEST_CASE_METHOD(ManagerTest,
                 "events that wait are seen by the new code with the new state, each exactly once",
                 "[hc-g02]") {
  notify("old");
  REQUIRE(manager->sys().suspend());
  notify("queued 1");
  notify("queued 2");
  REQUIRE(manager->change_code(change()));
  notify("queued 3");
  REQUIRE(manager->sys().resume());
  host.scheduler.run_all();

  CHECK(script.trace == Trace{"h1 old", "h1b old", "h1b terminate swapped", "h1b destroyed",
                              "h1 terminate swapped", "h1 destroyed"});
  next.trace.erase(next.trace.begin(), next.trace.begin() + 2);  // takes over …
  std::sort(next.trace.begin(), next.trace.end());               // they may interleave within a batch
  CHECK(next.trace ==
        Trace{"h1 queued 1", "h1 queued 2", "h1 queued 3", "h1b queued 1", "h1b queued 2", "h1b queued 3"});
  CHECK(handlers() == Trace{"h2 1#1 5", "h1b 2#2 5", "h1 2#2 5"});
}

TEST_CASE_METHOD(ManagerTest,
                 "update_code does it in one, and leaves the manager running or suspended as it was",
                 "[hc-g02]") {
  notify("old");
  REQUIRE(manager->update_code(change()));
  notify("new");
  host.scheduler.run_all();
  CHECK(script.trace.front() == "h1 old");
  CHECK(handlers() == Trace{"h2 1#1 3", "h1b 2#2 3", "h1 2#2 3"});

  REQUIRE(manager->sys().suspend());
  REQUIRE(manager->update_code(change()));
  CHECK(manager->is_suspended());
  CHECK(handlers() == Trace{"h2 1#1 3", "h1b 2#3 3", "h1 2#3 3"});
}

TEST_CASE_METHOD(ManagerTest, "code is changed back to an older version that reads the state",
                 "[hc-g04][differs]") {
  // OTP tells code_change {down, Vsn}; here the old code says by its state_reads what it takes.
  REQUIRE(manager->update_code(change()));
  CodeChange back{"ScriptedHandler", script.factory(), std::nullopt, {}};
  CHECK(code_of(manager->update_code(back)) == "state_refused");
  CHECK(handlers() == Trace{"h2 1#1 1", "h1b 2#2 1", "h1 2#2 1"});

  script.state_reads = {1, 2};
  back.factory = script.factory();
  REQUIRE(manager->update_code(back));
  CHECK(handlers() == Trace{"h2 1#1 1", "h1b 1#3 1", "h1 1#3 1"});
}

TEST_CASE_METHOD(ManagerTest, "each handler keeps its options, unless new ones come with the code",
                 "[ge-g34]") {
  class NotesOptions final : public HandlerFactory {
   public:
    explicit NotesOptions(HandlerScript& script) : script_(script), factory_(script.factory()) {}

    [[nodiscard]] const TypeInfo& type() const override { return factory_->type(); }

    Result<std::unique_ptr<Handler>> create(const InstanceInit& init, Services& services) const override {
      script_.trace.push_back(init.options.empty() ? "no options" : init.options.front().text);
      return factory_->create(init, services);
    }

   private:
    HandlerScript& script_;
    std::shared_ptr<const HandlerFactory> factory_;
  };

  const auto option = [](const std::string& text) {
    Option one;
    one.name = "path";
    one.text = text;
    return Options{one};
  };
  REQUIRE(manager->delete_handler("h1b", ""));
  REQUIRE(manager->delete_handler("h1", ""));
  REQUIRE(manager->add_handler({"h3", script.factory(), option("mine")}));
  CodeChange noting = change();
  noting.factory = std::make_shared<NotesOptions>(next);

  REQUIRE(manager->update_code(noting));
  CHECK(next.trace.front() == "mine");
  next.trace.clear();
  noting.options = option("another");
  REQUIRE(manager->update_code(noting));
  CHECK(next.trace.front() == "another");
}

TEST_CASE_METHOD(ServerTest,
                 "a suspended server's code is changed, and what waits meets new code and new state",
                 "[gs-g22][hc-g02]") {
  CHECK(code_of(change_code()) == "unknown_request");
  REQUIRE(server->sys().suspend());
  CHECK(code_of(server->call(host.message("sum"), Duration(30))) == "timed_out");
  cast("b");

  const auto report = change_code();

  REQUIRE(report);
  CHECK(report->state_moved);
  CHECK(version() == "2");
  CHECK(state() == "a");
  REQUIRE(server->sys().resume());
  host.scheduler.run_all();
  CHECK(state() == "ab");
  CHECK(next.trace == Trace{"takes over a with extra", "call sum"});
  CHECK(script.trace == Trace{"terminate swapped "});
}

TEST_CASE_METHOD(ServerTest,
                 "a server whose new code cannot take the state goes on with old code and old state",
                 "[gs-053][gs-g22][differs]") {
  // OTP keeps the old state, but has the new code by then.
  REQUIRE(server->sys().suspend());
  cast("b");
  SECTION("because it has no code_change") {
    next.state_reads = {};
    CHECK(code_of(change_code()) == "state_refused");
  }
  SECTION("because it refuses") {
    next.create_fails = true;
    CHECK(code_of(change_code()) == "init_failed");
  }
  SECTION("because it crashes") {
    next.create_throws = true;
    CHECK(code_of(change_code()) == "init_failed");
  }
  CHECK(version() == "1");
  CHECK(state() == "a");
  REQUIRE(server->sys().resume());
  host.scheduler.run_all();
  CHECK(state() == "ab");
  CHECK(script.trace.empty());
}

TEST_CASE_METHOD(ServerTest, "a server is swapped whether it is suspended or not", "[gs-g22]") {
  const bool is_suspended = GENERATE(false, true);
  if (is_suspended) {
    REQUIRE(server->sys().suspend());
  }
  CHECK(server->swap({"queue", next.factory(), {}, {}}, "", Duration(50)));
  CHECK(version() == "2");
  CHECK(server->is_suspended() == is_suspended);
}
