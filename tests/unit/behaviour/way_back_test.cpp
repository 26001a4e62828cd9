// SPDX-License-Identifier: Apache-2.0
// What an applier of plans needs to take back what it did.
#include "host/behaviour/event_manager.hpp"
#include "host/behaviour/server_process.hpp"
#include "tests/support/manual_host.hpp"
#include "tests/support/scripted_handler.hpp"
#include "tests/support/scripted_server.hpp"

#include <catch2/catch.hpp>

using namespace baton;
using namespace baton::test;

namespace {

struct WayBackTest {
  ManualHost host;
  HandlerScript script;
  HandlerScript other;
  std::shared_ptr<EventManager> manager = host.manager();

  WayBackTest() {
    other.version = "2";
    for (const char* id : {"a", "b", "c"}) {
      REQUIRE(manager->add_handler({id, script.factory(), {}}));
    }
    notify("msg");
    script.trace.clear();
  }

  void notify(const std::string& type) {
    const Message event = host.message(type);
    REQUIRE(manager->sync_notify({&event, 1}));
  }

  /// In the order of adding, with their instances.
  std::vector<std::string> handlers() {
    std::vector<std::string> names;
    const std::vector<HandlerInfo> newest_first = *manager->which_handlers();
    for (auto info = newest_first.rbegin(); info != newest_first.rend(); ++info) {
      names.push_back(info->id + "#" + std::to_string(info->instance));
    }
    return names;
  }

  std::string count(const std::string& id) { return manager->call(id, host.message("count"))->data; }
};

}  // namespace

TEST_CASE_METHOD(WayBackTest, "handlers are put in another order and go on as they are", "[way_back]") {
  const auto before = handlers();
  REQUIRE(manager->reorder({"c", "a", "b"}));

  CHECK(handlers() == std::vector<std::string>{before[2], before[0], before[1]});
  CHECK(script.trace.empty());
  notify("msg");
  CHECK(script.trace == Trace{"c msg", "a msg", "b msg"});
}

TEST_CASE_METHOD(WayBackTest, "handlers that an order does not name come behind, as they were",
                 "[way_back]") {
  REQUIRE(manager->reorder({"c"}));
  CHECK(handlers() == std::vector<std::string>{"c#1", "a#1", "b#1"});
}

TEST_CASE_METHOD(WayBackTest, "an order that names a handler that is not there changes nothing",
                 "[way_back]") {
  const auto before = handlers();
  CHECK(code_of(manager->reorder({"c", "x", "a"})) == "not_found");
  CHECK(handlers() == before);
}

TEST_CASE_METHOD(WayBackTest, "a handler is made again from what it was made from", "[way_back]") {
  auto spec = manager->handler_spec("b");
  REQUIRE(spec);
  REQUIRE(manager->delete_handler("b", ""));
  spec->state = State{1, "41", {}};

  REQUIRE(manager->add_handler(std::move(*spec)));

  CHECK(count("b") == "41");
  CHECK(code_of(manager->handler_spec("x")) == "not_found");
}

TEST_CASE_METHOD(WayBackTest, "a swap keeps the state that it moved when it is asked to, and only then",
                 "[way_back]") {
  const auto kept = manager->swap_handler({"b", {"b", other.factory(), {}}, SwapMode::safe, {}, {}, true});
  REQUIRE(kept);
  REQUIRE(kept->kept_state);
  CHECK(kept->kept_state->data == "1");

  const auto dropped = manager->swap_handler({"a", {"a", other.factory(), {}}, SwapMode::safe, {}, {}});
  REQUIRE(dropped);
  CHECK_FALSE(dropped->kept_state);
}

TEST_CASE_METHOD(WayBackTest, "a swap starts from the state that it is given, not from the old one's",
                 "[way_back]") {
  other.state_writes = 7;  // which the old version does not read
  const auto there = manager->swap_handler({"b", {"b", other.factory(), {}}, SwapMode::safe, {}, {}, true});
  REQUIRE(there);
  notify("msg");
  CHECK(code_of(manager->swap_handler({"b", {"b", script.factory(), {}}, SwapMode::safe, {}, {}})) ==
        "state_refused");

  const auto back =
      manager->swap_handler({"b", {"b", script.factory(), {}, there->kept_state}, SwapMode::safe, {}, {}});

  REQUIRE(back);
  CHECK(count("b") == "1");
  CHECK(handlers() == std::vector<std::string>{"a#1", "b#3", "c#1"});
}

TEST_CASE("a server is swapped back to what it was made from, with the state that was kept", "[way_back]") {
  ManualHost host;
  ServerScript script;
  ServerScript other;
  other.version = "2";
  auto server = *ServerProcess::start(host.runtime, {"queue", script.factory(), {}, {}});
  const Message item = host.message("add", "1");
  REQUIRE(server->cast({&item, 1}));
  const auto old = server->spec();
  REQUIRE(old);
  ServerSpec replacement{"queue", other.factory(), {}, {}};
  replacement.keeps_state = true;

  const auto there = server->swap(std::move(replacement), {});
  REQUIRE(there);
  REQUIRE(there->kept_state);
  REQUIRE(server->cast({&item, 1}));
  ServerSpec back = *old;
  back.state = there->kept_state;
  const auto done = server->swap(std::move(back), {});

  REQUIRE(done);
  CHECK(done->new_version == "1");
  CHECK(server->call(host.message("sum"))->data == "1");
}
