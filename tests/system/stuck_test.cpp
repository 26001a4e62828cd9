// SPDX-License-Identifier: Apache-2.0
// A handler that never returns, in the real host.
#include "tests/system/running_host.hpp"

using namespace baton::test;

namespace {

/// A host with `other` and `log`, whose CarelessHandler hangs.
struct StuckHost : Place {
  std::string pid;

  StuckHost() {
    std::filesystem::copy(PLUGIN_careless_hanging, path("plugins"));
    start(
        config("managers:\n  other: {handlers: [{type: LoggerHandler, options: {types: []}}]}\n"
               "  log: {handlers: [{type: CarelessHandler}]}\n",
               std::string(BATON_PLUGINS) + ", " + path("plugins").string()));
    REQUIRE(verb("notify log hang").code == 0);
    const std::string status = verb("status -o json").output;
    const auto at = status.find("\"pid\":") + 6;
    pid = status.substr(at, status.find_first_not_of("0123456789", at) - at);
  }

  // It may not end otherwise.
  ~StuckHost() { shell("kill -9 " + pid); }

  StuckHost(const StuckHost&) = delete;
  StuckHost& operator=(const StuckHost&) = delete;
};

}  // namespace

TEST_CASE("no verb waits for a stuck handler for longer than it was told", "[host][stuck]") {
  StuckHost host;
  const std::string file = host.path("plugins") / std::filesystem::path(PLUGIN_careless_hanging).filename();
  for (const std::string& words :
       {std::string("swap log/CarelessHandler CarelessHandler"),
        std::string("add log LoggerHandler types=[]"), std::string("remove log/CarelessHandler"),
        "upgrade " + file, std::string("which log"), std::string("call log/CarelessHandler count"),
        std::string("sys suspend log"), std::string("record log on"), std::string("plan"),
        std::string("config save --dry-run"), std::string("stop log")}) {
    const Ran ran = shell("timeout 30 env BATON_SOCKET=" + host.path("host.sock").string() + " " +
                          BATON_BINARY + " " + words + " --timeout 200ms");
    INFO(words << ": " << ran.output);
    CHECK(ran.code == 75);
    // It is the supervisor that stops it.
    CHECK((contains(ran.output, "log/CarelessHandler, handle_events, event \"hang\" seq 1") ||
           contains(ran.output, "has begun with it, and goes on")));
  }
}

TEST_CASE("a swap that waits for a stuck handler does not keep the host from shutting down",
          "[host][stuck]") {
  StuckHost host;
  const Ran swap = shell("timeout 1 env BATON_SOCKET=" + host.path("host.sock").string() + " " +
                         BATON_BINARY + " swap log/CarelessHandler CarelessHandler");
  CHECK(swap.code == 124);  // it would have waited
  CHECK(eventually([&] { return contains(host.log(), "who asked has left"); }));

  const Ran stop = host.verb("stop");
  CHECK(stop.code == 0);
  CHECK(contains(stop.output, "still running: log/CarelessHandler, handle_events, event \"hang\" seq 1"));
  CHECK(eventually([&] { return contains(host.log(), "shutdown_error"); }));
  CHECK(contains(host.log(), "manager=other"));
  CHECK(eventually([&] { return contains(host.log(), "still_running"); }));
  CHECK(contains(host.log(), "a second signal ends it at once"));
  CHECK(host.host().is_running());
  shell("kill -TERM " + host.pid);
  CHECK(eventually([&] { return !host.host().is_running(); }));
}
