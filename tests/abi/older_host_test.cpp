// SPDX-License-Identifier: Apache-2.0
// Today's plugins in the fake host of an earlier release: compiled with the headers of that release, whose
// table ends where it ended then.
#include <baton/testing/fake_host.hpp>

#include <catch2/catch.hpp>

#include <cstdint>
#include <string>
#include <vector>

using namespace baton::testing;

TEST_CASE("today's handler runs in an older host, and takes its state over there", "[abi]") {
  FakeHost host;
  const PluginFile file(PLUGIN_logger);
  const OptionSettings settings = {{"print", false}, {"max_messages", std::int64_t{2}}};
  auto logger = host.create(file, "LoggerHandler", settings);
  for (const char* message : {"one", "two", "three"}) {
    CHECK(logger.notify("msg", message).status == BATON_OK);
  }
  CHECK(logger.call("messages").reply == R"(["two", "three"])");
  CHECK(logger.call("nonsense").status == BATON_UNSUPPORTED);

  const auto state = logger.save();
  REQUIRE(state);
  auto next = host.create(file, "LoggerHandler", settings, state);
  CHECK(logger.terminate(BATON_TERMINATE_SWAPPED).status == BATON_OK);
  CHECK(next.call("messages").reply == R"(["two", "three"])");
  CHECK_FALSE(next.format_status().state.empty());
}

TEST_CASE("today's server runs in an older host, and takes its state over there", "[abi]") {
  FakeHost host;
  const PluginFile file(PLUGIN_simple_queue);
  auto queue = host.create(file, "SimpleQueue", {{"items", std::vector<std::string>{"1", "2"}}});
  CHECK(queue.cast("enqueue", "3").status == BATON_OK);
  CHECK(queue.cast("nonsense").status == BATON_OK);
  REQUIRE(host.logs().size() == 1);
  CHECK(host.logs()[0].text == "unknown cast: nonsense");
  CHECK(queue.call("dequeue").reply == "1");

  auto next = host.create(file, "SimpleQueue", {}, queue.save());
  CHECK(next.call("queue").reply == "[2, 3]");
}

TEST_CASE("today's handler in C runs in an older host, and takes its state over there", "[abi]") {
  FakeHost host;
  const PluginFile file(PLUGIN_c_counter);
  auto counter = host.create(file, "CCounter", {{"start", std::int64_t{40}}});
  CHECK(counter.notify_all({{"a", ""}, {"b", ""}}).handled == 2);

  auto next = host.create(file, "CCounter", {}, counter.save());
  CHECK(next.call("count").reply == "42");
}

TEST_CASE("a handler with its state in parts gives it whole to a host that knows no parts", "[abi]") {
  FakeHost host;
  const PluginFile file(PLUGIN_words_1_1_0);
  auto words = host.create(file, "PartedWords");
  CHECK(words.notify("word", "apple").status == BATON_OK);

  auto next = host.create(file, "PartedWords", {}, words.save());
  CHECK(next.notify("word", "apple").status == BATON_OK);
  CHECK(next.call("get", "apple").reply == "2");
}

#if BATON_ABI_MINOR >= 1
TEST_CASE("a handler that needs memory of the host has it", "[abi]") {
  FakeHost host;
  const PluginFile file(PLUGIN_words_1_1_0);
  auto words = host.create(file, "MemoryWords");
  CHECK(words.notify("word", "apple").status == BATON_OK);

  auto next = host.create(file, "MemoryWords", {}, words.save());
  CHECK(next.call("get", "apple").reply == "1");
}
#else
TEST_CASE("a handler that needs memory of the host is not made by one without it, and says why", "[abi]") {
  FakeHost host;
  const PluginFile file(PLUGIN_words_1_1_0);

  CHECK_THROWS_WITH(host.create(file, "MemoryWords"), "the host has no memory to give: unsupported");
}
#endif
