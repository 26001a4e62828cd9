// SPDX-License-Identifier: Apache-2.0
// Handlers with a large state from .so files: what is handed over, and that nothing of it is lost.
#include "tests/plugin/loader_fixture.hpp"
#include "tests/support/manual_host.hpp"
#include "tests/support/threaded_host.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <thread>

using namespace baton;
using namespace baton::test;

namespace {

std::string ask(EventManager& manager, const std::string& type, const std::string& data = {}) {
  Message request{};
  request.type = to_str(type);
  request.data = to_bytes(data);
  const auto reply = manager.call("words", request, infinity);
  return reply ? reply->data : code_of(reply);
}

Result<SwapReport> swap_words(EventManager& manager, std::shared_ptr<const HandlerFactory> to) {
  return manager.swap_handler({"words", {"words", std::move(to), {}}, SwapMode::safe, "", ""});
}

struct WordsTest {
  Loader loader;  // first: what the manager holds is let go before it
  ManualHost host;
  std::shared_ptr<EventManager> manager = host.manager();

  std::shared_ptr<const HandlerFactory> factory(const std::filesystem::path& file, const std::string& type) {
    auto made = loader.catalog.handler_factory_from_file(file, type);
    REQUIRE(made);
    return *made;
  }

  void add(const std::filesystem::path& file, const std::string& type) {
    REQUIRE(manager->add_handler({"words", factory(file, type), {}}));
    REQUIRE(ask(*manager, "fill", "5000") == "ok");
    count("apple", 2);
  }

  void count(const std::string& word, int times) {
    const std::vector<Message> events(static_cast<std::size_t>(times), host.message("word", word));
    const auto outcome = manager->sync_notify(events);
    REQUIRE(outcome);
    CHECK(outcome->failures.empty());
  }

  Result<SwapReport> swap(const std::filesystem::path& file, const std::string& type) {
    auto report = swap_words(*manager, factory(file, type));
    host.scheduler.run_all();
    return report;
  }

  void check_nothing_is_missing() {
    count("apple", 1);
    CHECK(ask(*manager, "get", "apple") == "3");
    CHECK(ask(*manager, "words") == "5001");
    CHECK(ask(*manager, "total") == "3");
    CHECK(ask(*manager, "gaps") == "0");
  }
};

}  // namespace

TEST_CASE_METHOD(WordsTest, "a table in memory of the host is there in the next release, uncopied",
                 "[large_state]") {
  add(PLUGIN_words_1_0_0, "MemoryWords");

  const auto report = swap(PLUGIN_words_1_1_0, "MemoryWords");

  REQUIRE(report);
  CHECK(report->new_version == "1.1.0");
  CHECK(report->memory_bytes > 100'000'000);
  CHECK(report->state_bytes == 32);
  CHECK(report->state_parts == 0);
  check_nothing_is_missing();
  CHECK_FALSE(maps_contain(loader.store->records().front().sha256.substr(0, 16)));  // the old code is gone
}

TEST_CASE_METHOD(WordsTest, "a state of another version goes over in parts and is converted",
                 "[large_state]") {
  add(PLUGIN_words_1_0_0, "PartedWords");

  const auto report = swap(PLUGIN_words_2_0_0, "PartedWords");

  REQUIRE(report);
  CHECK(report->new_version == "2.0.0");
  CHECK(report->old_state_version == 1);
  CHECK(report->state_parts > 3);
  CHECK(report->memory_bytes == 0);
  check_nothing_is_missing();
  CHECK_FALSE(maps_contain(loader.store->records().front().sha256.substr(0, 16)));
}

TEST_CASE_METHOD(WordsTest, "a version that reads neither is refused, and the old one goes on",
                 "[large_state]") {
  const std::string type = GENERATE("PartedWords", "MemoryWords");
  add(PLUGIN_words_2_0_0, type);

  CHECK(code_of(swap(PLUGIN_words_1_0_0, type)) == "state_refused");

  check_nothing_is_missing();
}

TEST_CASE_METHOD(WordsTest, "a plugin of before the parts takes the state whole", "[large_state]") {
  add(PLUGIN_words_1_0_0, "WholeWords");

  const auto report = swap(PLUGIN_words_2_0_0, "WholeWords");

  REQUIRE(report);
  CHECK(report->state_parts == 0);
  CHECK(report->state_bytes > 5000 * 40);
  check_nothing_is_missing();
}

// What the figures of docs/performance.md are about, with threads: here that nothing is lost, there how long
// it takes.
TEST_CASE("under load, a table of 100 MB loses no event on its way through three versions", "[large_state]") {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  const std::string words = "100000";
#else
  const std::string words = "900000";
#endif
  const std::string type = GENERATE("PartedWords", "MemoryWords");
  Loader loader;
  ThreadedHost host;
  EventManagerOptions options;
  options.process.block_timeout = std::chrono::minutes(5);
  auto manager = EventManager::start(host.runtime, "log", options);
  REQUIRE(manager);
  const auto factory = [&](const char* file) {
    auto made = loader.catalog.handler_factory_from_file(file, type);
    REQUIRE(made);
    return *made;
  };
  REQUIRE((*manager)->add_handler({"words", factory(PLUGIN_words_1_0_0), {}}));
  REQUIRE(ask(**manager, "fill", words) == "ok");

  std::atomic<bool> is_enough{false};
  std::atomic<std::uint64_t> sent{0};
  std::thread producer([&] {
    const std::vector<std::string> texts{"apple", "pear", "plum", "fig"};
    std::vector<Message> events;
    for (const std::string& text : texts) {
      events.push_back(with_atom(message("word", text), host.atoms));
    }
    while (!is_enough) {
      sent += (*manager)->notify(events).value_or(0);
    }
  });
  std::vector<const char*> path{PLUGIN_words_1_1_0};
  if (type == "PartedWords") {
    path.push_back(PLUGIN_words_2_0_0);
  }
  for (const char* file : path) {
    const auto report = swap_words(**manager, factory(file));
    REQUIRE(report);
    CHECK(report->state_moved);
  }
  is_enough = true;
  producer.join();

  CHECK(ask(**manager, "total") == std::to_string(sent.load()));
  CHECK(ask(**manager, "gaps") == "0");
  CHECK(ask(**manager, "words") == std::to_string(std::stoul(words) + 4));
  CHECK(std::stoul(ask(**manager, "get", "plum")) == sent / 4);
}
