// SPDX-License-Identifier: Apache-2.0
#include "host/config/config_reader.hpp"

#include "tests/unit/config/config_lines.hpp"

#include <catch2/catch.hpp>

using namespace baton;

namespace {

HostConfig config_of(std::string_view text) {
  const ReadConfig read = parse_config(text, "/etc/baton/baton.yaml");
  REQUIRE(lines_of(read.diagnostics) == Lines{});
  return read.config;
}

std::string help_of(std::string_view text) {
  const ReadConfig read = parse_config(text, "/etc/baton/baton.yaml");
  REQUIRE(read.diagnostics.size() == 1);
  return read.diagnostics[0].help;
}

}  // namespace

TEST_CASE("a config says what is to run, in the order of the file", "[config]") {
  const HostConfig config = config_of(R"(
host: {name: lesson, workers: 3, log_level: debug}
supervision: {max_restarts: 7, within: 1m}
managers:
  log:
    order: newest_first
    batch: 1
    hibernate_after: 5m
    record: 1000
    record_bytes: 16MiB
    handlers:
      - LoggerHandler
      - type: PersistenceHandler
        id: store
        options: {path: events.db, types: [msg, audit]}
  audit:
servers:
  queue: {type: SimpleQueue, restart: transient, thread: own, overflow: drop_oldest}
)");

  CHECK(config.file == "/etc/baton/baton.yaml");
  CHECK(config.host.name == "lesson");
  CHECK(config.host.workers == 3);
  CHECK(config.host.log_level == LogLevel::debug);
  CHECK(config.supervision.max_restarts == 7);
  CHECK(config.supervision.within == Duration(60'000));
  REQUIRE(config.managers.size() == 2);
  const ManagerConfig& log = config.managers[0];
  CHECK(log.name == "log");
  CHECK(log.options.order == DispatchOrder::newest_first);
  CHECK(log.options.process.batch_max == 1);
  CHECK(log.options.process.hibernate_after == Duration(300'000));
  CHECK(log.options.record == RecordLimits{1000, 16U << 20U});
  REQUIRE(log.handlers.size() == 2);
  CHECK(log.handlers[0].id == "LoggerHandler");
  CHECK(log.handlers[0].type == "LoggerHandler");
  CHECK(log.handlers[1].id == "store");
  REQUIRE(log.handlers[1].options.size() == 2);
  CHECK(std::get<std::string>(log.handlers[1].options[0].value) == "events.db");
  CHECK(std::get<Lines>(log.handlers[1].options[1].value) == Lines{"msg", "audit"});
  CHECK(config.managers[1].name == "audit");
  CHECK(config.managers[1].handlers.empty());
  REQUIRE(config.servers.size() == 1);
  CHECK(config.servers[0].type == "SimpleQueue");
  CHECK(config.servers[0].child.restart == Restart::transient);
  CHECK(config.servers[0].process.own_thread);
  CHECK(config.servers[0].process.hibernate_after == Duration(0));
  CHECK(config.servers[0].process.mailbox.overflow == Overflow::drop_oldest);
}

TEST_CASE("what a file leaves out is the default", "[config]") {
  const HostConfig config = config_of("managers: {log: {}}");
  CHECK(config.host.name == "baton");
  CHECK(config.host.socket.empty());
  CHECK(config.managers.at(0).options.process.mailbox.capacity == MailboxLimits().capacity);
}

TEST_CASE("sections with nothing in them are empty", "[config]") {
  const HostConfig config = config_of(
      "host:\nplugins:\n  directories:\nsupervision:\nmanagers:\n  log:\n    handlers:\nservers:\n");
  CHECK(config.managers.size() == 1);
}

TEST_CASE("a byte order mark and Windows line ends are fine", "[config]") {
  const ReadConfig read = parse_config("\xef\xbb\xbfhost:\r\n  name: x\r\n  nmae: y\r\n", "/c.yaml");
  CHECK(read.config.host.name == "x");
  CHECK(lines_of(read.diagnostics) == Lines{"3:3+4 unknown key `nmae`"});
}

TEST_CASE("a file with nothing in it is an error without a place", "[config]") {
  const auto text = GENERATE(as<std::string>{}, "", "\n\n", "# only a comment\n", "---\n", "~");
  CHECK(problems_of(text) == Lines{"0:0+1 the file is empty"});
}

TEST_CASE("a file is a map", "[config]") {
  CHECK(problems_of("- a\n") == Lines{"1:1+1 found a list, expected a map of keys"});
  CHECK(problems_of("baton\n") == Lines{"1:1+5 found `baton`, expected a map of keys"});
}

TEST_CASE("an unknown key names the one that was meant, or the section where it belongs", "[config]") {
  CHECK(help_of("manager: {}") ==
        "did you mean `managers`? allowed here: host, managers, plugins, servers, supervision, supervisors");
  CHECK(help_of("workers: 3") ==
        "it belongs in `host`; allowed here: host, managers, plugins, servers, supervision, supervisors");
  CHECK(help_of("plugins: {capacity: 3}") ==
        "it belongs in `managers.NAME`; allowed here: directories, trial, watch");
  CHECK(help_of("servers: {q: {type: T, restart: permanent, path: x}}")
            .starts_with("an option of the plugin goes below"));
  CHECK(help_of("plugins: {zzz: 3}") == "allowed here: directories, trial, watch");
}

TEST_CASE("every mistake of a file is reported in one go, with what YAML lets pass", "[config]") {
  CHECK(problems_of("managers:\n"
                    "  log: {capacity: x, handlers: [A, A]}\n"
                    "  log: {zzz: &y 1}\n"
                    "servers:\n"
                    "  log: 3\n") ==
        Lines{"2:19+1 `capacity` is `x`, expected a whole number of messages from 1 to 16777216",
              "2:36+1 the id `A` is taken by the handler at 2:33",
              "3:3+3 the key `log` is there twice, first at 2:3", "3:9+3 unknown key `zzz`",
              "3:14+1 an anchor (`&`), which is not supported here",
              "5:3+3 the name `log` is taken by the manager at 2:3",
              "5:8+1 `log` is `3`, expected a map of keys"});
}

TEST_CASE("of very many mistakes the first hundred are reported, and how many there are", "[config]") {
  std::string unknown_keys;
  std::string tabs;
  for (int i = 0; i < 1000; ++i) {
    unknown_keys += "k" + std::to_string(i) + ": 1\n";
    tabs += "\tx\n";
  }

  const Lines problems = problems_of(unknown_keys);
  REQUIRE(problems.size() == 101);
  CHECK(problems.front() == "0:0+1 there are 1000 mistakes; the first 100 follow");
  CHECK(problems.back() == "100:1+3 unknown key `k99`");
  CHECK(problems_of(tabs).size() == 101);
}

TEST_CASE("managers, servers and supervisors share one set of names", "[config]") {
  CHECK(problems_of("servers: {a: {type: T}, b: {type: T}}\nmanagers: {b: {}}\n") ==
        Lines{"1:25+1 the name `b` is taken by the manager at 2:12"});
  CHECK(problems_of("supervisors: {a: {}, root: {}}\nmanagers: {a: {}}\n") ==
        Lines{"1:15+1 the name `a` is taken by the manager at 2:12",
              "1:22+4 the name `root` is taken by the root supervisor"});
}

TEST_CASE("names are letters, digits and a few marks", "[config]") {
  CHECK(problems_of("managers: {a.b_c-d:E9: {}}\n") == Lines{});
  CHECK(problems_of("managers: {a/b: {}}\n") == Lines{"1:12+3 `a/b` cannot be the name of a manager"});
  CHECK(problems_of("servers: {\"\": {type: T}}\n") == Lines{"1:11+2 `` cannot be the name of a server"});
  CHECK(problems_of("managers: {" + std::string(65, 'x') + ": {}}\n").size() == 1);
  CHECK(problems_of("managers: {m: {handlers: [{type: A, id: a b}, x y]}}\n") ==
        Lines{"1:41+3 `a b` cannot be an id", "1:47+3 `x y` cannot be the name of a type"});
  CHECK(problems_of("host: {name: Lesson}\n") == Lines{"1:14+6 `Lesson` cannot be the name of a host"});
}

TEST_CASE("an id that cannot be one is no duplicate of the type's", "[config]") {
  CHECK(problems_of("managers: {m: {handlers: [A, {type: A, id: a b}]}}\n") ==
        Lines{"1:44+3 `a b` cannot be an id"});
}

TEST_CASE("handler ids are unique in a manager, not across managers", "[config]") {
  CHECK(problems_of("managers:\n  a:\n    handlers: [A, {type: B, id: A}]\n  b: {handlers: [A]}\n") ==
        Lines{"3:26+1 the id `A` is taken by the handler at 3:16"});
}

TEST_CASE("a missing type is reported, unless it is misspelt", "[config]") {
  CHECK(problems_of("servers: {q: {options: {}}, r: }\n") ==
        Lines{"1:11+1 the server `q` has no `type`", "1:29+1 the server `r` has no `type`"});
  CHECK(problems_of("managers: {m: {handlers: [{id: x}]}}\n") == Lines{"1:27+1 this handler has no `type`"});
  CHECK(problems_of("servers: {q: {typ: SimpleQueue}}\n") == Lines{"1:15+3 unknown key `typ`"});
  CHECK(problems_of("servers: {q: {type: }}\n") ==
        Lines{"1:15+4 `type` has no value, expected the name of a type that a plugin offers"});
}

TEST_CASE("the wrong shape says which one is expected", "[config]") {
  CHECK(problems_of("managers:\n  m:\n    handlers:\n      A:\n") ==
        Lines{"4:7+1 `handlers` is a map of keys, expected a list"});
  CHECK(problems_of("managers:\n  m:\n    handlers: A\n") ==
        Lines{"3:15+1 `handlers` is `A`, expected a list"});
  CHECK(problems_of("managers: {m: {handlers: [[A], ]}}\n") ==
        Lines{"1:27+1 found a list, expected a handler"});
  CHECK(problems_of("managers: [m]\n") == Lines{"1:11+1 `managers` is a list, expected a map of keys"});
  CHECK(problems_of("plugins: {directories: plugins}\n") ==
        Lines{"1:24+7 `directories` is `plugins`, expected a list"});
}

TEST_CASE("options are scalars or lists of scalars", "[config]") {
  CHECK(problems_of("servers: {q: {type: T, options: {a: , b: {c: 1}, d: [[1]], e: \"\", f: []}}}\n") ==
        Lines{"1:34+1 the option `a` has no value",
              "1:42+1 the option `b` is a map of keys, expected a scalar or a list of them",
              "1:54+1 found a list in a list of option values, expected a scalar"});
}

TEST_CASE("a plugin directory that is missing or listed twice is a warning, a file an error", "[config]") {
  const ReadConfig read = parse_config(
      "plugins: {directories: [/usr, /no/such/folder, /usr/../usr, /etc/passwd]}\n", "/etc/baton/baton.yaml");
  CHECK(lines_of(read.diagnostics) == Lines{"1:31+15 there is no folder `/no/such/folder`",
                                            "1:48+11 `/usr/../usr` is in the list already",
                                            "1:61+11 `/etc/passwd` is a file, expected a folder"});
  CHECK(read.diagnostics[0].severity == Diagnostic::Severity::warning);
  CHECK(read.diagnostics[1].severity == Diagnostic::Severity::warning);
  CHECK(read.diagnostics[2].severity == Diagnostic::Severity::error);
  CHECK(read.config.plugins.directories.size() == 3);
}

TEST_CASE("a file that cannot be read, or not to its end, is an error", "[config]") {
  CHECK(lines_of(read_config("/no/such/file").diagnostics) ==
        Lines{"0:0+1 the file cannot be opened: No such file or directory"});
  CHECK(lines_of(read_config("/usr").diagnostics) == Lines{"0:0+1 this is a directory, expected a file"});
  CHECK(lines_of(read_config("/dev/zero").diagnostics) ==
        Lines{"1:1+1 the file is larger than 4 MiB, which end here"});
}
