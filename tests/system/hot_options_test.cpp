// SPDX-License-Identifier: Apache-2.0
// Options that are changed by editing the config, in instances that go on.
#include "tests/system/running_host.hpp"

#include <nlohmann/json.hpp>

#include <atomic>
#include <thread>

using namespace baton::test;
using Json = nlohmann::json;

namespace {

/// A host with the shipped plugins, and one whose answers the test chooses.
struct HotPlace : Place {
  void edit(const std::string& body) const {
    config(body, std::string(BATON_PLUGINS) + ", " + path("plugins").string());
  }

  void run(const std::string& body) {
    REQUIRE(shell("cp " PLUGIN_hot_options " " PLUGIN_create_fails " " + path("plugins").string()).code == 0);
    edit(body);
    start(path("baton.yaml"));
  }

  [[nodiscard]] Json json(const std::string& words) const {
    return Json::parse(verb(words + " -o json").output);
  }

  /// "id#instance", oldest first.
  [[nodiscard]] std::vector<std::string> instances() const {
    std::vector<std::string> lines;
    const Json which = json("which log");
    for (const Json& handler : which.at("handlers")) {
      lines.insert(lines.begin(), handler.at("id").get<std::string>() + "#" + handler.at("instance").dump());
    }
    return lines;
  }

  [[nodiscard]] std::string says(const std::string& target) const {
    return verb("call " + target + " say").output;
  }
};

using Lines = std::vector<std::string>;

std::string logger(const std::string& options) {
  return "managers: {log: {handlers: [{type: LoggerHandler, options: {print: false, " + options + "}}]}}\n";
}

std::string hot(const std::string& a, const std::string& b, const std::string& more = {}) {
  return "managers: {log: {handlers: [{type: HotHandler, id: a, options: " + a +
         "}, {type: HotHandler, id: b, options: " + b + "}" + more + "]}}\n";
}

}  // namespace

TEST_CASE("editing a hot option changes it in the logger that runs, and keeps what it has", "[hot]") {
  HotPlace place;
  place.run(logger("max_messages: 3"));
  for (const char* message : {"1", "2", "3"}) {
    REQUIRE(place.verb(std::string("sync-notify log msg ") + message).code == 0);
  }

  place.edit(logger("max_messages: 2"));
  const Ran plan = place.verb("plan");
  CHECK(plan.code == 2);
  CHECK(contains(plan.output,
                 "~ log/LoggerHandler  reconfigure  max_messages 3 -> 2, without a swap  the file changed"));
  const Json step = place.json("plan").at("plan").at("steps").at(0);
  CHECK(step.at("without_swap") == true);

  const Ran applied = place.verb("apply");
  CHECK(applied.code == 0);
  CHECK(contains(applied.output, "#1 goes on  pause "));
  CHECK(place.instances() == Lines{"LoggerHandler#1"});
  CHECK(contains(place.verb("call log/LoggerHandler messages").output, R"(["2", "3"])"));
  CHECK(place.verb("plan").code == 0);
  CHECK(place.verb("diff --runtime").code == 0);

  CHECK(contains(place.verb("sys status log").output, R"("max_messages":2)"));
  REQUIRE(place.verb("rollback 1").code == 0);
  CHECK(place.instances() == Lines{"LoggerHandler#1"});
  CHECK(contains(place.verb("sys status log").output, R"("max_messages":3)"));
}

TEST_CASE("an option of the logger that is not hot makes a new instance, which has its messages", "[hot]") {
  HotPlace place;
  place.run(logger("max_messages: 3"));
  REQUIRE(place.verb("sync-notify log msg 1").code == 0);

  place.edit(logger("max_messages: 4, types: [msg, audit]"));
  CHECK_FALSE(contains(place.verb("plan").output, "without a swap"));
  REQUIRE(place.verb("apply").code == 0);

  CHECK(place.instances() == Lines{"LoggerHandler#2"});
  CHECK(contains(place.verb("call log/LoggerHandler messages").output, R"(["1"])"));
}

TEST_CASE("hot options are changed again and again while events flow, and none is missed", "[hot]") {
  HotPlace place;
  place.run(logger("max_messages: 1000000"));
  const std::string lines = place.path("lines").string();
  REQUIRE(shell("seq 1 5000 > " + lines).code == 0);
  std::atomic<bool> is_over = false;
  std::atomic<int> failed = 0;
  std::thread editor([&] {
    for (int i = 1; i <= 20; ++i) {
      // Catch's assertions are for one thread.
      place.edit(logger("max_messages: " + std::to_string(1'000'000 + i)));
      failed += place.verb("apply").code == 0 ? 0 : 1;
    }
    is_over = true;
  });
  std::size_t sent = 0;
  do {
    CHECK(place.verb("notify log msg - < " + lines).output == "5000 accepted, 5000 handled, 0 refused\n");
    sent += 5000;
  } while (!is_over);
  editor.join();

  CHECK(failed == 0);
  CHECK(contains(place.log(), "config_applied generation=21"));
  CHECK(place.instances() == Lines{"LoggerHandler#1"});
  CHECK(place.verb("call log/LoggerHandler count").output == std::to_string(sent) + "\n");
  CHECK(contains(place.verb("sys status log").output, R"("max_messages":1000020)"));
}

TEST_CASE("hot options that are refused are exit code 3, and everything is as it was", "[hot]") {
  HotPlace place;
  place.run(hot("{}", "{}"));
  REQUIRE(place.verb("sync-notify log msg").code == 0);

  place.edit(hot("{step: 5}", "{step: 5, answer: refuse}"));
  const Ran applied = place.verb("apply");

  CHECK(applied.code == 3);
  CHECK(contains(applied.output,
                 "failed: log/b: it refuses these options and keeps those it has: not with me"));
  CHECK(contains(applied.output, "generation 1 goes on: what was done has been taken back"));
  CHECK(place.instances() == Lines{"a#1", "b#1"});
  CHECK(contains(place.says("log/a"), "1 1 0"));
  CHECK(contains(place.says("log/b"), "1 1 0"));
  CHECK(place.verb("diff --runtime").code == 0);
}

TEST_CASE("hot options are taken back when a later step fails, in the same instances", "[hot]") {
  HotPlace place;
  place.run(hot("{}", "{}") + "servers: {queue: {type: HotServer}}\n");

  place.edit(hot("{step: 5}", "{step: 6}", ", {type: FixtureHandler, id: bad}") +
             "servers: {queue: {type: HotServer, options: {step: 7}}}\n");
  const Ran applied = place.verb("apply");

  CHECK(applied.code == 3);
  CHECK(contains(applied.output, "failed: log/bad: no disk"));
  CHECK(place.instances() == Lines{"a#1", "b#1"});
  for (const char* target : {"log/a", "log/b", "queue"}) {
    CHECK(contains(place.says(target), "1 0 0"));
  }
}

TEST_CASE("who crashes over hot options is exit code 4, and the crash is on record", "[hot]") {
  HotPlace place;
  place.run(hot("{}", "{}"));

  place.edit(hot("{}", "{answer: fail}"));
  const Ran applied = place.verb("apply");

  CHECK(applied.code == 4);
  CHECK(contains(applied.output, "handler `log/b` crashed and was removed: half way"));
  CHECK(place.instances() == Lines{"a#1"});
  CHECK(contains(place.verb("crash list").output, "change_options"));
}

TEST_CASE("a server takes hot options while it goes on, and has them after its supervisor restarts it",
          "[hot]") {
  HotPlace place;
  const std::string queue = "servers: {queue: {type: SimpleQueue, options: {items: [a], max_items: ";
  place.run(queue + "5}}}\n");
  REQUIRE(place.verb("cast queue enqueue b").code == 0);

  place.edit(queue + "2}}}\n");
  const Ran applied = place.verb("apply");
  CHECK(applied.code == 0);
  CHECK(contains(applied.output, "#1 goes on  pause "));
  REQUIRE(place.verb("cast queue enqueue c").code == 0);

  CHECK(contains(place.verb("call queue queue").output, R"(["a", "b"])"));
  REQUIRE(place.verb("stop queue").code == 0);
  REQUIRE(place.verb("start queue").code == 0);
  CHECK(contains(place.verb("sys status queue").output, R"("max_items":2)"));
}

TEST_CASE("a plugin shows which of its options are hot", "[hot]") {
  HotPlace place;
  place.run(logger("max_messages: 3"));

  const Ran shown = place.verb("plugin show LoggerHandler");
  CHECK(contains(shown.output, "OPTION        TYPE  DEFAULT  ALLOWED        HOT  HELP"));
  CHECK(contains(shown.output, "yes  how many messages are kept"));
  CHECK(contains(shown.output, "-    types of the events that count"));
  const Json options =
      place.json("plugin show LoggerHandler").at("plugins").at(0).at("provides").at(0).at("options");
  CHECK(options.at(0).at("hot") == true);
  CHECK(options.at(2).at("hot") == false);
}
