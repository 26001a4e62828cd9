// SPDX-License-Identifier: Apache-2.0
// Plugins of every earlier release, and of the next minor version, in the real host of today: found, tried
// out, loaded, run, swapped to today's build with their state and back.
#include "tests/system/running_host.hpp"

#include <algorithm>
#include <sstream>

using namespace baton::test;

namespace {

/// What was built with the headers of one release.
struct Release {
  std::string name;

  [[nodiscard]] std::string folder() const { return std::string(BATON_OTHER_PLUGINS) + "/" + name; }

  [[nodiscard]] std::string file(const std::string& plugin) const { return folder() + "/" + plugin + ".so"; }

  [[nodiscard]] bool has(const std::string& plugin) const { return std::filesystem::exists(file(plugin)); }

  /// Whether it was made before ABI 1.`minor`.
  [[nodiscard]] bool is_before(int minor) const {
    const std::string before = "abi-1.";
    return name.starts_with(before) && std::stoi(name.substr(before.size())) < minor;
  }
};

std::vector<Release> releases() {
  std::istringstream names(BATON_RELEASES);
  std::vector<Release> all;
  for (std::string name; names >> name;) {
    all.push_back({name});
  }
  return all;
}

/// A host with the plugins of a release and nothing else.
struct OtherPlace : Place {
  Release release = GENERATE(from_range(releases()));

  void edit(const std::string& body) const { config(body, release.folder()); }

  void run(const std::string& body) {
    edit(body);
    start(path("baton.yaml"));
  }

  void notify(const std::vector<std::string>& events) const {
    for (const std::string& event : events) {
      CHECK(verb("sync-notify log msg " + event).code == 0);
    }
  }
};

std::string logger(int max_messages) {
  return "managers: {log: {handlers: [{type: LoggerHandler, options: {print: false, max_messages: " +
         std::to_string(max_messages) + "}}]}}\n";
}

}  // namespace

TEST_CASE("a handler of another release runs, and its state goes to today's build and back", "[abi]") {
  OtherPlace place;
  INFO("plugins of " << place.release.name);
  place.run(logger(3));

  place.notify({"one", "two", "three"});
  CHECK(place.verb("call log/LoggerHandler messages").output == "[\"one\", \"two\", \"three\"]\n");

  CHECK(contains(place.verb("swap log/LoggerHandler " PLUGIN_logger).output, "version 1, "));
  place.notify({"four"});

  CHECK(contains(place.verb("swap log/LoggerHandler " + place.release.file("logger")).output, "version 1, "));
  CHECK(place.verb("call log/LoggerHandler messages").output == "[\"two\", \"three\", \"four\"]\n");
  CHECK(contains(place.verb("sys state log").output, "\"messages\":3"));
  CHECK(contains(place.verb("status -o json").output, "\"state\":\"unloaded\""));
  CHECK_FALSE(contains(place.log(), "library_pinned"));
}

TEST_CASE("a handler in C of another release runs, and its state goes to today's build and back", "[abi]") {
  OtherPlace place;
  INFO("plugins of " << place.release.name);
  place.run("managers: {log: {handlers: [{type: CCounter, id: c, options: {start: 40}}]}}\n");

  place.notify({"a"});
  CHECK(place.verb("swap log/c " PLUGIN_c_counter).code == 0);
  place.notify({"a"});
  CHECK(place.verb("swap log/c " + place.release.file("c_counter")).code == 0);

  CHECK(place.verb("call log/c count").output == "42\n");
}

TEST_CASE("a server of another release runs, and its state goes to today's build and back", "[abi]") {
  OtherPlace place;
  INFO("plugins of " << place.release.name);
  place.run("servers: {queue: {type: SimpleQueue, options: {items: [1, 2]}}}\n");

  CHECK(place.verb("cast queue enqueue 3").code == 0);
  CHECK(place.verb("call queue dequeue").output == "1\n");
  CHECK(place.verb("swap queue " PLUGIN_simple_queue).code == 0);
  CHECK(place.verb("cast queue enqueue 4").code == 0);
  CHECK(place.verb("swap queue " + place.release.file("simple_queue")).code == 0);

  CHECK(place.verb("call queue queue").output == "[2, 3, 4]\n");
}

TEST_CASE("servers and handlers of another release end in order", "[abi]") {
  OtherPlace place;
  INFO("plugins of " << place.release.name);
  place.run(
      "managers: {log: {handlers: [LoggerHandler, CCounter]}}\nservers: {queue: {type: SimpleQueue}}\n");

  CHECK(place.verb("remove log/CCounter").code == 0);
  CHECK(place.verb("stop").code == 0);
  CHECK(eventually([&place] { return !place.host().is_running(); }));
  CHECK_FALSE(contains(place.log(), "crash"));
}

TEST_CASE("large state of another release goes to today's build and back, in parts and where it lies",
          "[abi]") {
  OtherPlace place;
  INFO("plugins of " << place.release.name);
  REQUIRE(place.release.has("words") != place.release.is_before(1));
  if (place.release.is_before(1)) {
    return;  // there was none
  }
  const auto [type, way] = GENERATE(table<std::string, std::string>(
      {{"PartedWords", "\"state_parts\""}, {"MemoryWords", "\"memory_bytes\""}}));
  place.run("managers: {log: {handlers: [{type: " + type + ", id: words}]}}\n");
  REQUIRE(place.verb("call log/words fill 5000").output == "ok\n");

  CHECK(contains(place.verb("swap log/words " PLUGIN_words_1_1_0 " -o json").output, way));
  CHECK(place.verb("sync-notify log word apple").code == 0);
  CHECK(contains(place.verb("swap log/words " + place.release.file("words") + " -o json").output, way));

  CHECK(place.verb("call log/words get apple").output == "1\n");
  CHECK(place.verb("call log/words words").output == "5001\n");
}

TEST_CASE("an option that another release calls hot is changed without a swap, before that with one",
          "[abi]") {
  OtherPlace place;
  INFO("plugins of " << place.release.name);
  place.run(logger(3));
  place.notify({"one", "two", "three"});

  place.edit(logger(2));
  const bool is_hot = !place.release.is_before(2);
  CHECK(contains(place.verb("plan").output, "without a swap") == is_hot);
  CHECK(place.verb("apply").code == 0);

  CHECK(place.verb("call log/LoggerHandler messages").output == "[\"two\", \"three\"]\n");
  CHECK(contains(place.verb("which log -o json").output, is_hot ? R"("instance":1)" : R"("instance":2)"));
}
