// SPDX-License-Identifier: Apache-2.0
// Handlers that misbehave when they run, as far as a host in one process can promise to survive it.
#include "tests/zoo/zoo.hpp"

namespace baton::test {
namespace {

/// The reason for which a handler that crashed at this event is gone.
std::string crash_at(Zoo& zoo, const char* plugin, const std::string& event) {
  CHECK(zoo.add(zoo.drop(plugin, "x.so")).empty());
  const Json outcome = zoo.sync_notify("zoo", event);
  zoo.clear();
  REQUIRE(outcome.at("failures").size() == 1);
  CHECK(outcome.at("failures").at(0).at("crashed") == true);
  return outcome.at("failures").at(0).at("reason");
}

void throws_anything(Zoo& zoo) {
  CHECK_FALSE(crash_at(zoo, PLUGIN_throws_anything, "int").empty());
  CHECK_FALSE(crash_at(zoo, PLUGIN_throws_anything, "own_type").empty());
}

/// The library has gone before the answer is read: its last instance crashed.
void text_outlives_library(Zoo& zoo) {
  const std::string reason = crash_at(zoo, PLUGIN_throws_anything, "own_error");
  CHECK(zoo.libraries().back().at("state") == "unloaded");
  CHECK(contains(reason, "a text that lives in the library"));
  CHECK(contains(zoo.log(), "a text that lives in the library"));
}

void answers_nonsense(Zoo& zoo) {
  CHECK(contains(zoo.refused_on_add(zoo.drop(PLUGIN_create_returns_null, "x.so")), "instance"));

  CHECK(zoo.add(zoo.drop(PLUGIN_call_returns_garbage_status, "x.so")).empty());
  CHECK(contains(zoo.call("zoo/guest", "any"), "error: "));

  if (zoo.add(zoo.drop(PLUGIN_obedient_handler, "y.so"), "flooder").empty()) {
    CHECK(contains(zoo.call("zoo/flooder", "flood"), "error: "));
  }
  for (const char* id : {"guest", "flooder"}) {
    (void)zoo.ask("DELETE", std::string("/v1/handlers/zoo/") + id);  // it may have crashed
  }
  zoo.clear();
}

void calls_itself(Zoo& zoo) {
  CHECK(zoo.add(zoo.drop(PLUGIN_calls_own_manager, "x.so")).empty());
  CHECK(contains(zoo.call("zoo/guest", "call"), "calling_self"));
  CHECK(zoo.call("zoo/guest", "notify") == "accepted");
  CHECK(zoo.call("zoo/guest", "seen") == "1");
  zoo.remove();
  zoo.clear();
}

}  // namespace

std::vector<Case> running_cases() {
  return {
      {"R1", throws_anything}, {"R2", text_outlives_library}, {"R7", answers_nonsense}, {"R8", calls_itself}};
}

}  // namespace baton::test
