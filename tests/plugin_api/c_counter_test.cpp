// SPDX-License-Identifier: Apache-2.0
#include <baton/testing/fake_host.hpp>

#include <catch2/catch.hpp>

#include <string>

using namespace baton::testing;

TEST_CASE("a handler in C needs nothing but abi.h: it counts, answers, and hands its count over") {
  const PluginFile file(PLUGIN_c_counter);
  FakeHost host;
  Instance old = host.create(file, "CCounter", {{"start", std::int64_t{40}}});

  CHECK(old.notify_all({{"msg", "a"}, {"msg", "b"}}).handled == 2);
  CHECK(old.call("count").reply == "42");
  CHECK(old.call("total").status == BATON_UNSUPPORTED);

  Instance fresh = host.create(file, "CCounter", {}, old.save());
  CHECK(fresh.notify("msg", "c").status == BATON_OK);
  CHECK(fresh.call("count").reply == "43");
  CHECK(old.call("count").reply == "42");
}

TEST_CASE("a handler in C refuses a state that it did not write") {
  const PluginFile file(PLUGIN_c_counter);
  FakeHost host;

  for (const SavedState& state : {SavedState{2, std::string(8, '\0'), ""}, SavedState{1, "short", ""}}) {
    try {
      host.create(file, "CCounter", {}, state);
      FAIL("the state was taken over");
    } catch (const CreateFailed& error) {
      CHECK(error.status() == BATON_BAD_STATE);
      CHECK(std::string(error.what()) == "expected state of version 1, 8 bytes");
    }
  }
}
