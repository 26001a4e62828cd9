// SPDX-License-Identifier: Apache-2.0
#include "host/config/value_reader.hpp"

#include "host/base/duration_text.hpp"
#include "tests/unit/config/config_lines.hpp"

#include <catch2/catch.hpp>

using namespace baton;

namespace {

/// `server: {key: value}` as the reader sees it: the problems, and the server for good ones.
Lines server_problems(const std::string& line) {
  return problems_of("servers:\n  s:\n    type: T\n    " + line + "\n");
}

ProcessOptions process_of(const std::string& line) {
  const ReadConfig read = parse_config("servers:\n  s:\n    type: T\n    " + line + "\n", "/c.yaml");
  REQUIRE(lines_of(read.diagnostics) == Lines{});
  return read.config.servers.at(0).process;
}

}  // namespace

TEST_CASE("a duration is a whole number and its unit", "[config]") {
  CHECK(process_of("block_timeout: 250ms").block_timeout == Duration(250));
  CHECK(process_of("block_timeout: 5s").block_timeout == Duration(5000));
  CHECK(process_of("block_timeout: \"2m\"").block_timeout == Duration(120'000));
  CHECK(process_of("block_timeout: 0s").block_timeout == Duration(0));

  CHECK(server_problems("block_timeout: 5") ==
        Lines{"4:20+1 `block_timeout` is `5` without a unit, expected a duration"});
  CHECK(server_problems("block_timeout: 1.5s") ==
        Lines{"4:20+4 `block_timeout` is `1.5s`, expected a duration"});
  CHECK(server_problems("block_timeout: -1s").size() == 1);
  CHECK(server_problems("block_timeout: 25h") ==
        Lines{"4:20+3 `block_timeout` is `25h`, expected 0ms to 24h"});
  CHECK(server_problems("block_timeout: 99999999999999999999h").size() == 1);
}

TEST_CASE("a size is a whole number and its unit", "[config]") {
  CHECK(process_of("capacity_bytes: 64KiB").mailbox.capacity_bytes == 65'536);
  CHECK(process_of("capacity_bytes: 10MB").mailbox.capacity_bytes == 10'000'000);

  CHECK(server_problems("capacity_bytes: 64") ==
        Lines{"4:21+2 `capacity_bytes` is `64` without a unit, expected a size"});
  CHECK(server_problems("capacity_bytes: 64k") == Lines{"4:21+3 `capacity_bytes` is `64k`, expected a size"});
  CHECK(server_problems("capacity_bytes: 0B") ==
        Lines{"4:21+2 `capacity_bytes` is `0B`, expected 1B to 1TiB"});
}

TEST_CASE("a whole number is decimal digits and nothing else", "[config]") {
  CHECK(process_of("capacity: 10").mailbox.capacity == 10);
  const auto text =
      GENERATE(as<std::string>{}, "64k", "010", "0x10", "1_000", "1e3", "+1", "-1", "1.0", "\"10\"", "0",
               "16777217", "99999999999999999999999", "yes", "[1]", "{a: 1}", "~", "\"\"");
  CAPTURE(text);
  CHECK(server_problems("capacity: " + text).size() == 1);
}

TEST_CASE("a word that is close to an allowed one is recognised", "[config]") {
  const ReadConfig read = parse_config("servers: {s: {type: T, restart: Temporary}}", "/c.yaml");
  REQUIRE(read.diagnostics.size() == 1);
  CHECK(read.diagnostics[0].message ==
        "`restart` is `Temporary`, expected one of: permanent, transient, temporary");
  CHECK(read.diagnostics[0].help == "did you mean `temporary`?");
}

TEST_CASE("paths are relative to the folder of the file, and nothing is expanded", "[config]") {
  const auto socket_of = [](const std::string& path) {
    const ReadConfig read = parse_config("host: {socket: \"" + path + "\"}", "/etc/baton/baton.yaml");
    return read.is_valid() ? read.config.host.socket.string() : read.diagnostics.at(0).message;
  };
  CHECK(socket_of("x.sock") == "/etc/baton/x.sock");
  CHECK(socket_of("../run/./x.sock") == "/etc/run/x.sock");
  CHECK(socket_of("/run/x.sock") == "/run/x.sock");
  CHECK(socket_of("./~") == "/etc/baton/~");
  CHECK(socket_of("~/x") == "`socket` is `~/x`, but neither `~` nor variables are expanded here");
  CHECK(socket_of("${HOME}/x") == "`socket` is `${HOME}/x`, but neither `~` nor variables are expanded here");
  CHECK(socket_of("") == "`socket` is ``, expected a path of printable characters");
  CHECK(socket_of("a\\0b").find("printable") != std::string::npos);
  CHECK(socket_of("/" + std::string(107, 'x')) ==
        "the path of the socket has 108 bytes, the system allows 107");
}

TEST_CASE("a relative file name is taken from the working directory", "[config]") {
  const ReadConfig read = parse_config("host: {runtime_dir: run}", "conf/baton.yaml");
  CHECK(read.config.file == std::filesystem::current_path() / "conf/baton.yaml");
  CHECK(read.config.host.runtime_dir == std::filesystem::current_path() / "conf/run");
}

TEST_CASE("durations and sizes are shown as people write them", "[config]") {
  CHECK(duration_text(Duration(0)) == "0ms");
  CHECK(duration_text(Duration(1500)) == "1500ms");
  CHECK(duration_text(Duration(120'000)) == "2m");
  CHECK(format_size(65'536) == "64KiB");
  CHECK(format_size(1000) == "1000B");
}
