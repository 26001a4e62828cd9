// SPDX-License-Identifier: Apache-2.0
// Real plugins in a real manager: what an operator does while events flow.
#include "tests/plugin/loader_fixture.hpp"
#include "tests/support/manual_host.hpp"

#include <catch2/catch.hpp>

using namespace baton;
using namespace baton::test;

namespace {

struct LiveHost {
  Loader loader;  // first: what the manager holds is let go before it
  ManualHost host;
  std::shared_ptr<EventManager> manager = host.manager();

  void add(const std::string& id, const std::filesystem::path& plugin) {
    REQUIRE(manager->add_handler({id, loader.factory(plugin), {}}));
  }

  NotifyOutcome notify(const std::string& type, std::size_t count = 1) {
    const std::vector<Message> events(count, host.message(type));
    const auto outcome = manager->sync_notify(events);
    REQUIRE(outcome);
    return *outcome;
  }

  Result<SwapReport> swap(const std::filesystem::path& plugin) {
    return manager->swap_handler({"a", {"a", loader.factory(plugin), {}}, SwapMode::safe, "", ""});
  }

  std::string count() {
    const auto reply = manager->call("a", host.message("count"));
    return reply ? reply->data : code_of(reply);
  }

  /// By version of the plugin, the newest load of it.
  LibraryState state_of(std::string_view version) {
    const auto records = loader.store->records();
    const auto found = std::find_if(records.rbegin(), records.rend(),
                                    [&](const auto& record) { return record.version == version; });
    REQUIRE(found != records.rend());
    return found->state;
  }
};

}  // namespace

TEST_CASE_METHOD(LiveHost, "a plugin is swapped with its state, and the library of the old one goes",
                 "[live_swap]") {
  add("a", PLUGIN_counter_v1);
  notify("tick", 3);

  const auto report = swap(PLUGIN_counter_v2);

  REQUIRE(report);
  CHECK(report->state_moved);
  CHECK(report->old_version == "1.0.0");
  CHECK(report->new_version == "2.0.0");
  notify("tick", 2);
  CHECK(count() == "2.0.0 5 2");  // 5 in the state that was handed on, 2 in the static of the new library
  CHECK(state_of("1.0.0") == LibraryState::unloaded);
  CHECK(state_of("2.0.0") == LibraryState::loaded);
}

TEST_CASE_METHOD(LiveHost,
                 "what the instances of a handler have handled adds up, also of those that are gone",
                 "[live_swap]") {
  add("a", PLUGIN_counter_v1);
  REQUIRE(swap(PLUGIN_counter_v1));  // it had no events: nothing to remember
  notify("tick", 3);
  REQUIRE(swap(PLUGIN_counter_v2));
  notify("tick", 2);

  auto status = manager->status();
  REQUIRE(status);
  REQUIRE(status->ended.size() == 1);
  CHECK(status->ended[0].instance == 2);
  CHECK(status->ended[0].version == "1.0.0");
  CHECK(status->ended[0].handled == 3);
  CHECK(status->ended[0].was_swapped);
  CHECK(status->handlers.at(0).handled == 2);

  for (std::size_t i = 0; i < ended_handlers_max; ++i) {
    REQUIRE(swap(PLUGIN_counter_v2));
    notify("tick");
  }
  REQUIRE(manager->delete_handler("a", ""));
  status = manager->status();
  CHECK(status->ended.size() == ended_handlers_max);
  CHECK(status->ended.front().handled == 1);
  CHECK_FALSE(status->ended.back().was_swapped);
}

TEST_CASE_METHOD(LiveHost, "a version that cannot read the state is refused, and the old one goes on",
                 "[live_swap]") {
  add("a", PLUGIN_counter_v2);
  notify("tick", 3);

  CHECK(code_of(swap(PLUGIN_counter_v1)) == "state_refused");

  notify("tick");
  CHECK(count() == "2.0.0 4 4");
  CHECK(state_of("1.0.0") == LibraryState::unloaded);
}

TEST_CASE_METHOD(LiveHost, "a plugin that throws at an event is removed and unloaded, and the others go on",
                 "[live_swap]") {
  add("thrower", PLUGIN_event_throws);
  add("a", PLUGIN_counter_v1);

  CHECK(notify("harmless").failures.empty());
  const NotifyOutcome outcome = notify("throw");

  REQUIRE(outcome.failures.size() == 1);
  CHECK(outcome.failures[0].handler == "thrower");
  CHECK(outcome.failures[0].crashed);
  CHECK(outcome.failures[0].reason.find("disk on fire") != std::string::npos);
  CHECK(count() == "1.0.0 2 2");
  CHECK(manager->which_handlers()->size() == 1);
  CHECK(loader.log.count("library_unloaded") == 1);
}

TEST_CASE_METHOD(LiveHost, "a file copied over that of a running plugin is what the next swap loads",
                 "[live_swap]") {
  const auto file = loader.plugins.install(PLUGIN_counter_v1, "counter.so");
  add("a", file);
  notify("tick", 2);

  std::filesystem::copy_file(PLUGIN_counter_v2, file, std::filesystem::copy_options::overwrite_existing);
  notify("tick");
  CHECK(count() == "1.0.0 3 3");

  const auto report = swap(file);

  REQUIRE(report);
  CHECK(count() == "2.0.0 3 0");
  CHECK_FALSE(maps_contain(file.string()));
}

TEST_CASE_METHOD(LiveHost, "swaps back and forth leave one library loaded and lose no event", "[live_swap]") {
  constexpr int rounds = 100;
  add("a", PLUGIN_counter_v1);

  for (int round = 0; round < rounds; ++round) {
    notify("tick");
    REQUIRE(swap(round % 2 == 0 ? PLUGIN_counter_v1_rebuilt : PLUGIN_counter_v1));
  }

  CHECK(count() == "1.0.0 100 0");
  CHECK(loader.log.count("library_unloaded") == rounds);
  CHECK(loader.log.count("library_pinned") == 0);
}

TEST_CASE_METHOD(LiveHost, "a handler written in C counts from its option, and hands its count on",
                 "[live_swap]") {
  Option start;
  start.name = "start";
  start.type = OptionType::integer;
  start.integer = 40;
  REQUIRE(manager->add_handler({"a", loader.factory(PLUGIN_c_counter), {start}}));
  notify("tick", 2);
  CHECK(count() == "42");

  const auto report = swap(PLUGIN_c_counter);

  REQUIRE(report);
  CHECK(report->state_bytes == 8);
  CHECK(count() == "42");
}

#ifdef PLUGIN_other_compiler
TEST_CASE_METHOD(LiveHost, "a plugin of another compiler than the host's works, and really goes",
                 "[live_swap]") {
  add("a", PLUGIN_other_compiler);

  CHECK(notify("msg", 3).failures.empty());
  CHECK(manager->which_handlers()->at(0).handled == 3);
  REQUIRE(manager->delete_handler("a", ""));

  CHECK(loader.state_of_last() == LibraryState::unloaded);
  CHECK_FALSE(maps_contain(loader.store->records().back().sha256.substr(0, 16)));
}
#endif
