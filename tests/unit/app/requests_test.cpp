// SPDX-License-Identifier: Apache-2.0
#include "host/app/requests.hpp"

#include "host/app/command_line.hpp"

#include <catch2/catch.hpp>

using namespace baton;

namespace {

HostRequest request(const std::vector<std::string>& words) {
  const auto parsed = parse_command_line(words, true);
  REQUIRE(std::holds_alternative<Invocation>(parsed));
  const auto made = request_of(std::get<Invocation>(parsed));
  REQUIRE(made);
  return *made;
}

}  // namespace

TEST_CASE("a call goes to a handler or to a server, as its target says", "[requests]") {
  CHECK(request({"call", "log/store", "count"}).path ==
        "/v1/handlers/log/store/call?type=count&timeout_ms=5000");
  CHECK(request({"call", "queue", "dequeue", "--timeout", "2s"}).path ==
        "/v1/servers/queue/call?type=dequeue&timeout_ms=2000");
}

TEST_CASE("names and types are encoded", "[requests]") {
  CHECK(request({"notify", "a b", "x&y", "data"}).path ==
        "/v1/managers/a%20b/notify?type=x%26y&timeout_ms=5000");
}

TEST_CASE("sync-notify asks for an answer after all handlers", "[requests]") {
  const HostRequest sync = request({"sync-notify", "log", "msg", "hi"});
  CHECK(sync.path.ends_with("&mode=sync"));
  CHECK(sync.body == "hi");
}

TEST_CASE("a file is named absolutely, for the host has another folder", "[requests]") {
  const HostRequest swap = request({"swap", "log/a", "./x.so", "--destructive", "k=v=w"});
  CHECK(swap.path == "/v1/handlers/log/a/swap");
  CHECK(swap.body.find("\"file\":\"/") != std::string::npos);
  CHECK(swap.body.find("\"mode\":\"destructive\"") != std::string::npos);
  CHECK(swap.body.find("\"k\":\"v=w\"") != std::string::npos);
}

TEST_CASE("arguments that cannot be meant are told before anything is sent", "[requests]") {
  Invocation remove;
  remove.verb = "remove";
  remove.target = "log";
  CHECK(request_of(remove).error().text == "`log` is no handler: remove needs MANAGER/ID");
  Invocation add;
  add.verb = "add";
  add.target = "log";
  add.type = "LoggerHandler";
  add.settings = {"max"};
  CHECK(request_of(add).error().text == "`max` is no option: KEY=VALUE is expected");
}

TEST_CASE("a time that was given goes with every request, and else the host has its own", "[requests]") {
  CHECK(request({"swap", "log/a", "B", "--timeout", "2s"}).path == "/v1/handlers/log/a/swap?timeout_ms=2000");
  CHECK(request({"swap", "log/a", "B"}).path == "/v1/handlers/log/a/swap");
  CHECK(request({"add", "log", "B", "--timeout", "1s"}).path == "/v1/managers/log/handlers?timeout_ms=1000");
  CHECK(request({"remove", "log/a", "--timeout", "1s"}).path.ends_with("&timeout_ms=1000"));
  CHECK(request({"stop", "log", "--timeout", "1s"}).path == "/v1/processes/log/stop?timeout_ms=1000");
  CHECK(request({"plan", "--timeout", "1s"}).path == "/v1/config/plan?timeout_ms=1000");
  CHECK(request({"which", "log", "--timeout", "1s"}).path == "/v1/managers/log/handlers?timeout_ms=1000");
  CHECK(request({"notify", "log", "msg", "--timeout", "1s"}).path ==
        "/v1/managers/log/notify?type=msg&timeout_ms=1000");
}
