// SPDX-License-Identifier: Apache-2.0
#include "host/loader/file_content.hpp"
#include "host/loader/process_libraries.hpp"
#include "tests/plugin/loader_fixture.hpp"

#include <catch2/catch.hpp>

using namespace baton;
using namespace baton::test;

namespace {

/// The reason for which the catalog refuses the file once it is asked to load it.
std::string refusal_on_load(Loader& loader, const std::filesystem::path& plugin) {
  const auto file = loader.plugins.install(plugin, "plugin.so");
  loader.catalog.rescan();
  REQUIRE(loader.catalog.files().at(0).manifest);
  const std::string type = loader.catalog.files().at(0).manifest->provides.at(0).name;

  const auto factory = loader.catalog.handler_factory(type);

  REQUIRE_FALSE(factory);
  CHECK(factory.error().code == Errc::plugin_refused);
  CHECK(factory.error().text.find(file.string()) != std::string::npos);
  return std::string(refusal_name(loader.catalog.files().at(0).refusal->reason));
}

}  // namespace

TEST_CASE("a library with an undefined symbol is refused before any of its code runs", "[library]") {
  Loader loader;

  CHECK(refusal_on_load(loader, PLUGIN_missing_symbol) == "not_loadable");
  CHECK(loader.catalog.files().at(0).refusal->text.find("symbol_of_no_library") != std::string::npos);
  CHECK_FALSE(fixture_has_run());
}

TEST_CASE("loading runs the constructors of a library, and listing it does not", "[library]") {
  Loader loader;
  loader.plugins.install(PLUGIN_plain, "plain.so");
  loader.catalog.rescan();
  CHECK_FALSE(fixture_has_run());

  REQUIRE(loader.catalog.handler_factory("FixtureHandler"));

  CHECK(fixture_has_run());  // so its absence elsewhere means something
}

TEST_CASE("a table that disagrees with its manifest or lacks something is refused", "[library]") {
  Loader loader;

  SECTION("NULL instead of a table") {
    CHECK(refusal_on_load(loader, PLUGIN_null_table) == "bad_table");
  }

  SECTION("NULL instead of a function") {
    CHECK(refusal_on_load(loader, PLUGIN_null_function) == "bad_table");
  }

  SECTION("other names than the manifest") {
    CHECK(refusal_on_load(loader, PLUGIN_wrong_names) == "bad_table");
  }

  SECTION("another version than the note") {
    CHECK(refusal_on_load(loader, PLUGIN_table_other_abi) == "bad_table");
  }

  SECTION("a hot option, and nobody who takes a new value") {
    CHECK(refusal_on_load(loader, PLUGIN_hot_without_callback) == "bad_table");
    CHECK(loader.catalog.files().at(0).refusal->text.find("the option \"step\" of the handler \"HotHandler\" "
                                                          "is hot, but the table has no change_options") !=
          std::string::npos);
  }

  SECTION("a hot option in a table that ends before change_options") {
    CHECK(refusal_on_load(loader, PLUGIN_hot_before_callback) == "bad_table");
  }

  CHECK(loader.store->records().empty());
  CHECK(std::filesystem::is_empty(*std::filesystem::directory_iterator(loader.runtime.path() / "run")));
}

TEST_CASE("the file of the user is never mapped, only a private copy of it", "[library]") {
  Loader loader;
  const auto file = loader.plugins.install(PLUGIN_plain, "of_the_user.so");

  const auto factory = loader.factory(file);

  const auto records = loader.store->records();
  REQUIRE(records.size() == 1);
  CHECK(records[0].file == file);
  CHECK_FALSE(maps_contain("of_the_user.so"));
  // In memory where the temporary folder is mounted noexec.
  const bool is_copy = maps_contain(records[0].sha256.substr(0, 16) + "-1.so");
  CHECK((is_copy || maps_contain("memfd:baton-library")));
}

TEST_CASE("overwriting the file of a loaded plugin in place does it no harm", "[library]") {
  Loader loader;
  const auto file = loader.plugins.install(PLUGIN_counter_v1, "counter.so");
  const auto handler = loader.handler(file);
  const Message event = message("tick");

  std::filesystem::copy_file(PLUGIN_plain, file, std::filesystem::copy_options::overwrite_existing);
  std::filesystem::resize_file(file, 100);

  CHECK(handler->handle_events({&event, 1}).verdict == HandlerVerdict::ok);
  CHECK(handler->handle_call(message("count")).reply.data == "1.0.0 1 1");
}

TEST_CASE("two versions of a plugin live side by side with statics of their own", "[library]") {
  Loader loader;
  const auto old_one = loader.handler(PLUGIN_counter_v1);
  const auto new_one = loader.handler(PLUGIN_counter_v2);
  const std::vector<Message> events(3, message("tick"));

  CHECK(old_one->handle_events(events).handled == 3);
  CHECK(new_one->handle_events(std::span(events).first(1)).handled == 1);

  CHECK(old_one->handle_call(message("count")).reply.data == "1.0.0 3 3");
  CHECK(new_one->handle_call(message("count")).reply.data == "2.0.0 1 1");
}

TEST_CASE("the same content is loaded once, whatever its files are called", "[library]") {
  Loader loader;
  const auto one = loader.factory(loader.plugins.install(PLUGIN_plain, "one.so"));
  const auto two = loader.factory(loader.plugins.install(PLUGIN_plain, "two.so"));

  CHECK(loader.store->records().size() == 1);
}

TEST_CASE("the name of a refused library that cannot go is kept from coming back", "[library]") {
  struct NeverTold final : UnloadObserver {
    void library_released(std::uint64_t, const std::optional<std::string>&) override {
      FAIL("a library that was refused is nobody's");
    }
  } observer;

  const TemporaryFolder runtime;
  const auto folder = PrivateFolder::create(runtime.path());
  const auto content = read_plugin_file(PLUGIN_nodelete);
  REQUIRE((folder && content));
  auto copy = PrivateCopy::write(*folder, sha256_hex(content->bytes), 1, content->bytes);
  REQUIRE(copy);
  const std::filesystem::path path = copy->path();

  // Its table offers what this manifest does not.
  const auto library = Library::load(PluginIdentity{}, std::move(*copy), 1, observer);

  REQUIRE_FALSE(library);
  REQUIRE(is_mapped(path));
  CHECK(std::filesystem::exists(path));
}
