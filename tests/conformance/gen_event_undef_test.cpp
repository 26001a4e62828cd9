// SPDX-License-Identifier: Apache-2.0
// gen_event: callbacks that a module lacks. At the boundary that is a null pointer, or a table that ends
// before the function: what a handler cannot do without is found when it is loaded, the rest has a default.
#include "tests/plugin/loader_fixture.hpp"
#include "tests/support/manual_host.hpp"

#include <catch2/catch.hpp>

using namespace baton;
using namespace baton::test;

namespace {

struct UndefTest {
  Loader loader;  // first: what the manager holds is let go before it
  ManualHost host;
  std::shared_ptr<EventManager> manager = host.manager();

  void add(const char* plugin) { REQUIRE(manager->add_handler({"h", loader.factory(plugin), {}})); }

  std::size_t handlers() const { return manager->which_handlers()->size(); }
};

}  // namespace

TEST_CASE_METHOD(UndefTest, "a handler without handle_event is refused when it is loaded",
                 "[ge-021][differs]") {
  // OTP installs it and removes it at the first event.
  const auto factory = loader.catalog.handler_factory_from_file(PLUGIN_null_function, "");

  REQUIRE(code_of(factory) == "plugin_refused");
  CHECK(factory.error().text.find("handle_events") != std::string::npos);
}

TEST_CASE_METHOD(UndefTest, "an info to a handler without handle_info is dropped, and the handler stays",
                 "[ge-022][ge-g27][differs]") {
  // OTP logs a warning; here the author has left it out on purpose.
  add(GENERATE(PLUGIN_plain, PLUGIN_small_table));

  CHECK(manager->send_info(host.message("hello")));

  CHECK(handlers() == 1);
  CHECK(host.log.count_at_least(LogLevel::warning) == 0);
}

TEST_CASE_METHOD(UndefTest, "a call to a handler without handle_call is unknown, and the handler stays",
                 "[ee-g12][differs]") {
  // GenEvent's default raises, and so removes the handler.
  add(GENERATE(PLUGIN_plain, PLUGIN_small_table));

  CHECK(code_of(manager->call("h", host.message("q"))) == "unknown_request");

  CHECK(handlers() == 1);
}

TEST_CASE_METHOD(UndefTest, "the value of deleting a handler without terminate is ok", "[ge-024][ge-g11]") {
  add(GENERATE(PLUGIN_plain, PLUGIN_small_table));

  const auto value = manager->delete_handler("h", "some_args");

  REQUIRE(value);
  CHECK(value->data == "ok");
  CHECK(handlers() == 0);
}

TEST_CASE_METHOD(UndefTest, "a handler without terminate is removed by its owner's end all the same",
                 "[ge-024]") {
  HandlerOwner owner(host.runtime, "owner");
  REQUIRE(manager->add_sup_handler({"h", loader.factory(PLUGIN_plain), {}}, owner.ref()));

  owner.end(ExitReason::normal());

  CHECK(handlers() == 0);
  CHECK(host.log.count_at_least(LogLevel::warning) == 0);
}
