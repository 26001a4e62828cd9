// SPDX-License-Identifier: Apache-2.0
#include "host/loader/catalog.hpp"

#include "tests/plugin/loader_fixture.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>
#include <thread>

using namespace baton;
using namespace baton::test;

namespace {

bool mentions(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::string reason_of(const CatalogEntry& entry) {
  return entry.refusal ? std::string(refusal_name(entry.refusal->reason)) : "accepted";
}

}  // namespace

TEST_CASE("every visible file is listed with what it offers or why it is refused", "[catalog]") {
  Loader loader;
  loader.plugins.install(PLUGIN_counter_v1, "counter.so");
  loader.plugins.write("notes.txt", "read me");
  loader.plugins.write(".counter.so.tmp", "half a copy");
  std::filesystem::create_directory(loader.plugins.path() / "old");
  REQUIRE(::mkfifo((loader.plugins.path() / "pipe").c_str(), 0600) == 0);
  std::filesystem::create_symlink("nowhere", loader.plugins.path() / "dangling.so");

  loader.catalog.rescan();

  const auto files = loader.catalog.files();
  REQUIRE(files.size() == 4);
  CHECK(files[0].manifest->provides[0].name == "CounterHandler");
  CHECK(files[0].sha256.size() == 64);
  CHECK(reason_of(files[1]) == "unreadable");
  CHECK(reason_of(files[2]) == "not_elf");
  CHECK(reason_of(files[3]) == "not_a_file");
  CHECK(loader.log.count("plugin_found") == 1);
  CHECK(loader.log.count("plugin_refused") == 3);
}

TEST_CASE("a rescan reads only what has changed, and reports each change once", "[catalog]") {
  Loader loader;
  loader.plugins.install(PLUGIN_counter_v1, "counter.so");
  loader.catalog.rescan();

  SECTION("nothing changed") {
    loader.catalog.rescan();
    CHECK(loader.log.count("plugin_found") == 1);
  }

  SECTION("the file was touched, with the same content") {
    std::filesystem::last_write_time(loader.plugins.path() / "counter.so",
                                     std::filesystem::file_time_type::clock::now());
    loader.catalog.rescan();
    CHECK(loader.log.count("plugin_found") == 1);
  }

  SECTION("another file was renamed over it") {
    loader.plugins.install(PLUGIN_counter_v2, "counter.so");
    loader.catalog.rescan();
    CHECK(loader.catalog.files()[0].manifest->version == "2.0.0");
    CHECK(loader.log.count("plugin_found") == 2);
  }

  SECTION("it was removed") {
    std::filesystem::remove(loader.plugins.path() / "counter.so");
    loader.catalog.rescan();
    CHECK(loader.catalog.files().empty());
    CHECK(loader.log.count("plugin_gone") == 1);
  }
}

TEST_CASE("the newest version that is offered wins", "[catalog]") {
  Loader loader;
  loader.plugins.install(PLUGIN_counter_v2, "a.so");
  loader.plugins.install(PLUGIN_counter_v1, "b.so");

  const auto factory = loader.catalog.handler_factory("CounterHandler");

  REQUIRE(factory);
  CHECK((*factory)->type().version == "2.0.0");
  CHECK((*factory)->type().state_writes == 2);
  CHECK((*factory)->type().state_reads == std::vector<std::uint32_t>{1, 2});
}

TEST_CASE("two files with one version of a type are a mistake that names both", "[catalog]") {
  Loader loader;
  loader.plugins.install(PLUGIN_counter_v1, "a.so");
  std::string changed = content_of(PLUGIN_counter_v1);

  SECTION("different content") {
    changed += '\0';
    loader.plugins.write("b.so", changed);
    const auto factory = loader.catalog.handler_factory("CounterHandler");
    REQUIRE_FALSE(factory);
    CHECK(factory.error().code == Errc::plugin_refused);
    CHECK(mentions(factory.error().text, "a.so"));
    CHECK(mentions(factory.error().text, "b.so"));
  }

  SECTION("the same content twice is no mistake") {
    loader.plugins.write("b.so", changed);
    CHECK(loader.catalog.handler_factory("CounterHandler"));
  }
}

TEST_CASE("a type that nobody offers is answered with all that may help", "[catalog]") {
  Loader loader;
  loader.plugins.install(PLUGIN_counter_v1, "counter.so");
  loader.plugins.install(PLUGIN_no_note, "foreign.so");

  const auto factory = loader.catalog.handler_factory("CuonterHandler");

  REQUIRE_FALSE(factory);
  CHECK(factory.error().code == Errc::plugin_not_found);
  CHECK(mentions(factory.error().text, "did you mean \"CounterHandler\"?"));
  CHECK(mentions(factory.error().text, loader.plugins.path().string()));
  CHECK(mentions(factory.error().text, "foreign.so is refused"));
}

TEST_CASE("an offer is told without loading anything", "[catalog]") {
  Loader loader;
  loader.plugins.install(PLUGIN_plain, "plain.so");
  loader.plugins.install(PLUGIN_obedient_server, "server.so");

  CHECK(loader.catalog.offer(OfferKind::handler, "FixtureHandler"));
  CHECK(loader.catalog.offer(OfferKind::server, "ObedientServer"));
  CHECK_FALSE(loader.catalog.offer(OfferKind::handler, "ObedientServer"));
  CHECK_FALSE(fixture_has_run());
  CHECK(loader.store->records().empty());
}

TEST_CASE("bytes that failed to load are not tried again, whatever the file is called", "[catalog]") {
  Loader loader;
  loader.plugins.install(PLUGIN_missing_symbol, "a.so");
  CHECK_FALSE(loader.catalog.handler_factory("FixtureHandler"));

  loader.plugins.install(PLUGIN_missing_symbol, "b.so");
  loader.catalog.rescan();

  for (const CatalogEntry& entry : loader.catalog.files()) {
    CHECK(reason_of(entry) == "not_loadable");
  }
  CHECK(loader.log.count("quarantined") == 1);
  CHECK(loader.log.count("plugin_refused") == 1);
}

TEST_CASE("a file that is put right is taken at once", "[catalog]") {
  Loader loader;
  loader.plugins.install(PLUGIN_missing_symbol, "a.so");
  CHECK_FALSE(loader.catalog.handler_factory("FixtureHandler"));

  loader.plugins.install(PLUGIN_plain, "a.so");

  CHECK(loader.catalog.handler_factory("FixtureHandler"));
}

TEST_CASE("a file outside the directories is used by its path", "[catalog]") {
  Loader loader;

  CHECK(loader.catalog.handler_factory_from_file(PLUGIN_counter_v1, "CounterHandler"));
  CHECK(loader.catalog.handler_factory_from_file(PLUGIN_counter_v1, ""));
  CHECK(loader.catalog.server_factory_from_file(PLUGIN_obedient_server, ""));
  const auto misspelt = loader.catalog.handler_factory_from_file(PLUGIN_counter_v1, "CounterHandlr");
  REQUIRE_FALSE(misspelt);
  CHECK(misspelt.error().code == Errc::plugin_not_found);
  CHECK(mentions(misspelt.error().text, "did you mean \"CounterHandler\"?"));
  const auto missing = loader.catalog.offer_in_file("/nowhere/x.so", OfferKind::handler, "");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == Errc::plugin_refused);
}

TEST_CASE("a directory that cannot be read counts as empty and is logged", "[catalog]") {
  Loader loader;
  Catalog catalog({loader.plugins.path() / "missing", loader.plugins.path()}, loader.log, *loader.store,
                  loader.quarantine);
  loader.plugins.install(PLUGIN_plain, "plain.so");

  CHECK(catalog.handler_factory("FixtureHandler"));
  CHECK(loader.log.count("plugin_directory_unreadable") == 1);
}

TEST_CASE("threads that ask for one type at once share one library", "[catalog]") {
  Loader loader;
  loader.plugins.install(PLUGIN_plain, "plain.so");
  std::vector<Result<std::shared_ptr<const HandlerFactory>>> factories(
      8, fail(Errc::not_found, "not asked yet"));
  std::vector<std::thread> threads;

  for (auto& factory : factories) {
    threads.emplace_back([&] { factory = loader.catalog.handler_factory("FixtureHandler"); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }

  CHECK(std::count_if(factories.begin(), factories.end(),
                      [](const auto& made) { return made.has_value(); }) == 8);
  CHECK(loader.log.count("library_loaded") == 1);
}
