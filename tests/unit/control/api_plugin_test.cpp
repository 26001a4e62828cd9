// SPDX-License-Identifier: Apache-2.0
// The routes that need a plugin: add, swap, start, and what is there to be added.
#include "host/control/api.hpp"
#include "tests/unit/control/control_host.hpp"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <fstream>
#include <future>
#include <mutex>
#include <thread>

using namespace baton;
using namespace baton::test;

namespace {

struct PluginTest : ControlHost {
  void install(const char* plugin, const char* name) const {
    std::filesystem::copy_file(plugin, folder / "plugins" / name,
                               std::filesystem::copy_options::overwrite_existing);
  }

  ApiReply add_counter(const std::string& more = {}) {
    return ask("POST", "/v1/managers/log/handlers", R"({"type": "CounterHandler")" + more + "}",
               "application/json");
  }

  /// "version events-of-the-instance events-of-the-library"
  std::string counter_says(const std::string& id) {
    return ask("POST", "/v1/handlers/log/" + id + "/call?type=x").body;
  }

  ApiReply swap(const std::string& path, const std::string& document) {
    return ask("POST", "/v1/" + path + "/swap", document, "application/json");
  }
};

}  // namespace

TEST_CASE_METHOD(PluginTest, "a handler is added under its id, or its type's name, with its options",
                 "[api]") {
  install(PLUGIN_counter_v1, "counter.so");

  const ApiReply named = add_counter(R"(, "id": "c", "options": {"start": 5})");
  const ApiReply unnamed = add_counter();

  CHECK(named.status == 200);
  CHECK(contains(named.body, R"({"handler":{"id":"c","type":"CounterHandler","version":"1.0.0")"));
  CHECK(contains(unnamed.body, R"("id":"CounterHandler")"));
  CHECK(contains(counter_says("c"), R"("reply":"1.0.0 5 )"));
  CHECK(add_counter().status == 409);
  CHECK(
      contains(add_counter(R"(, "id": "d", "options": {"start": "many"})").body, R"("code":"bad_options")"));
}

TEST_CASE_METHOD(PluginTest, "what no config could hold cannot be an id, added or swapped in, nor a name",
                 "[api]") {
  install(PLUGIN_counter_v1, "counter.so");
  add_counter(R"(, "id": "c")");

  for (const std::string& id : std::vector<std::string>{"a b", "a/b", "\u00e4", std::string(65, 'x')}) {
    const ApiReply added = add_counter(R"(, "id": ")" + id + R"(")");
    CHECK(added.status == 400);
    CHECK(contains(added.body, "cannot be an id; use 1 to 64 letters"));
    const ApiReply swapped =
        swap("handlers/log/c", R"({"type": "CounterHandler", "new_id": ")" + id + R"("})");
    CHECK(swapped.status == 400);
    CHECK(contains(swapped.body, "cannot be an id"));
  }
  CHECK(ask("POST", "/v1/processes/a%20b/start").status == 400);

  CHECK(contains(counter_says("c"), R"("reply":"1.0.0 )"));  // the swaps left it where it was
  CHECK(add_counter(R"(, "id": "a-b_c.d:1")").status == 200);
}

TEST_CASE_METHOD(PluginTest, "a handler is swapped for a file with its state and the options that it had",
                 "[api]") {
  install(PLUGIN_counter_v1, "counter.so");
  add_counter(R"(, "id": "c", "options": {"start": 5})");
  ask("POST", "/v1/managers/log/notify?type=msg&mode=sync");

  const ApiReply report =
      swap("handlers/log/c", fmt::format(R"({{"file": "{}", "new_id": "d"}})", PLUGIN_counter_v2));

  CHECK(report.status == 200);
  CHECK(contains(report.body, R"("old_version":"1.0.0","new_version":"2.0.0")"));
  CHECK(contains(report.body, R"("state_moved":true,"old_state_version":1)"));
  CHECK(contains(counter_says("d"), R"("reply":"2.0.0 6 )"));
  CHECK(ask("POST", "/v1/handlers/log/c/call?type=x").status == 404);
}

TEST_CASE_METHOD(
    PluginTest, "a swap that cannot be leaves the old one in place, a destructive one does without the state",
    "[api]") {
  install(PLUGIN_counter_v2, "counter.so");
  add_counter(R"(, "id": "c")");
  const std::string back = fmt::format(R"({{"file": "{}")", PLUGIN_counter_v1);

  const ApiReply refused = swap("handlers/log/c", back + "}");
  CHECK(refused.status == 409);
  CHECK(contains(refused.body, R"("code":"state_refused")"));
  CHECK(contains(counter_says("c"), R"("reply":"2.0.0 )"));

  const ApiReply forced = swap("handlers/log/c", back + R"(, "mode": "destructive"})");
  CHECK(contains(forced.body, R"("state_moved":false)"));
  CHECK(contains(counter_says("c"), R"("reply":"1.0.0 0 )"));
  CHECK(swap("handlers/log/nobody", back + "}").status == 404);
}

TEST_CASE_METHOD(PluginTest, "a swap to another type needs to be told that the state may be lost", "[api]") {
  install(PLUGIN_counter_v1, "counter.so");
  add_counter(R"(, "id": "c")");
  const std::string other = fmt::format(R"({{"file": "{}")", PLUGIN_hot_options);

  const ApiReply refused = swap("handlers/log/c", other + "}");
  CHECK(refused.status == 409);
  CHECK(contains(refused.body, R"("code":"state_refused")"));
  CHECK(contains(refused.body,
                 "a HotHandler takes over no state of a CounterHandler, which has one "
                 "(version 1, 8 bytes); name the right file, or `baton add log` it beside this "
                 "one; with --destructive the state is lost; log/c#1 (1.0.0) never stopped"));
  CHECK(contains(counter_says("c"), R"("reply":"1.0.0 0 )"));

  const ApiReply forced = swap("handlers/log/c", other + R"(, "mode": "destructive"})");
  CHECK(contains(forced.body, R"("old_type":"CounterHandler","new_type":"HotHandler")"));
  CHECK(contains(forced.body, "left behind: version 1, 8 bytes; a HotHandler takes over no state of a"));
  CHECK(contains(forced.body, R"("left_state_bytes":8)"));
}

TEST_CASE_METHOD(PluginTest, "a server is started from a plugin, and its code is swapped", "[api]") {
  install(PLUGIN_obedient_server, "obedient.so");

  const ApiReply started =
      ask("POST", "/v1/processes/new/start", R"({"type": "ObedientServer"})", "application/json");
  CHECK(contains(started.body, R"({"started":"new#)"));
  CHECK(ask("POST", "/v1/servers/new/call?type=ok").status == 200);

  const ApiReply swapped = swap("servers/new", R"({"type": "ObedientServer"})");
  CHECK(swapped.status == 200);
  CHECK(contains(swapped.body, R"("new_version":"1.0.0")"));
  CHECK(ask("POST", "/v1/servers/new/call?type=ok").status == 200);
  CHECK(swap("servers/new", R"({"type": "ObedientServer", "mode": "destructive"})").status == 400);
  CHECK(swap("servers/new", R"({"type": "ObedientServer", "new_id": "x"})").status == 400);
}

TEST_CASE_METHOD(PluginTest, "a swap of a server and an upgrade are tried and watched like a handler's swap",
                 "[api]") {
  install(PLUGIN_obedient_server, "obedient.so");
  ask("POST", "/v1/processes/new/start", R"({"type": "ObedientServer"})", "application/json");

  const ApiReply swapped =
      swap("servers/new", R"({"type": "ObedientServer", "canary": 5, "watch": {"window": "1ms"}})");
  CHECK(swapped.status == 200);
  CHECK(contains(swapped.body, R"({"step":"canary","ok":true,)"));
  CHECK(contains(swapped.body, "does not say pure_events"));
  CHECK(contains(swapped.body, R"("watch":{"events":0,"errors":0,)"));
  CHECK(contains(swapped.body, "nothing was watched: no requests came, so this proves nothing"));
  CHECK(contains(swapped.body, R"({"step":"total","ok":true,)"));
  CHECK(swap("servers/new", R"({"type": "ObedientServer", "canary": "many"})").status == 400);

  const auto upgrade = [this](const std::string& more) {
    return ask("POST", "/v1/upgrade", R"({"plugin": "x", )" + more + "}", "application/json");
  };
  CHECK(contains(upgrade(R"("watch": {"max_errors": 3})").body, "the watch has no `window`"));
  CHECK(upgrade(R"("canary": -1)").status == 400);
  CHECK(upgrade(R"("canary": 1, "watch": {"window": "1s"})").status == 404);  // there is no such plugin
}

TEST_CASE_METHOD(PluginTest, "of two upgrades at once the second is refused and told so", "[api]") {
  install(PLUGIN_counter_v1, "counter.so");
  add_counter(R"(, "id": "c")");
  install(PLUGIN_counter_v2, "counter2.so");
  std::promise<void> is_busy;
  std::promise<void> may_go_on;
  script.on_run = [&](Services&) {
    is_busy.set_value();
    may_go_on.get_future().wait();
  };
  ask("POST", "/v1/managers/log/notify?type=run");
  is_busy.get_future().wait();  // so no upgrade gets any further than to ask what runs

  std::mutex mutex;
  std::condition_variable changed;
  std::vector<ApiReply> answers;
  const auto upgrade = [&] {
    ApiReply answer = ask("POST", "/v1/upgrade", R"({"plugin": "counter"})", "application/json");
    const std::lock_guard lock(mutex);
    answers.push_back(std::move(answer));
    changed.notify_one();
  };
  std::thread one(upgrade);
  std::thread other(upgrade);
  {
    std::unique_lock lock(mutex);
    CHECK(changed.wait_for(lock, std::chrono::seconds(10), [&] { return !answers.empty(); }));
  }
  may_go_on.set_value();
  one.join();
  other.join();

  CHECK(answers.at(0).status == 422);
  CHECK(
      contains(answers.at(0).body,
               R"("code":"refused","text":"the upgrade failed at the step `check`: another upgrade is under )"
               R"(way; try again when it has ended; nothing was changed")"));
  CHECK(answers.at(1).status == 200);
  CHECK(contains(counter_says("c"), R"("reply":"2.0.0 )"));
  CHECK(ask("POST", "/v1/upgrade", R"({"plugin": "counter"})", "application/json").status == 200);
}

TEST_CASE_METHOD(PluginTest, "a manager is started when no type is given", "[api]") {
  CHECK(contains(ask("POST", "/v1/processes/fresh/start").body, R"({"started":"fresh#)"));
  CHECK(ask("GET", "/v1/managers/fresh/handlers").body == R"({"handlers":[]})");
  CHECK(ask("POST", "/v1/processes/bad%20name/start").status == 400);
  CHECK(ask("POST", "/v1/processes/other/start", R"({"options": {"start": 5}})").status == 400);
}

TEST_CASE_METHOD(PluginTest, "files are listed with what they offer or why they are refused", "[api]") {
  install(PLUGIN_counter_v1, "counter.so");
  std::ofstream(folder / "plugins" / "notes.txt") << "read me";

  const std::string plugins = ask("GET", "/v1/plugins").body;
  CHECK(contains(plugins, R"("provides":[{"kind":"handler","name":"CounterHandler")"));
  CHECK(contains(plugins, R"("refused":{"reason":"not_elf")"));
  CHECK(contains(ask("GET", "/v1/names").body, R"("types":[{"kind":"handler","name":"CounterHandler"}])"));

  CHECK(ask("GET", "/v1/libraries").body == R"({"libraries":[]})");  // looking loads nothing
  add_counter();
  CHECK(contains(ask("GET", "/v1/libraries").body, R"("plugin":"counter","version":"1.0.0")"));
  CHECK(contains(ask("GET", "/v1/status").body, R"("refused_files":[{"file":)"));
}

TEST_CASE_METHOD(PluginTest, "a plugin file is shown with all that its manifest says, and who uses it",
                 "[api]") {
  install(PLUGIN_counter_v1, "counter.so");

  const std::string before = ask("GET", "/v1/plugins?which=CounterHandler").body;
  CHECK(contains(
      before,
      R"("state":{"writes":1,"reads":[1]},"capabilities":[],)"
      R"("options":[{"name":"start","type":"int","required":false,"hot":false,"default":0,"help":""}])"));
  CHECK(contains(before, R"("signature":"unsigned","used_by":[],"state":"available")"));
  add_counter(R"(, "id": "c")");
  CHECK(contains(ask("GET", "/v1/plugins?which=counter").body, R"("used_by":["log/c"],"state":"loaded")"));
  CHECK(ask("GET", "/v1/plugins?which=counter.so").status == 200);
  const ApiReply unknown = ask("GET", "/v1/plugins?which=countr.so");
  CHECK(unknown.status == 404);
  CHECK(contains(unknown.body, R"(did you mean \"counter.so\"?)"));
}

TEST_CASE_METHOD(PluginTest, "what is in quarantine is listed, shown and cleared", "[api]") {
  install(PLUGIN_counter_v1, "counter.so");
  const std::string sha256 = verbs->plugins().at(0).sha256;
  quarantine.add({sha256,
                  folder / "plugins" / "counter.so",
                  "counter",
                  "1.0.0",
                  {RefusalReason::ended_host, "create: ended by signal 11", "create", 11},
                  0});

  CHECK(contains(ask("GET", "/v1/plugins").body, R"("name":"counter","version":"1.0.0")"));
  CHECK(
      contains(ask("GET", "/v1/plugins").body, R"("state":"quarantined","refused":{"reason":"ended_host")"));
  CHECK(contains(ask("GET", "/v1/quarantine").body,
                 R"("reason":"ended_host","step":"create","signal":11,"text":"create: ended by signal 11")"));
  CHECK(ask("GET", "/v1/quarantine?which=counter.so").status == 200);
  CHECK(ask("GET", "/v1/quarantine?which=nothing").status == 404);
  const ApiReply added = add_counter();
  CHECK(added.status == 422);
  CHECK(contains(added.body, R"("code":"quarantined")"));

  CHECK(ask("POST", "/v1/quarantine/clear").status == 400);
  CHECK(ask("POST", "/v1/quarantine/clear?which=x&all=true").status == 400);
  CHECK(contains(ask("POST", "/v1/quarantine/clear?which=" + sha256.substr(0, 8)).body,
                 R"("cleared":[{"sha256")"));
  CHECK(ask("GET", "/v1/quarantine").body == R"({"quarantined":[]})");
  CHECK(add_counter().status == 200);
  CHECK(ask("POST", "/v1/quarantine/clear?all=true").body == R"({"cleared":[]})");
  CHECK(host.log.all("verb").size() >= 2);
}

TEST_CASE_METHOD(PluginTest,
                 "what has ended the host is left out of a manager that starts, and of the servers",
                 "[api]") {
  install(PLUGIN_counter_v1, "counter.so");
  install(PLUGIN_obedient_server, "server.so");
  for (const CatalogEntry& file : verbs->plugins()) {
    quarantine.add({file.sha256, file.path, "p", "1.0.0", {RefusalReason::ended_host, "create"}, 0});
  }
  const auto manager = supervisor->start_child(
      deployment.manager_child({"other", {}, {{"c", {"CounterHandler", {}, {}, {}}}}}), infinity);
  REQUIRE(manager);
  CHECK(ask("GET", "/v1/managers/other/handlers").body == R"({"handlers":[]})");

  const ApiReply started =
      ask("POST", "/v1/processes/s/start", R"({"type": "ObedientServer"})", "application/json");
  CHECK(contains(started.body, R"("code":"quarantined")"));
  CHECK(host.log.count("left_out") == 2);
  CHECK(contains(ask("GET", "/v1/quarantine?which=counter.so").body, R"("left_out":["other/c"])"));
  CHECK(contains(ask("GET", "/v1/quarantine?which=server.so").body, R"("left_out":["s"])"));

  quarantine.clear_all();
  CHECK(ask("POST", "/v1/managers/other/handlers", R"({"type": "CounterHandler", "id": "c"})",
            "application/json")
            .status == 200);
  CHECK(verbs->left_out().size() == 1);
}
