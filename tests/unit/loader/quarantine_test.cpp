// SPDX-License-Identifier: Apache-2.0
#include "host/loader/quarantine.hpp"

#include "tests/plugin/temporary_folder.hpp"
#include "tests/support/code_of.hpp"
#include "tests/support/manual_scheduler.hpp"
#include "tests/support/recording_log.hpp"

#include <catch2/catch.hpp>

using namespace baton;
using namespace baton::test;

namespace {

QuarantineEntry entry(const std::string& sha256) {
  return {sha256, "/plugins/x.so", "x", "1.0.0", {RefusalReason::failed_trial, "ended by \xff signal 11"}, 0};
}

std::vector<std::string> hashes(const Quarantine& quarantine) {
  std::vector<std::string> all;
  for (const QuarantineEntry& one : quarantine.list()) {
    all.push_back(one.sha256);
  }
  return all;
}

}  // namespace

TEST_CASE("what is quarantined is found by its content, and listed by time", "[quarantine]") {
  RecordingLog log;
  ManualClock clock;
  Quarantine quarantine(clock, log);
  quarantine.add(entry("bb22"));
  clock.advance_to(clock.steady_now() + std::chrono::seconds(1));
  quarantine.add(entry("aa11"));

  REQUIRE(quarantine.find("aa11"));
  CHECK(quarantine.find("aa11")->refusal.text == "ended by \xff signal 11");
  CHECK_FALSE(quarantine.find("aa"));
  CHECK(hashes(quarantine) == std::vector<std::string>{"bb22", "aa11"});
  CHECK(log.count("quarantined") == 2);
}

TEST_CASE("a quarantine outlives the host", "[quarantine]") {
  const TemporaryFolder folder;
  RecordingLog log;
  ManualClock clock;
  const auto file = folder.path() / "quarantine.json";
  {
    Quarantine quarantine(file, clock, log);
    quarantine.add(entry("aa11"));
    quarantine.add(entry("bb22"));
    CHECK(quarantine.clear("bb"));
  }
  const Quarantine again(file, clock, log);
  REQUIRE(hashes(again) == std::vector<std::string>{"aa11"});
  const QuarantineEntry found = *again.find("aa11");
  CHECK(found.file == "/plugins/x.so");
  CHECK(found.plugin == "x");
  CHECK(found.version == "1.0.0");
  CHECK(found.refusal.reason == RefusalReason::failed_trial);
  CHECK(found.time_us == clock.utc_now_us());
  CHECK(log.count_at_least(LogLevel::warning) == 2);  // the two that were quarantined
}

TEST_CASE("an entry is cleared by the beginning of its hash, if that is the beginning of one only",
          "[quarantine]") {
  RecordingLog log;
  ManualClock clock;
  Quarantine quarantine(clock, log);
  quarantine.add(entry("aa11"));
  quarantine.add(entry("aa22"));
  CHECK(code_of(quarantine.clear("aa")) == "bad_request");
  CHECK(code_of(quarantine.clear("cc")) == "not_found");
  CHECK(code_of(quarantine.clear("")) == "not_found");
  CHECK(quarantine.clear("aa1"));
  CHECK_FALSE(quarantine.find("aa11"));
  CHECK(quarantine.find("aa22"));
}

TEST_CASE("a file, its name or its plugin mean every content of theirs that is in quarantine",
          "[quarantine]") {
  RecordingLog log;
  ManualClock clock;
  Quarantine quarantine(clock, log);
  quarantine.add(entry("aa11"));
  quarantine.add(entry("bb22"));
  quarantine.add({"cc33", "/plugins/y.so", "y", "1.0.0", {RefusalReason::ended_host, "it", "create", 11}, 0});
  for (const char* which : {"/plugins/x.so", "x.so", "x"}) {
    CAPTURE(which);
    const auto selected = quarantine.select(which);
    REQUIRE(selected);
    CHECK(selected->size() == 2);
  }
  CHECK(code_of(quarantine.select("/elsewhere/x.so")) == "not_found");

  CHECK(quarantine.clear("x.so"));
  CHECK(hashes(quarantine) == std::vector<std::string>{"cc33"});
  CHECK(quarantine.clear_all().size() == 1);
  CHECK(quarantine.list().empty());
  CHECK(log.count("quarantine_cleared") == 3);
}

TEST_CASE("the step and the signal of a failure outlive the host, and may be missing", "[quarantine]") {
  const TemporaryFolder folder;
  RecordingLog log;
  ManualClock clock;
  const auto file = folder.path() / "quarantine.json";
  Quarantine(file, clock, log)
      .add({"cc33", "/plugins/y.so", "y", "1.0.0", {RefusalReason::ended_host, "it", "create", 11}, 0});
  const auto found = Quarantine(file, clock, log).find("cc33");
  REQUIRE(found);
  CHECK(found->refusal.step == "create");
  CHECK(found->refusal.signal == 11);

  folder.write("quarantine.json", R"({"quarantined": [{"sha256": "a", "file": "", "plugin": "", "version": "",
      "time_us": 1, "reason": "failed_trial", "text": "of an older host"}]})");
  CHECK(Quarantine(file, clock, log).find("a")->refusal.signal == 0);
}

TEST_CASE("a file that cannot be read is told and does no harm", "[quarantine]") {
  const TemporaryFolder folder;
  RecordingLog log;
  ManualClock clock;
  for (const char* content : {"", "{", "[]", R"({"quarantined": [{"sha256": 1}]})",
                              R"({"quarantined": [{"sha256": "a", "file": "", "plugin": "", "version": "",
                                  "time_us": 1, "reason": "no_such_reason", "text": ""}]})"}) {
    const Quarantine quarantine(folder.write("quarantine.json", content), clock, log);
    CHECK(quarantine.list().empty());
  }
  CHECK(log.count("quarantine_unreadable") == 5);
}

TEST_CASE("a file that cannot be written is told, and the content is refused all the same", "[quarantine]") {
  RecordingLog log;
  ManualClock clock;
  Quarantine quarantine("/no/such/folder/quarantine.json", clock, log);
  quarantine.add(entry("aa11"));
  CHECK(quarantine.find("aa11"));
  CHECK(log.count("quarantine_unwritable") == 1);
}
