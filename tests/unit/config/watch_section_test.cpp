// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/config/config_lines.hpp"

#include <catch2/catch.hpp>

using namespace baton;
using namespace std::chrono_literals;

namespace {

std::string with_handler(const std::string& keys) {
  return "managers: {log: {handlers: [{type: T, " + keys + "}]}}";
}

HandlerConfig handler_with(const std::string& keys) {
  const ReadConfig read = parse_config(with_handler(keys), "/etc/baton/baton.yaml");
  REQUIRE(lines_of(read.diagnostics) == Lines{});
  return read.config.managers.at(0).handlers.at(0);
}

/// What is wrong, without its place.
std::string problem_with(const std::string& keys) {
  const Lines lines = problems_of(with_handler(keys));
  REQUIRE(lines.size() == 1);
  return lines[0].substr(lines[0].find(' ') + 1);
}

}  // namespace

TEST_CASE("a handler says how its swaps are tried and watched", "[config][watch]") {
  const HandlerConfig handler = handler_with(
      "canary: 50, watch: {window: 30s, max_errors: 5, max_error_rate: 0.1%, p99_factor: 2.5, "
      "back: kept, redo: all}");

  CHECK(handler.canary == 50);
  CHECK(handler.watch.window == 30s);
  CHECK(handler.watch.max_errors == 5);
  CHECK(handler.watch.max_error_rate == Approx(0.001));
  CHECK(handler.watch.p99_factor == 2.5);
  CHECK(handler.watch.back == WayBack::kept);
  CHECK(handler.watch.redo == Redo::all);
}

TEST_CASE("without a word of it, no swap is watched", "[config][watch]") {
  const HandlerConfig handler = handler_with("id: a");

  CHECK(handler.canary == 0);
  CHECK(handler.watch.window == 0s);
}

TEST_CASE("a watch without limits allows one event in a thousand, one with a number only that",
          "[config][watch]") {
  CHECK(handler_with("watch: {window: 1m}").watch.error_rate() == Approx(0.001));
  CHECK_FALSE(handler_with("watch: {window: 1m, max_errors: 3}").watch.error_rate());
}

TEST_CASE("what is wrong with a watch is told with its place", "[config][watch]") {
  CHECK(problem_with("watch: {max_errors: 3}") == "the watch has no `window`");
  CHECK(problem_with("watch: {window: 30}") == "\"30\" has no unit; write for example 30ms or 30s");
  CHECK(problem_with("watch: {window: 25h}") == "25h is longer than 24h");
  CHECK(problem_with("watch: {window: 30s, max_errors: few}") == "`few` is not a number of events");
  CHECK(problem_with("watch: {window: 30s, max_error_rate: 120%}") ==
        "`120%` is not a rate; write for example 0.1% or 0.001");
  CHECK(problem_with("watch: {window: 30s, p99_factor: 0.5}") ==
        "`0.5` is not a factor; write for example 3, for three times as long");
  CHECK(problem_with("watch: {window: 30s, back: conveted}") ==
        "found `conveted`; did you mean \"converted\"?, expected one of: converted, kept");
  CHECK(problem_with("watch: {window: 30s, redo: all}") ==
        "`redo: all` needs `back: kept`: a converted state knows the events already");
  CHECK(problem_with("watch: {window: 30s, max_eror: 3}").starts_with("unknown key `max_eror`"));
  CHECK(problem_with("canary: 10001").ends_with("from 0 to 10000"));
}

TEST_CASE("a server says the same of its swaps", "[config][watch]") {
  const std::string keys = "canary: 50, watch: {window: 30s, max_errors: 5, back: kept, redo: all}";
  const ReadConfig read = parse_config("servers: {queue: {type: T, " + keys + "}}", "/etc/baton/baton.yaml");
  REQUIRE(lines_of(read.diagnostics) == Lines{});
  const ServerConfig& server = read.config.servers.at(0);
  CHECK(server.canary == 50);
  CHECK(server.watch.window == 30s);
  CHECK(server.watch.max_errors == 5);
  CHECK(server.watch.back == WayBack::kept);
  CHECK(server.watch.redo == Redo::all);

  const Lines lines = problems_of("servers: {queue: {type: T, canary: 10001, watch: {max_errors: 3}}}");
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].ends_with("from 0 to 10000"));
  CHECK(lines[1].ends_with("the watch has no `window`"));
}
