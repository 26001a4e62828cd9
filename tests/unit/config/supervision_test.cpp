// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/config/config_lines.hpp"

#include <catch2/catch.hpp>

using namespace baton;

namespace {

HostConfig config_of(std::string_view text) {
  const ReadConfig read = parse_config(text, "/etc/baton/baton.yaml");
  REQUIRE(lines_of(read.diagnostics) == Lines{});
  return read.config;
}

std::string help_of(const std::string& text) {
  const ReadConfig read = parse_config(text, "/etc/baton/baton.yaml");
  REQUIRE(read.diagnostics.size() == 1);
  return read.diagnostics[0].help;
}

}  // namespace

TEST_CASE("a tree of supervisors is read in the order of the file", "[config][su-027]") {
  const HostConfig config = config_of(R"(
supervision: {strategy: rest_for_one, backoff: {initial: 250ms, max: 1m, factor: 3, jitter: 20}}
supervisors:
  top:
    strategy: one_for_all
    auto_shutdown: any_significant
    max_restarts: 4
    within: 2m
    children: [queue, below]
  below: {restart: transient, significant: true, shutdown: 90s, children: [log], backoff: {}}
managers: {log: {restart: temporary, shutdown: brutal_kill}}
servers: {queue: {type: T, shutdown: infinity}}
)");

  CHECK(config.supervision.strategy == Strategy::rest_for_one);
  REQUIRE(config.supervision.backoff);
  CHECK(config.supervision.backoff->initial == Duration(250));
  CHECK(config.supervision.backoff->max == Duration(60'000));
  CHECK(config.supervision.backoff->factor == 3);
  CHECK(config.supervision.backoff->jitter_percent == 20);
  REQUIRE(config.supervisors.size() == 2);
  const SupervisorConfig& top = config.supervisors[0];
  CHECK(top.name == "top");
  CHECK(top.options.strategy == Strategy::one_for_all);
  CHECK(top.options.auto_shutdown == AutoShutdown::any_significant);
  CHECK(top.options.max_restarts == 4);
  CHECK(top.options.within == Duration(120'000));
  REQUIRE(top.children.size() == 2);
  CHECK(top.children[0].name == "queue");
  CHECK(top.children[1].name == "below");
  CHECK_FALSE(top.child.shutdown);
  const SupervisorConfig& below = config.supervisors[1];
  CHECK(below.child.restart == Restart::transient);
  CHECK(below.child.significant);
  CHECK(below.child.shutdown == Duration(90'000));
  REQUIRE(below.options.backoff);
  CHECK(below.options.backoff->initial == Backoff().initial);
  CHECK(config.managers[0].child.restart == Restart::temporary);
  CHECK(config.managers[0].child.shutdown == brutal_kill);
  CHECK(config.servers[0].child.shutdown == infinity);
}

TEST_CASE("a supervisor may have no children, and sections may be empty", "[config]") {
  const HostConfig config = config_of("supervision:\nsupervisors:\n  a:\n  b: {children: }\nmanagers: {m: }");
  CHECK(config.supervisors.size() == 2);
}

TEST_CASE("a child that nobody knows is reported with the one that was meant", "[config]") {
  const std::string text = "supervisors: {s: {children: [quue]}}\nservers: {queue: {type: T}}\n";
  CHECK(problems_of(text) == Lines{"1:30+4 there is no manager, server or supervisor `quue`"});
  CHECK(help_of(text) == "did you mean `queue`?");
  CHECK(help_of("supervisors: {s: {children: [zzz]}}\n").starts_with("add it to"));
}

TEST_CASE("a child has one supervisor", "[config]") {
  CHECK(problems_of("supervisors: {a: {children: [m, m]}, b: {children: [m]}}\nmanagers: {m: }\n") ==
        Lines{"1:33+1 `m` is a child of `a` already, at 1:30",
              "1:53+1 `m` is a child of `a` already, at 1:30"});
}

TEST_CASE("no supervisor is below itself, and each circle is reported once", "[config]") {
  CHECK(problems_of("supervisors: {a: {children: [a]}}\n") ==
        Lines{"1:30+1 `a` would be below itself: a > a"});
  CHECK(problems_of("supervisors:\n"
                    "  a: {children: [b]}\n"
                    "  b: {children: [c]}\n"
                    "  c: {children: [a, d]}\n"
                    "  d: {children: [m]}\n"
                    "managers: {m: }\n") == Lines{"4:18+1 `a` would be below itself: a > b > c > a"});
}

TEST_CASE("what is significant must be able to end, and be heeded", "[config][su-027]") {
  const std::string tail = "}\nmanagers: {m: {significant: true, restart: transient}}\n";
  CHECK(problems_of("managers: {m: {significant: true}}\n") ==
        Lines{"1:16+11 `m` cannot be significant and permanent"});
  CHECK(problems_of("supervisors: {" + tail) ==
        Lines{"2:16+11 `m` is significant, but the root supervisor never heeds it"});
  CHECK(problems_of("supervisors: {s: {children: [m]}" + tail) ==
        Lines{"2:16+11 `m` is significant, but its supervisor `s` never heeds it"});
  CHECK(problems_of("supervisors: {s: {children: [m], auto_shutdown: all_significant}" + tail) == Lines{});
}

TEST_CASE("each wrong value of supervision is reported at its place", "[config][su-026]") {
  CHECK(problems_of("supervision: {strategy: simple_one_for_one}\n") ==
        Lines{"1:25+18 `strategy` is `simple_one_for_one`, expected one of: one_for_one, one_for_all, "
              "rest_for_one"});
  CHECK(problems_of("supervision: {auto_shutdown: never}\n") == Lines{"1:15+13 unknown key `auto_shutdown`"});
  CHECK(problems_of("supervision: {backoff: {initial: 2s, max: 1s}}\n") ==
        Lines{"1:24+1 `initial` is 2s, which is more than `max`, 1s"});
  CHECK(problems_of("supervision: {backoff: {jitter: 101, factor: 0}}\n") ==
        Lines{"1:33+3 `jitter` is `101`, expected a whole number of percent from 0 to 100",
              "1:46+1 `factor` is `0`, expected a whole number of times from 1 to 100"});
  CHECK(problems_of("managers: {m: {shutdown: brutal}}\n") ==
        Lines{"1:26+6 `shutdown` is `brutal`, expected one of: infinity, brutal_kill"});
  CHECK(problems_of("managers: {m: {shutdown: -1s}}\n") ==
        Lines{"1:26+3 `shutdown` is `-1s`, expected a duration"});
  CHECK(problems_of("managers: {m: {shutdown: 25h}}\n") ==
        Lines{"1:26+3 `shutdown` is `25h`, expected 0ms to 24h"});
  CHECK(problems_of("supervisors: {s: {chidlren: []}}\n") == Lines{"1:19+8 unknown key `chidlren`"});
  CHECK(problems_of("supervisors: {s: {children: m}}\n") ==
        Lines{"1:29+1 `children` is `m`, expected a list"});
  CHECK(problems_of("supervisors: {a/b: {}}\n") == Lines{"1:15+3 `a/b` cannot be the name of a supervisor"});
}
