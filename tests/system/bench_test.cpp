// SPDX-License-Identifier: Apache-2.0
// `baton bench --verify` on a live host, while handlers are swapped.
#include "tests/system/running_host.hpp"

#include <nlohmann/json.hpp>

#include <atomic>
#include <thread>

using namespace baton::test;
using Json = nlohmann::json;

namespace {

Json bench(const Place& place, const std::string& words, int expected_code = 0) {
  const Ran ran = place.verb("bench " + words + " --verify -o json");
  CHECK(ran.code == expected_code);
  return Json::parse(ran.output);
}

/// The id of what a running bench has installed; empty when none runs.
std::string checker_in(const Place& place) {
  const Json answer = Json::parse(place.verb("which log -o json").output);
  for (const Json& handler : answer.at("handlers")) {
    if (handler.at("type") == "SequenceCheck") {
      return handler.at("id");
    }
  }
  return {};
}

constexpr const char* silent_logger =
    "managers: {log: {handlers: [{type: LoggerHandler, options: {print: false}}]}}\n";

}  // namespace

TEST_CASE("a bench proves that no event is lost over swaps, also of what counts them", "[bench]") {
  Place place;
  place.start(place.config(silent_logger));
  std::atomic<bool> is_over = false;
  int failed = 0;
  std::string last_swap;  // of the checker; it may be gone by then
  std::thread swapper([&] {
    while (!is_over) {
      failed += place.verb("swap log/LoggerHandler " PLUGIN_logger).code;
      const std::string checker = checker_in(place);
      if (!checker.empty()) {
        last_swap = place.verb("swap log/" + checker + " " PLUGIN_sequence_check).output;
      }
    }
  });
  const Json report = bench(place, "log --duration 2s --producers 3");
  is_over = true;
  swapper.join();

  CHECK(failed == 0);
  INFO(report.dump() << "\n" << last_swap);
  CHECK(report.at("passed") == true);
  CHECK(report.at("accepted") > 0);
  CHECK(report.at("lost") == 0);
  CHECK(report.at("duplicated") == 0);
  CHECK(report.at("out_of_order") == 0);
  REQUIRE(report.at("handlers").size() == 2);
  for (const Json& handler : report.at("handlers")) {
    CHECK(handler.at("handled") == report.at("accepted"));
    CHECK(handler.at("instances").size() > 1);
  }
  CHECK(report.at("longest_pause").at("us") > 0);
  CHECK(checker_in(place).empty());
}

TEST_CASE("events that a mailbox refuses or drops are told apart from lost ones", "[bench]") {
  Place place;
  place.start(
      place.config("managers: {a: {overflow: reject, capacity: 500}, b: {overflow: drop_newest, "
                   "capacity: 500}, c: {overflow: drop_oldest, capacity: 500}}\n"));
  for (const char* manager : {"a", "b", "c"}) {
    CAPTURE(manager);
    const Json report = bench(place, std::string(manager) + " --duration 300ms");
    CHECK(report.at("lost") == 0);
    CHECK(report.at("rejected").get<std::uint64_t>() + report.at("dropped").get<std::uint64_t>() > 0);
  }
}

TEST_CASE("a bench keeps its rate", "[bench]") {
  Place place;
  place.start(place.config(silent_logger));
  const Json report = bench(place, "log --rate 2k --duration 1s");
  CHECK(report.at("accepted") <= 2100);
  CHECK(report.at("accepted") > 0);
}

TEST_CASE("a bench that is interrupted tells what it saw and takes its checker out", "[bench]") {
  Place place;
  place.start(place.config(silent_logger));
  const Ran ran = shell("BATON_SOCKET=" + place.path("host.sock").string() + " timeout -s INT 0.5 " +
                        BATON_BINARY + " bench log --rate 1k --duration 10m --verify");
  CHECK(contains(ran.output, "PASS"));
  CHECK(checker_in(place).empty());
}

TEST_CASE("a bench that cannot be says why", "[bench]") {
  Place place;
  std::filesystem::create_directory(place.path("few"));
  std::filesystem::copy(PLUGIN_logger, place.path("few"));
  place.start(place.config(silent_logger, place.path("few").string()));

  const Ran unknown = place.verb("bench lgo --verify");
  CHECK(unknown.code == 1);
  CHECK(contains(unknown.output, "error[not_found]"));
  const Ran unchecked = place.verb("bench log --verify");
  CHECK(unchecked.code == 1);
  CHECK(contains(unchecked.output, "help: --verify needs the plugin sequence_check"));
  CHECK(place.verb("bench log --rate fast").code == 64);
  CHECK(place.verb("bench log --duration 0").code == 64);
  CHECK(place.verb("bench log --producers 0").code == 64);
}
