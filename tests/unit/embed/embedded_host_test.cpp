// SPDX-License-Identifier: Apache-2.0
#include "tests/support/code_of.hpp"
#include "tests/support/recording_log.hpp"
#include "tests/unit/embed/shop.hpp"

#include <baton/embedded_host.hpp>

#include <catch2/catch.hpp>

#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace baton;
using namespace baton::test;

namespace {

struct Embedding {
  Embedding() {
    settings.log = &log;
    settings.workers = 2;
    settings.gave_up = [this] {
      gave_up.set_value();
    };
  }

  /// A host that knows the shop.
  std::unique_ptr<EmbeddedHost> start() {
    auto host = must(EmbeddedHost::start(settings));
    must(host->link(shop::table(), shop::manifest()));
    return host;
  }

  RecordingLog log;
  EmbeddedHost::Settings settings;
  std::promise<void> gave_up;
};

std::string count_of(EmbeddedHost& host, std::string_view target = "door/Counter") {
  const auto reply = host.call(target, {"count"});
  return reply ? reply->data : code_of(reply);
}

}  // namespace

TEST_CASE_METHOD(Embedding, "a program's own handlers get its events", "[embed]") {
  const auto host = start();
  must(host->start_manager("door", {{"Counter", {{"step", "2"}}}}));
  must(host->add_handler("door", {"Counter", {}, "second"}));

  must(host->notify("door", {"guest", "World"}));
  CHECK(must(host->sync_notify("door", {"guest", "You"})).empty());

  CHECK(count_of(*host) == "4");
  CHECK(count_of(*host, "door/second") == "2");
  CHECK(must(host->call("door/Counter", {"count"})).content_type == "application/json");
  CHECK(must(host->which_handlers("door")) == std::vector<std::string>{"second", "Counter"});
}

TEST_CASE_METHOD(Embedding, "an id is what a config could hold", "[embed]") {
  const auto host = start();
  must(host->start_manager("door", {{"Counter"}}));

  CHECK(code_of(host->add_handler("door", {"Counter", {}, "a b"})) == "bad_request");

  CHECK(must(host->which_handlers("door")) == std::vector<std::string>{"Counter"});
}

TEST_CASE_METHOD(Embedding, "who waits is told which handlers failed", "[embed]") {
  const auto host = start();
  must(host->start_manager("door", {{"Counter"}}));

  const auto refused = must(host->sync_notify("door", {"refuse me"}));
  REQUIRE(refused.size() == 1);
  CHECK(refused[0].handler == "Counter");
  CHECK_FALSE(refused[0].crashed);
  CHECK(refused[0].reason == "as you like");

  const auto crashed = must(host->sync_notify("door", {"crash"}));
  REQUIRE(crashed.size() == 1);
  CHECK(crashed[0].crashed);
  CHECK(count_of(*host) == "not_found");
}

TEST_CASE_METHOD(Embedding, "a handler is replaced with its state, and deleted", "[embed]") {
  const auto host = start();
  must(host->start_manager("door", {{"Counter"}}));
  must(host->sync_notify("door", {"guest"}));

  must(host->swap("door/Counter", "Counter", {{"step", "10"}}));
  must(host->sync_notify("door", {"guest"}));
  CHECK(count_of(*host) == "11");

  must(host->delete_handler("door/Counter"));
  CHECK(must(host->which_handlers("door")).empty());
  CHECK(code_of(host->delete_handler("door/Counter")) == "not_found");
}

TEST_CASE_METHOD(Embedding, "a server that crashes is started again", "[embed]") {
  const auto host = start();
  must(host->start_server("clerk", "Clerk"));
  CHECK(must(host->call("clerk", {"say", "yes"})).data == "yes");
  CHECK(code_of(host->start_server("clerk", "Clerk")) == "already_started");

  must(host->cast("clerk", {"end", "it was told to"}));
  // Its name is free until the supervisor has noticed.
  while (code_of(host->call("clerk", {"say", "again"})) != "ok") {
    std::this_thread::yield();
  }

  must(host->stop("clerk"));
  CHECK(code_of(host->call("clerk", {"say", "?"})) == "not_found");
}

TEST_CASE_METHOD(Embedding, "too many crashes, and the program is told", "[embed]") {
  settings.max_restarts = 0;
  const auto host = start();
  must(host->start_server("clerk", "Clerk"));
  must(host->start_manager("door"));

  must(host->cast("clerk", {"end", "it was told to"}));

  gave_up.get_future().get();
  CHECK(code_of(host->notify("door", {"guest"})) == "not_found");
}

TEST_CASE("a host that is ended has not given up", "[embed]") {
  bool gave_up = false;
  {
    EmbeddedHost::Settings settings;
    settings.gave_up = [&gave_up] {
      gave_up = true;
    };
    const auto host = must(EmbeddedHost::start(settings));
    must(host->start_manager("door"));
  }
  CHECK_FALSE(gave_up);
}

TEST_CASE_METHOD(Embedding, "what does not work is said", "[embed]") {
  const auto host = start();
  must(host->start_manager("door"));

  CHECK(code_of(host->link(shop::table(), shop::manifest())) == "already_present");
  CHECK(code_of(host->add_handler("door", {"Nobody"})) == "plugin_not_found");
  CHECK(code_of(host->add_handler("door", {"./nothing.so"})) == "plugin_refused");
  CHECK(code_of(host->notify("door", {""})) == "bad_request");
  const auto options = host->add_handler("door", {"Counter", {{"step", "0"}, {"steps", "1"}}});
  REQUIRE_FALSE(options);
  CHECK(options.error().code == Errc::bad_options);
  CHECK(options.error().text.find("step: ") != std::string::npos);
  CHECK(options.error().text.find("did you mean \"step\"") != std::string::npos);
  const auto name = host->notify("dor", {"guest"});
  REQUIRE_FALSE(name);
  CHECK(name.error().text.find("did you mean \"door\"") != std::string::npos);
  CHECK_THROWS_WITH(must(host->notify("dor", {"guest"})), Catch::Contains("not_found: no event manager"));
}

TEST_CASE_METHOD(Embedding, "types come from plugin directories and files, too", "[embed]") {
  settings.plugin_directories = {std::filesystem::path(PLUGIN_logger).parent_path()};
  const auto host = start();

  must(host->start_manager("log",
                           {{"LoggerHandler", {{"print", "false"}}}, {PLUGIN_logger, {}, "from_file"}}));
  must(host->delete_handler("log/from_file"));
  must(host->sync_notify("log", {"msg", "Hello World"}));

  CHECK(must(host->call("log/LoggerHandler", {"messages"})).data == R"(["Hello World"])");
}
