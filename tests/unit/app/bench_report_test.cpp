// SPDX-License-Identifier: Apache-2.0
#include "host/app/bench_report.hpp"

#include "host/app/bench.hpp"

#include <catch2/catch.hpp>

using namespace baton;

namespace {

ProducerTally sent(std::uint64_t numbers) {
  return {numbers, numbers, 0, std::nullopt};
}

InstanceTally instance(std::uint64_t number, std::uint64_t handled, std::int64_t ended_us = 0) {
  return {number, "1.0.0", handled, ended_us == 0 ? std::nullopt : std::optional(ended_us), ended_us != 0};
}

const std::vector<HandlerTally> swapped_once = {
    {"logger", {instance(1, 40, 5000), instance(2, 60)}, true, true}};

std::string report_of(const std::string& producers, const std::string& pauses = "") {
  return R"({"producers":[)" + producers +
         R"(],"delay_us":{"p50":1,"p99":2,"p999":3,"longest":4},"pauses":[)" + pauses + "]}";
}

BenchReport report_with(std::uint64_t accepted, std::vector<HandlerTally> handlers) {
  BenchReport report;
  report.manager = "log";
  report.producers = 1;
  report.accepted = accepted;
  report.handlers = std::move(handlers);
  return report;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a rate is a number with k, M or nothing behind it, or max", "[bench]") {
  CHECK(*parse_rate("max") == 0);
  CHECK(*parse_rate("50000") == 50'000);
  CHECK(*parse_rate("200k") == 200'000);
  CHECK(*parse_rate("1.5M") == 1'500'000);
  for (const char* wrong : {"0", "-3", "3x", "k", "1e99", "nan", "200 k"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_rate(wrong));
  }
}

TEST_CASE("what a producer sent and the checker never saw is missing, in the middle or at the end",
          "[bench]") {
  const std::vector<ProducerTally> all = {sent(10), sent(5), sent(7)};
  const auto verified =
      verified_of(report_of(R"({"producer":0,"last":8,"missing":1,"duplicated":2,"out_of_order":3},)"
                            R"({"producer":1,"last":5,"missing":0,"duplicated":0,"out_of_order":0})"),
                  all, {});

  REQUIRE(verified);
  CHECK(verified->sequences.missing == 1 + 2 + 7);
  CHECK(verified->sequences.duplicated == 2);
  CHECK(verified->sequences.out_of_order == 3);
  CHECK(verified->delays.p999 == 3);
  CHECK_FALSE(verified->pause);
}

TEST_CASE("a pause is due to the swap that happened in it, and to nothing that happened before or after",
          "[bench]") {
  const std::string noise = R"({"us":900,"from_us":100,"to_us":1000,"at_event":7})";
  const std::string swap = R"({"us":300,"from_us":4800,"to_us":5100,"at_event":41})";

  const auto verified = verified_of(report_of("", noise + "," + swap), {}, swapped_once);

  REQUIRE(verified);
  REQUIRE(verified->pause);
  CHECK(verified->pause->us == 900);
  CHECK(verified->pause->during.empty());
  REQUIRE(verified->swap_pause);
  CHECK(verified->swap_pause->at_event == 41);
  CHECK(verified->swap_pause->during == "swap 1 of logger, #1 -> #2");
}

TEST_CASE("a handler that was there all the time must have had every event, over all its instances",
          "[bench]") {
  CHECK(report_with(100, swapped_once).complaints().empty());
  CHECK(report_with(101, swapped_once).complaints() == Texts{"log/logger handled 100 of 101 events"});

  BenchReport others = report_with(101, swapped_once);
  others.had_other_events = true;
  CHECK(others.complaints().empty());

  const std::vector<HandlerTally> came_later = {{"logger", {instance(1, 3)}, false, true}};
  CHECK(report_with(100, came_later).complaints().empty());
}

TEST_CASE("what the mailbox dropped is missing and not lost", "[bench]") {
  BenchReport report = report_with(100, {});
  report.verified = Verified{{7, 0, 0}, {}, {}, {}};
  report.dropped = 5;
  CHECK(report.lost() == 2);
  CHECK(report.complaints() == Texts{"2 events were lost"});
  report.dropped = 7;
  CHECK(report.complaints().empty());
}

TEST_CASE("a bench passes when nothing is wrong, and says what is", "[bench]") {
  BenchReport report = report_with(100, swapped_once);
  CHECK(bench_text(report).ends_with("\nok"));
  report.verified = Verified{};
  CHECK(bench_text(report).ends_with("\nPASS"));
  report.verified->sequences.duplicated = 1;
  CHECK(bench_text(report).ends_with("1 events came twice\nFAIL"));
  CHECK(bench_json(report).find(R"("passed":false)") != std::string::npos);
}

TEST_CASE("a checker's report that is none is an error", "[bench]") {
  CHECK_FALSE(verified_of("[]", {}, {}));
  CHECK_FALSE(verified_of("no json", {}, {}));
}
