// SPDX-License-Identifier: Apache-2.0
#include "host/loader/process_libraries.hpp"
#include "tests/plugin/loader_fixture.hpp"

#include <catch2/catch.hpp>

#include <thread>

using namespace baton;
using namespace baton::test;

namespace {

/// Installs a handler, gives it an event, and lets go of everything.
void use_once(Loader& loader, const std::filesystem::path& plugin) {
  const auto handler = loader.handler(plugin);
  const Message event = message("msg", "hello");
  CHECK(handler->handle_events({&event, 1}).verdict == HandlerVerdict::ok);
  CHECK(loader.state_of_last() == LibraryState::loaded);
}

/// Notes what becomes of libraries.
struct Recorder final : UnloadObserver {
  std::vector<std::string> released;

  void library_released(std::uint64_t serial, const std::optional<std::string>& pinned) override {
    released.push_back(std::to_string(serial) + (pinned ? " pinned" : " unloaded"));
  }
};

std::string copy_name(Loader& loader) {
  const LibraryRecord record = loader.store->records().back();
  return record.sha256.substr(0, 16) + "-" + std::to_string(record.serial) + ".so";
}

}  // namespace

TEST_CASE("a library goes, mapping and copy, with the last instance", "[library]") {
  Loader loader;

  SECTION("of C") {
    use_once(loader, PLUGIN_plain);
  }

  SECTION("of C++ with make_shared, regex and function statics") {
    use_once(loader, PLUGIN_uses_make_shared);
  }

  CHECK(loader.state_of_last() == LibraryState::unloaded);
  CHECK_FALSE(maps_contain(copy_name(loader)));
  CHECK(loader.log.count("library_unloaded") == 1);
  CHECK(std::filesystem::is_empty(*std::filesystem::directory_iterator(loader.runtime.path() / "run")));
}

TEST_CASE("a factory alone keeps a library, and an instance alone does too", "[library]") {
  Loader loader;
  auto factory = loader.factory(PLUGIN_plain);
  auto handler = factory->create({}, loader.services);
  REQUIRE(handler);

  factory.reset();
  CHECK(loader.state_of_last() == LibraryState::loaded);
  handler->reset();
  CHECK(loader.state_of_last() == LibraryState::unloaded);
}

TEST_CASE("a library that stays is reported as pinned, and as gone when it has gone", "[library]") {
  Loader loader;
  auto made = loader.factory(PLUGIN_leaves_thread_local)->create({}, loader.services);
  REQUIRE(made);
  std::vector<LibraryRecord> while_its_thread_runs;

  std::thread user([&, handler = std::move(*made)]() mutable {
    const Message event = message("msg", "hello");
    static_cast<void>(handler->handle_events({&event, 1}));
    handler.reset();
    while_its_thread_runs = loader.store->records();
  });
  user.join();
  use_once(loader, PLUGIN_plain);  // the C library cleans up behind the next library that really goes

  CHECK(while_its_thread_runs.back().state == LibraryState::pinned);
  CHECK(while_its_thread_runs.back().reason.find("thread_local") != std::string::npos);
  CHECK(loader.log.count("library_pinned") == 1);
  CHECK(loader.store->records().front().state == LibraryState::unloaded);
}

TEST_CASE("a library is loaded from memory where no file can hold code, and goes as well", "[library]") {
  Loader loader;
  Recorder recorder;
  const auto content = read_plugin_file(PLUGIN_plain);
  REQUIRE(content);
  auto copy = PrivateCopy::in_memory(content->bytes);
  REQUIRE(copy);
  const std::filesystem::path path = copy->path();
  PluginIdentity identity = judge_plugin_file(PLUGIN_plain).identity();

  auto library = Library::load(std::move(identity), std::move(*copy), 1, recorder);
  REQUIRE(library);
  CHECK((*library)->handler("FixtureHandler") != nullptr);
  CHECK(is_mapped(path));
  library->reset();

  CHECK_FALSE(is_mapped(path));
  CHECK_FALSE(std::filesystem::exists(path));
  CHECK(recorder.released == std::vector<std::string>{"1 unloaded"});
}

TEST_CASE("a name of a private copy is never used again", "[library]") {
  Loader loader;
  use_once(loader, PLUGIN_plain);
  const std::string first = copy_name(loader);
  use_once(loader, PLUGIN_plain);

  CHECK(copy_name(loader) != first);
  CHECK(loader.store->records().size() == 2);
}

TEST_CASE("a thousand loads leave nothing behind but the records of the last", "[library]") {
  Loader loader;
  for (int i = 0; i < 1000; ++i) {
    const auto factory = loader.catalog.handler_factory_from_file(PLUGIN_plain, "FixtureHandler");
    REQUIRE(factory);
  }

  const auto records = loader.store->records();
  CHECK(records.size() <= LibraryStore::gone_records_max + 1);
  CHECK(records.back().serial == 1000);
  CHECK(loader.log.count("library_unloaded") == 1000);
  CHECK_FALSE(maps_contain(records.back().sha256.substr(0, 16)));
}
