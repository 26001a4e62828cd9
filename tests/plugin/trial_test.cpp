// SPDX-License-Identifier: Apache-2.0
#include "host/loader/trial.hpp"

#include "tests/plugin/loader_fixture.hpp"

#include <catch2/catch.hpp>

using namespace baton;
using namespace baton::test;
using std::chrono::milliseconds;

namespace {

constexpr TrialLimits patient{milliseconds(60'000), std::uint64_t{4} << 30U};
constexpr TrialLimits impatient{milliseconds(300), std::uint64_t{4} << 30U};

/// A host's loader that tries everything out first.
struct CarefulLoader {
  TemporaryFolder runtime;
  TemporaryFolder plugins;
  RecordingLog log;
  TrialLimits limits;
  std::unique_ptr<LibraryStore> store = open_store();
  SystemClock clock;
  Quarantine quarantine{clock, log};
  Catalog catalog{{plugins.path()}, log, *store, quarantine};

  explicit CarefulLoader(TrialLimits the_limits = patient) : limits(the_limits) {}

  std::unique_ptr<LibraryStore> open_store() {
    auto opened = LibraryStore::open(runtime.path() / "run", log, Trial({TRIAL_PROGRAM}, limits));
    REQUIRE(opened);
    return std::move(*opened);
  }

  /// The text with which loading it is refused; empty when it is loaded.
  std::string refusal_of(const std::filesystem::path& plugin) {
    plugins.install(plugin, "plugin.so");
    const auto factory = catalog.handler_factory("FixtureHandler");
    if (factory) {
      return {};
    }
    REQUIRE(catalog.files().at(0).refusal);
    CHECK(refusal_name(catalog.files().at(0).refusal->reason) == "failed_trial");
    return catalog.files().at(0).refusal->text;
  }
};

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a library without faults passes its trial and is loaded", "[trial]") {
  ::unsetenv("BATON_FIXTURE_RAN");
  CarefulLoader loader;
  loader.plugins.install(PLUGIN_plain, "plugin.so");
  CHECK(loader.catalog.handler_factory("FixtureHandler"));
  CHECK(fixture_has_run());
}

TEST_CASE("a library that ends the process when it is loaded ends that of its trial only", "[trial]") {
  CarefulLoader loader;
  const std::string loading = "loading it, which runs its constructors: ";
  CHECK(contains(loader.refusal_of(PLUGIN_constructor_crashes), loading + "ended by signal 11"));
  CHECK(contains(loader.refusal_of(PLUGIN_constructor_aborts), loading + "ended by signal 6"));
  CHECK(contains(loader.refusal_of(PLUGIN_constructor_kills), loading + "ended by signal 9"));
  CHECK(loader.refusal_of(PLUGIN_constructor_exits) == loading + "ended the process with status 0");
  CHECK(loader.refusal_of(PLUGIN_constructor_exits_at_once) == loading + "ended the process with status 0");
  CHECK(contains(loader.refusal_of(PLUGIN_destructor_crashes),
                 "unloading it, which runs its destructors: ended by signal 11"));
}

TEST_CASE("a library that does not come back is given up when its time is over", "[trial]") {
  CarefulLoader loader(impatient);
  CHECK(loader.refusal_of(PLUGIN_constructor_hangs) ==
        "loading it, which runs its constructors: not done after 300 ms");
  CHECK(loader.refusal_of(PLUGIN_destructor_hangs) ==
        "unloading it, which runs its destructors: not done after 300 ms");
}

TEST_CASE("a library that never stops printing is given up when its time is over", "[trial]") {
  CarefulLoader loader(impatient);
  CHECK(loader.refusal_of(PLUGIN_constructor_floods) ==
        "loading it, which runs its constructors: not done after 300 ms");
}

TEST_CASE("a library that leaves the group in which it would be ended is given up when its time is over",
          "[trial]") {
  CarefulLoader loader(impatient);
  CHECK(loader.refusal_of(PLUGIN_constructor_leaves_group) ==
        "loading it, which runs its constructors: not done after 300 ms");
}

TEST_CASE("a library that leaves a process behind that goes on printing is refused for that", "[trial]") {
  CarefulLoader loader;
  CHECK(loader.refusal_of(PLUGIN_constructor_leaves_flood) == "it leaves a process running");
}

TEST_CASE("a library that changes the process by being loaded is refused", "[trial]") {
  CarefulLoader loader;
  const auto change_of = [&loader](const std::filesystem::path& plugin) {
    const std::string text = loader.refusal_of(plugin);
    const std::string beginning = "loading and unloading it changes the process: ";
    CHECK(text.starts_with(beginning));
    return text.substr(std::min(text.size(), beginning.size()));
  };
  CHECK(change_of(PLUGIN_constructor_takes_signal) == "a signal handler is another one");
  CHECK(change_of(PLUGIN_constructor_blocks_signals) == "other signals are blocked");
  CHECK(change_of(PLUGIN_constructor_closes_files) == "a file of the host is closed");
  CHECK(change_of(PLUGIN_constructor_leaves_file) == "a file is left open");
  CHECK(change_of(PLUGIN_constructor_changes_folder) == "the working directory is another one");
  CHECK(change_of(PLUGIN_constructor_changes_umask) == "the file mode mask (umask) is another one");
  CHECK(change_of(PLUGIN_constructor_changes_locale) == "the locale is another one");
  CHECK(change_of(PLUGIN_constructor_forks) == "a process is left running");
}

TEST_CASE("a library that leaves a thread behind is refused", "[trial]") {
  CarefulLoader loader;
  CHECK_FALSE(loader.refusal_of(PLUGIN_constructor_starts_thread).empty());
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE("a library that eats memory gets no more than the trial allows", "[trial]") {
  CarefulLoader loader;
  CHECK(contains(loader.refusal_of(PLUGIN_constructor_eats_memory), "ended by signal 6"));
}
#endif

TEST_CASE("what failed its trial is not tried again, and other bytes are", "[trial]") {
  CarefulLoader loader;
  CHECK_FALSE(loader.refusal_of(PLUGIN_constructor_exits).empty());
  CHECK_FALSE(loader.catalog.handler_factory("FixtureHandler"));
  CHECK(loader.log.count("quarantined") == 1);
  CHECK(loader.refusal_of(PLUGIN_plain).empty());
}

TEST_CASE("what is cleared from quarantine is tried again", "[trial]") {
  CarefulLoader loader;
  CHECK_FALSE(loader.refusal_of(PLUGIN_constructor_exits).empty());
  const auto quarantined = loader.quarantine.list();
  REQUIRE(quarantined.size() == 1);
  CHECK(quarantined[0].plugin == "fixture");

  CHECK(loader.quarantine.clear(quarantined[0].sha256));
  loader.catalog.rescan();

  CHECK_FALSE(loader.catalog.files().at(0).refusal);
  CHECK_FALSE(loader.catalog.handler_factory("FixtureHandler"));
  CHECK(loader.log.count("quarantined") == 2);
}

TEST_CASE("a trial that cannot be made says nothing about the content", "[trial]") {
  CarefulLoader loader;
  loader.store = std::move(
      *LibraryStore::open(loader.runtime.path() / "other", loader.log, Trial({"/no/such/program"}, patient)));
  Catalog catalog({loader.plugins.path()}, loader.log, *loader.store, loader.quarantine);
  loader.plugins.install(PLUGIN_plain, "plugin.so");
  const auto factory = catalog.handler_factory("FixtureHandler");
  REQUIRE_FALSE(factory);
  CHECK(contains(factory.error().text, "cannot be tried out"));
  CHECK(catalog.files().at(0).manifest);
}
