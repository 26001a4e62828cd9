// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/crash_records.hpp"

#include "host/behaviour/crash_policy.hpp"

#include <catch2/catch.hpp>

using namespace baton;

namespace {

CrashRecord record_of(const std::string& manager, const std::string& handler) {
  CrashRecord record;
  record.manager = manager;
  record.handler = handler;
  return record;
}

std::vector<std::uint64_t> ids_of(const std::vector<CrashRecord>& records) {
  std::vector<std::uint64_t> ids;
  for (const CrashRecord& record : records) {
    ids.push_back(record.id);
  }
  return ids;
}

using RecordIds = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("crashes are kept newest first, of all managers or of one", "[crash]") {
  CrashRecords records;
  CHECK(records.add(record_of("log", "a")) == 1);
  CHECK(records.add(record_of("log", "b")) == 2);
  CHECK(records.add(record_of("audit", "a")) == 3);

  CHECK(ids_of(records.list()) == RecordIds{3, 2, 1});
  CHECK(ids_of(records.list("log")) == RecordIds{2, 1});
  CHECK(ids_of(records.list("log", "a")) == RecordIds{1});
  CHECK(records.list("nobody").empty());
}

TEST_CASE("of too many crashes the oldest go, and ids are never used again", "[crash]") {
  CrashRecords records({}, 2);
  for (int i = 0; i < 5; ++i) {
    (void)records.add(record_of("log", std::to_string(i)));
  }

  CHECK(ids_of(records.list()) == RecordIds{5, 4});
  CHECK_FALSE(records.find(3));
  CHECK(records.find(4)->handler == "3");
  CHECK_FALSE(records.find(6));
  CHECK_FALSE(records.find(0));
  CHECK(records.count() == 5);
}

TEST_CASE("what is done about a crash is added to its record as long as that is kept", "[crash]") {
  CrashRecords records({}, 1);
  const auto id = records.add(record_of("log", "a"));
  records.add_deed(id, {1, "removed"});
  records.add_deed(id + 1, {2, "nobody's"});
  CHECK(records.find(id)->done.size() == 1);

  (void)records.add(record_of("log", "b"));
  records.add_deed(id, {3, "too late"});
  CHECK(records.find(id + 1)->done.empty());
}

TEST_CASE("a record does not grow without end: the last deed stays", "[crash]") {
  CrashRecords records;
  const auto id = records.add(record_of("log", "a"));
  for (int i = 0; i < 1000; ++i) {
    records.add_deed(id, {i, std::to_string(i)});
  }
  const auto record = records.find(id);
  CHECK(record->done.size() == CrashRecords::deeds_max);
  CHECK(record->done.front().text == "0");
  CHECK(record->done.back().text == "999");
}

TEST_CASE("only what came from a file can be quarantined", "[crash]") {
  int calls = 0;
  const CrashRecords records({[&calls](const CrashRecord&) { ++calls; }, {}});
  CrashRecord record = record_of("log", "a");
  CHECK_FALSE(records.quarantine(record));
  record.origin.sha256 = "4d1a";
  CHECK(records.quarantine(record));
  CHECK(calls == 1);
  CHECK_FALSE(CrashRecords().quarantine(record));
}

TEST_CASE("each policy has a name that leads back to it", "[crash]") {
  CHECK(on_crash_names() ==
        std::vector<std::string>{"remove", "restart", "restart_with_state", "quarantine"});
  for (const std::string& name : on_crash_names()) {
    CHECK(on_crash_name(on_crash_from_name(name).value()) == name);
  }
  CHECK_FALSE(on_crash_from_name("retry"));
}

TEST_CASE("a policy that cannot be kept is refused", "[crash]") {
  CrashPolicy policy;
  CHECK(check_crash_policy(policy));
  SECTION("no time to count restarts in") {
    policy.within = Duration(0);
  }
  SECTION("a back-off that shrinks") {
    policy.backoff = {Duration(200), Duration(100)};
  }
  SECTION("a back-off of no time") {
    policy.backoff.initial = Duration(0);
  }
  SECTION("saving before the last time") {
    policy.save_every = Duration(-1);
  }
  const auto checked = check_crash_policy(policy);
  REQUIRE_FALSE(checked);
  CHECK(checked.error().code == Errc::bad_options);
}
