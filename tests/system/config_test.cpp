// SPDX-License-Identifier: Apache-2.0
#include "tests/system/running_host.hpp"

using namespace baton::test;

TEST_CASE("a config with five mistakes prints five errors with places, and a running host goes on",
          "[config]") {
  Place place;
  place.start(place.config(log_with_logger));

  const Ran check =
      shell(std::string(BATON_BINARY) + " check " BATON_SOURCE "/tests/fixtures/config/five_mistakes.yaml");

  CHECK(check.code == 78);
  CHECK(contains(check.output, ": 6 errors"));  // and no plugin folder has the server that it names
  CHECK(contains(check.output, "five_mistakes.yaml:7:5: error: unknown key `handler`"));
  CHECK(contains(check.output, "did you mean `handlers`?"));
  CHECK(place.verb("sync-notify log msg x").code == 0);
}

TEST_CASE("a host is not started on an invalid config", "[config]") {
  Place place;
  const auto config = place.config(
      "managers: {log: {handlers: [NoSuchHandler, {type: LoggerHandler, options: {print: maybe}}]}}\n");

  const Ran ran = shell(std::string(BATON_BINARY) + " run " + config.string() + " --no-console < /dev/null");

  CHECK(ran.code == 78);
  CHECK(contains(ran.output, "NoSuchHandler"));
  CHECK(contains(ran.output, "print"));
  CHECK(contains(ran.output, "2 errors; nothing was started"));
}

TEST_CASE("a config that is not there is told, with what was looked for", "[config]") {
  Place place;
  const Ran ran = shell("cd " + place.path("").string() + " && " + BATON_BINARY + " check nowhere.yaml");
  CHECK(ran.code == 78);
  CHECK(contains(ran.output, "nowhere.yaml"));
}

TEST_CASE("a valid config is told in one line", "[config]") {
  Place place;
  const Ran ran = shell(std::string(BATON_BINARY) + " check " + place.config(log_with_logger).string());
  CHECK(ran.code == 0);
  CHECK(contains(ran.output, "valid; 1 manager, 0 servers"));
}
