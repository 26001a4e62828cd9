// SPDX-License-Identifier: Apache-2.0
#include "tests/plugin_api/captured_output.hpp"

#include <baton/testing/fake_host.hpp>

#include <catch2/catch.hpp>

#include <cstdint>
#include <string>
#include <vector>

using baton::test::CapturedOutput;
using namespace baton::testing;

namespace {

const std::string hello_world = R"(["Hello World"])";

struct Logger {
  PluginFile file{PLUGIN_logger};
  FakeHost host;

  Instance create(OptionSettings settings = {{"print", false}}, const std::optional<SavedState>& state = {}) {
    return host.create(file, "LoggerHandler", std::move(settings), state);
  }
};

}  // namespace

TEST_CASE("the logger prints each event of a batch and remembers it") {
  Logger plugin;
  Instance logger = plugin.create({});
  CapturedOutput output;

  const CallbackResult result = logger.notify_all({{"msg", "Hello World"}, {"msg", "and again"}});

  CHECK(output.text() == "Logging new message: Hello World\nLogging new message: and again\n");
  CHECK(result.handled == 2);
  CHECK(logger.call("messages").reply == R"(["Hello World", "and again"])");
  CHECK(logger.call("messages").content_type == baton::Atom::application_json);
  CHECK(logger.call("count").reply == "2");
}

TEST_CASE("the logger lets events of other types pass by, unless `types` is empty") {
  Logger plugin;
  Instance logger = plugin.create();
  logger.notify_all({{"other", "x"}, {"msg", "Hello World"}});
  CHECK(logger.call("messages").reply == hello_world);

  Instance of_all = plugin.create({{"print", false}, {"types", std::vector<std::string>{}}});
  of_all.notify_all({{"other", "x"}, {"msg", "y"}});
  CHECK(of_all.call("count").reply == "2");
}

TEST_CASE("the logger keeps the newest `max_messages`, and none when it is 0") {
  Logger plugin;
  Instance logger = plugin.create({{"print", false}, {"max_messages", std::int64_t{2}}});
  logger.notify_all({{"msg", "1"}, {"msg", "2"}, {"msg", "3"}});
  CHECK(logger.call("messages").reply == R"(["2", "3"])");

  Instance forgetful = plugin.create({{"print", false}, {"max_messages", std::int64_t{0}}});
  forgetful.notify("msg", "1");
  CHECK(forgetful.call("messages").reply == "[]");
}

TEST_CASE("a logger that goes on with a smaller `max_messages` keeps the newest, and prints as it is told") {
  Logger plugin;
  Instance logger = plugin.create();
  logger.notify_all({{"msg", "1"}, {"msg", "2"}, {"msg", "3"}});

  CHECK(logger.change_options({{"max_messages", std::int64_t{2}}}).status == BATON_OK);  // and print: true
  CHECK(logger.call("messages").reply == R"(["2", "3"])");
  CapturedOutput output;
  logger.notify("msg", "4");
  CHECK(output.text() == "Logging new message: 4\n");
  CHECK(logger.call("messages").reply == R"(["3", "4"])");
  CHECK_THROWS_WITH(logger.change_options({{"types", std::vector<std::string>{"x"}}}),
                    "option 'types' is not hot: it needs a new instance");
}

TEST_CASE("a new logger takes the messages over, a smaller one the newest of them") {
  Logger plugin;
  Instance old = plugin.create();
  old.notify_all({{"msg", "1"}, {"msg", "2"}, {"msg", "3"}});
  const auto state = old.save();
  REQUIRE(state);

  CHECK(plugin.create({{"print", false}}, state).call("messages").reply == R"(["1", "2", "3"])");
  CHECK(plugin.create({{"print", false}, {"max_messages", std::int64_t{1}}}, state).call("messages").reply ==
        R"(["3"])");
}

TEST_CASE("the logger refuses a damaged state and an unknown version") {
  Logger plugin;

  CHECK_THROWS_AS(plugin.create({}, SavedState{1, "\x05", ""}), CreateFailed);
  CHECK_THROWS_AS(plugin.create({}, SavedState{1, std::string(8, '\xff'), ""}), CreateFailed);
  CHECK_THROWS_AS(plugin.create({}, SavedState{2, std::string(8, '\0'), ""}), CreateFailed);
}

TEST_CASE("the logger does not know other calls") {
  Logger plugin;
  CHECK(plugin.create().call("massages").status == BATON_UNSUPPORTED);
}

TEST_CASE("a report shows how many messages the logger keeps, and none of them") {
  Logger plugin;
  Instance logger = plugin.create({{"print", false}, {"max_messages", std::int64_t{5}}});
  logger.notify_all({{"msg", "secret"}});
  CHECK(logger.format_status().state == R"({"messages": 1, "max_messages": 5})");
}
