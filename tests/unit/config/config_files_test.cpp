// SPDX-License-Identifier: Apache-2.0
#include "host/config/config_sections.hpp"
#include "tests/unit/config/config_lines.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>

using namespace baton;

namespace {

std::filesystem::path source_file(const std::string& name) {
  return std::filesystem::path(BATON_SOURCE_DIR) / name;
}

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("a file with five mistakes yields five errors with places and suggestions", "[config]") {
  const std::filesystem::path fixtures = source_file("tests/fixtures/config");
  const ReadConfig read = read_config(fixtures / "five_mistakes.yaml");

  CHECK(count_diagnostics(read.diagnostics) == "5 errors");
  CHECK(render_diagnostics(read.diagnostics, "five_mistakes.yaml", read.source) ==
        content_of(fixtures / "five_mistakes.txt"));
}

TEST_CASE("the example configs have no errors", "[config]") {
  const auto name = GENERATE(as<std::string>{}, "baton", "minimal", "production", "tree");
  const ReadConfig read = read_config(source_file("config/" + name + ".yaml"));
  CAPTURE(render_diagnostics(read.diagnostics, name, read.source));
  CHECK(read.is_valid());  // plugins that are not built yet are a warning
  CHECK_FALSE(read.config.managers.empty());
}

TEST_CASE("the annotated example is the lesson and spells out the defaults", "[config]") {
  const HostConfig config = read_config(source_file("config/baton.yaml")).config;

  const ManagerConfig& log = config.managers.at(0);
  CHECK(log.name == "log");
  CHECK(log.handlers.at(0).id == "LoggerHandler");
  CHECK(log.handlers.at(1).id == "PersistenceHandler");
  const ServerConfig& queue = config.servers.at(0);
  CHECK(queue.name == "queue");
  CHECK(std::get<Lines>(queue.options.at(0).value) == Lines{"1", "2", "3"});

  for (const ProcessOptions& process : {log.options.process, queue.process}) {
    CHECK(process.mailbox.capacity == MailboxLimits().capacity);
    CHECK(process.mailbox.capacity_bytes == MailboxLimits().capacity_bytes);
    CHECK(process.mailbox.overflow == MailboxLimits().overflow);
    CHECK(process.block_timeout == ProcessOptions().block_timeout);
    CHECK(process.batch_max == ProcessOptions().batch_max);
    CHECK(process.own_thread == ProcessOptions().own_thread);
    CHECK(process.hibernate_after == ProcessOptions().hibernate_after);
  }
  CHECK(log.options.order == EventManagerOptions().order);
  CHECK(log.options.record == RecordLimits());
  CHECK(queue.child.restart == ChildConfig().restart);
  CHECK(log.child.restart == ChildConfig().restart);
  CHECK(log.child.shutdown == shutdown_of(ChildSpec()));
  CHECK(queue.child.shutdown == shutdown_of(ChildSpec()));
  const SupervisorConfig& lesson = config.supervisors.at(0);
  CHECK(lesson.child.shutdown == infinity);
  for (const SupervisorOptions& options : {lesson.options, config.supervision}) {
    CHECK(options.strategy == SupervisorOptions().strategy);
    CHECK(options.auto_shutdown == SupervisorOptions().auto_shutdown);
    CHECK(options.max_restarts == SupervisorOptions().max_restarts);
    CHECK(options.within == SupervisorOptions().within);
    CHECK_FALSE(options.backoff);
  }
  CHECK(config.host.workers == HostSettings().workers);
  CHECK(config.host.log_level == HostSettings().log_level);
}

TEST_CASE("every key of the reader is in docs/config.md and in the annotated example", "[config]") {
  const std::string docs = content_of(source_file("docs/config.md"));
  const std::string example = content_of(source_file("config/baton.yaml"));
  const std::vector<std::string> keys = config_keys();
  CHECK(keys.size() >= 25);
  for (const std::string& key : keys) {
    CAPTURE(key);
    CHECK(docs.find("`" + key + "`") != std::string::npos);
    CHECK(example.find(key.substr(key.rfind('.') + 1) + ":") != std::string::npos);
  }
}

TEST_CASE("docs/config.md has no key that the reader does not know", "[config]") {
  const std::vector<std::string> keys = config_keys();
  const std::string docs = content_of(source_file("docs/config.md"));
  for (std::size_t row = docs.find("\n| `"); row != std::string::npos; row = docs.find("\n| `", row + 1)) {
    const std::size_t begin = row + 4;
    const std::string key = docs.substr(begin, docs.find('`', begin) - begin);
    CAPTURE(key);
    CHECK(std::ranges::find(keys, key) != keys.end());
  }
}
