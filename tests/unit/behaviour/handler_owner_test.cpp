// SPDX-License-Identifier: Apache-2.0
// What tests/conformance/gen_event_owner_test.cpp cannot see from outside.
#include "host/behaviour/handler_owner.hpp"

#include "tests/support/manual_host.hpp"

#include <catch2/catch.hpp>

using namespace baton;
using namespace baton::test;

namespace {

HandlerExit about(const std::string& id) {
  HandlerExit of;
  of.id = id;
  return of;
}

}  // namespace

TEST_CASE("an owner keeps nothing of handlers that have gone", "[handler_owner]") {
  ManualHost host;
  HandlerOwner owner(host.runtime, "owner");
  auto kept = std::make_shared<int>(1);
  const std::weak_ptr<int> released = kept;
  {
    const OwnerLink bond(
        owner.ref(), [kept = std::move(kept)](const ExitReason&) {}, about("a"));
    CHECK_FALSE(released.expired());
  }

  CHECK(released.expired());
}

TEST_CASE("a bond tells once, and by its destructor when nobody did", "[handler_owner]") {
  ManualHost host;
  HandlerOwner owner(host.runtime, "owner");
  const auto ignore = [](const ExitReason&) {
  };
  {
    OwnerLink told(owner.ref(), ignore, about("told"));
    told.tell(HandlerExit::Kind::crashed, "why", std::nullopt);
    told.tell_swapped("b", 2, nullptr, std::nullopt);
    const OwnerLink untold(owner.ref(), ignore, about("untold"));
  }

  const auto first = owner.next_exit(Duration(0));
  const auto second = owner.next_exit(Duration(0));

  REQUIRE((first && second));
  CHECK(first->id == "told");
  CHECK(first->kind == HandlerExit::Kind::crashed);
  CHECK(first->reason == "why");
  CHECK(second->id == "untold");
  CHECK(second->kind == HandlerExit::Kind::killed);
  CHECK(code_of(owner.next_exit(Duration(0))) == "timed_out");
}

TEST_CASE("who monitors an owner that has ended is called at once, with the first reason",
          "[handler_owner]") {
  Ownership owner("owner", {});
  owner.end(ExitReason::error("first"));
  owner.end(ExitReason::error("second"));
  std::string reason;

  owner.monitor([&](const ExitReason& why) { reason = to_string(why); });

  CHECK(reason == "first");
}

TEST_CASE("an owner that has ended is told nothing", "[handler_owner]") {
  int told = 0;
  Ownership owner("owner", [&](const HandlerExit&) { ++told; });
  owner.tell(about("a"));
  owner.end(ExitReason::normal());
  owner.tell(about("b"));

  CHECK(told == 1);
}
