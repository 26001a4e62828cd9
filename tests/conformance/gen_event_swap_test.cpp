// SPDX-License-Identifier: Apache-2.0
// gen_event: swaps that are asked for, and swaps that a handler returns. Ours are safe unless they are told
// to be destructive: OTP ends the old handler first, so that a failure of the new one costs both.
#include "tests/conformance/gen_event_fixture.hpp"

using namespace baton;
using namespace baton::test;

namespace {

struct SwapTest : GenEvent {
  SwapTest() {
    script.siblings["Other"] = &other;
    script.swap_to = "Other";
    script.swap_argument = "args1";
    add({"before", "a", "after"});
    script.trace.clear();
  }

  std::string swap(const std::string& old_id, const std::string& new_id, SwapMode mode = SwapMode::safe) {
    return code_of(manager->swap_handler({old_id, {new_id, other.factory(), {}}, mode, "args1", {}}));
  }

  /// Makes `a` ask for a swap, in each of the three ways that there are.
  enum class By { event, info, call };

  std::string ask_for_swap(By by) {
    if (by == By::call) {
      return call("a", "swap");
    }
    if (by == By::info) {
      send_info("swap", "a");
    } else {
      sync_notify("swap", "a");
    }
    return "swapped";
  }
};

}  // namespace

TEST_CASE_METHOD(SwapTest,
                 "the old one is terminated with the argument and the new one is there, under any id",
                 "[ge-005][xe-009][ge-g12]") {
  const SwapMode mode = GENERATE(SwapMode::safe, SwapMode::destructive);
  const std::string new_id = GENERATE("a", "renamed");

  CHECK(swap("a", new_id, mode) == "ok");

  CHECK(script.trace == Trace{"a terminate swapped args1", "a destroyed"});
  CHECK(which() == Ids{"after", new_id, "before"});
  CHECK(types() == "ScriptedHandler Other ScriptedHandler");
  sync_notify("msg");
  CHECK(other.trace == Trace{new_id + " msg"});
}

TEST_CASE_METHOD(SwapTest, "a handler that is not there is not swapped, and nothing is made",
                 "[ge-005][xe-009][ge-g13][differs]") {
  other.create_throws = true;  // would show if it were tried

  CHECK(swap("missing", "new") == "not_found");

  CHECK(which() == Ids{"after", "a", "before"});
}

TEST_CASE_METHOD(SwapTest, "an id that another handler has is refused and nobody is gone",
                 "[xe-009][ge-g15][differs]") {
  CHECK(swap("a", "after", GENERATE(SwapMode::safe, SwapMode::destructive)) == "already_present");

  CHECK(which() == Ids{"after", "a", "before"});
  CHECK(script.trace.empty());
}

TEST_CASE_METHOD(SwapTest, "a new one that fails leaves the old one as it was", "[ge-005][ge-g14][differs]") {
  other.create_fails = true;

  const auto failed = manager->swap_handler({"a", {"b", other.factory(), {}}, SwapMode::safe, "args1", {}});
  REQUIRE(code_of(failed) == "init_failed");
  CHECK(failed.error().text.find("will not") != std::string::npos);

  CHECK(which() == Ids{"after", "a", "before"});
  CHECK(script.trace.empty());
  CHECK(call("a", "echo", "x") == "x");
}

TEST_CASE_METHOD(SwapTest, "a destructive swap is OTP's: a new one that fails costs the old one too",
                 "[ge-005][ge-g14][xe-009]") {
  other.create_fails = true;

  CHECK(swap("a", "b", SwapMode::destructive) == "init_failed");

  CHECK(which() == Ids{"after", "before"});
  CHECK(script.trace == Trace{"a terminate swapped args1", "a destroyed"});
}

TEST_CASE_METHOD(SwapTest, "an old one whose terminate crashes is replaced all the same", "[ge-g15]") {
  script.terminate_throws = true;

  CHECK(swap("a", "b", GENERATE(SwapMode::safe, SwapMode::destructive)) == "ok");

  CHECK(which() == Ids{"after", "b", "before"});
  CHECK(host.log.count("terminate_failed") == 1);
  script.terminate_throws = false;
}

TEST_CASE_METHOD(SwapTest,
                 "a handler may ask to be replaced, in its place, and the new one misses that message",
                 "[ge-008][ge-009][ge-010][ge-g16][ge-g19]") {
  const By by = GENERATE(By::event, By::info, By::call);

  CHECK(ask_for_swap(by) == "swapped");

  CHECK(which() == Ids{"after", "a", "before"});
  CHECK(types() == "ScriptedHandler Other ScriptedHandler");
  CHECK(other.trace == Trace{"a takes over state " + std::string(by == By::event ? "1" : "0")});
  CHECK(times("a terminate swapped args1") == 1);
  CHECK(host.log.count("handler_swapped") == 1);
  if (by == By::event) {
    CHECK(script.trace ==
          Trace{"before swap a", "a swap a", "a terminate swapped args1", "a destroyed", "after swap a"});
  }
  sync_notify("msg", "next");
  CHECK(other.trace.back() == "a msg next");
}

TEST_CASE_METHOD(SwapTest, "a swap within a batch gives the rest of it to the new one, and no event to both",
                 "[ge-g16]") {
  const std::vector<Message> events = {host.message("msg", "1"), host.message("swap", "a"),
                                       host.message("msg", "2"), host.message("msg", "3")};

  REQUIRE(manager->sync_notify(events));

  CHECK(times("a msg 1") == 1);
  CHECK(times("a msg 2") == 0);
  CHECK(other.trace == Trace{"a takes over state 2", "a msg 2", "a msg 3"});
  CHECK(times("after msg 3") == 1);
}

TEST_CASE_METHOD(SwapTest, "a new one that leaves in the same batch is gone, and so is the old one",
                 "[ge-g16]") {
  const std::vector<Message> events = {host.message("swap", "a"), host.message("remove", "a"),
                                       host.message("msg", "last")};

  REQUIRE(manager->sync_notify(events));

  CHECK(which() == Ids{"after", "before"});
  CHECK(times("a destroyed") == 1);
  CHECK(other.trace == Trace{"a takes over state 1", "a remove a", "a terminate remove", "a destroyed"});
  CHECK(times("after msg last") == 1);
}

TEST_CASE_METHOD(SwapTest, "a replacement that fails leaves the one that asked for it, which is reported",
                 "[ge-008][ge-009][ge-010][ge-g17][ge-g19][differs]") {
  const By by = GENERATE(By::event, By::info, By::call);
  std::string reason;
  SECTION("it cannot be made") {
    other.create_fails = true;
    reason = "will not";
  }
  SECTION("it throws") {
    other.create_throws = true;
    reason = "thrown";
  }
  SECTION("there is no such type") {
    script.swap_to = "NoSuchType";
    reason = "no such sibling";
  }
  SECTION("the old one cannot hand its state over") {
    script.save_throws = true;
    reason = "save failed: thrown";
  }

  CHECK(ask_for_swap(by) == "swapped");  // a caller gets the reply as in OTP

  CHECK(which() == Ids{"after", "a", "before"});
  CHECK(types() == "ScriptedHandler ScriptedHandler ScriptedHandler");
  CHECK(times("a terminate swapped args1") == 0);
  const auto reports = host.log.all("swap_failed");
  REQUIRE(reports.size() == 1);
  CHECK(reports[0].fields.at("kept") == "old");
  CHECK(reports[0].fields.at("reason") == reason);
  sync_notify("msg", "next");
  CHECK(times("a msg next") == 1);
  script.save_throws = false;
}

TEST_CASE_METHOD(SwapTest, "a handler that asks in vain at event after event is reported once a second",
                 "[ge-g17]") {
  script.swap_to = "NoSuchType";
  for (int i = 0; i < 10; ++i) {
    sync_notify("swap", "a");
  }
  CHECK(host.log.count("swap_failed") == 1);

  host.scheduler.advance(Duration(1000));
  sync_notify("swap", "a");

  CHECK(host.log.count("swap_failed") == 2);
}

TEST_CASE_METHOD(SwapTest,
                 "a replacement that takes over no state starts afresh, one that wants another refuses",
                 "[ge-g16][differs]") {
  SECTION("none") {
    other.state_reads = {};
    sync_notify("swap", "a");
    CHECK(call("a", "count") == "0");
    CHECK(other.trace.empty());
  }
  SECTION("another version") {
    other.state_reads = {7};
    sync_notify("swap", "a");
    CHECK(call("a", "count") == "1");
    CHECK(host.log.count("swap_failed") == 1);
  }
}

TEST_CASE_METHOD(SwapTest, "a kind of handler without siblings cannot be swapped from within", "[ee-g06]") {
  struct Loner final : HandlerFactory {
    TypeInfo info{"Loner", "", 0, {}};

    [[nodiscard]] const TypeInfo& type() const override { return info; }

    Result<std::unique_ptr<Handler>> create(const InstanceInit&, Services&) const override {
      return fail(Errc::init_failed, "");
    }
  };

  CHECK(code_of(Loner().sibling("Other")) == "not_supported");
}

TEST_CASE_METHOD(SwapTest, "a handler without siblings that asks to be replaced stays, and that is reported",
                 "[ee-g06][differs]") {
  // GenEvent's default terminate and init do the swap; here somebody must know the other type.
  class WithoutSiblings final : public HandlerFactory {
   public:
    explicit WithoutSiblings(HandlerScript& script) : real_(script.factory()) {}

    [[nodiscard]] const TypeInfo& type() const override { return real_->type(); }

    Result<std::unique_ptr<Handler>> create(const InstanceInit& init, Services& services) const override {
      return real_->create(init, services);
    }

   private:
    const std::shared_ptr<const HandlerFactory> real_;
  };

  REQUIRE(manager->add_handler({"loner", std::make_shared<WithoutSiblings>(script), {}}));

  sync_notify("swap", "loner");

  CHECK(which().front() == "loner");
  CHECK(host.log.count("swap_failed") == 1);
}
