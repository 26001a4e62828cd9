// SPDX-License-Identifier: Apache-2.0
// What the C++ layer offers for state that is too large to be handed over at once.
#include <baton/handover_map.hpp>
#include <baton/memory.hpp>
#include <baton/plugin.hpp>
#include <baton/testing/fake_host.hpp>

#include <catch2/catch.hpp>

#include <cstdint>
#include <string>

namespace {

using baton::testing::FakeHost;
using baton::testing::Instance;
using baton::testing::SavedState;

/// `set K=V`, `erase K`; calls: `get K`, `size`.
class Table final : public baton::Handler {
 public:
  static constexpr auto description = baton::describe("Table").state(1);

  explicit Table(const baton::Init& init) {
    if (const auto state = init.state()) {
      values_.load(state->data);
    }
    in_parts_ = init.state_in_parts().has_value();
  }

  baton::Next handle_event(const baton::Event& event) override {
    const std::string key(event.data().substr(0, event.data().find('=')));
    if (event.type() == "erase") {
      values_.erase(key);
    } else {
      values_[key] = event.data().substr(key.size() + 1);
    }
    return baton::Next::ok;
  }

  baton::Next handle_call(const baton::Request& request, baton::Reply& reply) override {
    const std::string* const value = values_.find(std::string(request.data()));
    reply.text(request.type() == "size" ? std::to_string(values_.size())
               : value == nullptr       ? "none"
                                        : *value);
    return baton::Next::ok;
  }

  void save(baton::StateWriter& out) const override { values_.save(out); }

  void begin_parts() override { values_.begin_parts(); }

  std::uint64_t save_part(baton::StateWriter& out) override { return values_.save_part(out); }

  void end_parts() override { values_.end_parts(); }

  void load_part(const baton::StatePart& part) override {
    if (!in_parts_) {
      throw std::logic_error("the constructor was not told of the parts");
    }
    values_.load(part.data);
  }

 private:
  baton::HandoverMap<std::string> values_{16};
  bool in_parts_ = false;
};

struct PartsTest {
  FakeHost host;
  Instance old = host.create<Table>();

  void set(const std::string& key, const std::string& value) { old.notify("set", key + "=" + value); }

  void set_many() {
    for (int i = 0; i < 1000; ++i) {
      set(std::to_string(i), std::string(1000, 'x'));
    }
  }

  Instance successor() {
    SavedState state;
    state.version = 1;
    state.is_in_parts = true;
    return host.create<Table>({}, state);
  }

  /// Hands one part over. What is left.
  std::uint64_t hand_over_part(Instance& to) {
    std::uint64_t left = 0;
    const auto part = old.save_part(left);
    REQUIRE(part.status == BATON_OK);
    REQUIRE(to.load_part(1, part.reply).status == BATON_OK);
    return left;
  }

  void hand_over_rest(Instance& to) {
    while (hand_over_part(to) > 0) {
    }
    REQUIRE(to.load_part(1, {}, true).status == BATON_OK);
    old.end_parts();
  }
};

}  // namespace

TEST_CASE_METHOD(PartsTest, "a table goes over in parts, each about as large as it may be", "[large_state]") {
  set_many();
  std::uint32_t version = 0;
  REQUIRE(old.begin_parts(version).status == BATON_OK);
  CHECK(version == 1);

  std::uint64_t left = 0;
  const auto first = old.save_part(left);

  CHECK(first.reply.size() >= 64U * 1024);
  CHECK(first.reply.size() < 192U * 1024);
  CHECK(left > 700'000);
  CHECK(left < 1'000'000);
}

TEST_CASE_METHOD(PartsTest,
                 "what changes while the parts go over is in the new table as it is in the old one",
                 "[large_state]") {
  set_many();
  auto to = successor();
  std::uint32_t version = 0;
  REQUIRE(old.begin_parts(version).status == BATON_OK);
  for (int part = 0; part < 5; ++part) {
    REQUIRE(hand_over_part(to) > 0);
    for (int i = part * 100; i < part * 100 + 100; ++i) {
      set(std::to_string(i), "changed");
      old.notify("erase", std::to_string(i + 500));
      set("new " + std::to_string(i), "new");
    }
    old.notify("erase", "7");  // after it has changed
    set("500", "again");       // after it was erased
    old.notify("erase", "new 1");
  }

  hand_over_rest(to);

  CHECK(to.call("size").reply == old.call("size").reply);
  for (int i = 0; i < 1000; ++i) {
    for (const std::string& key : {std::to_string(i), "new " + std::to_string(i)}) {
      REQUIRE(to.call("get", key).reply == old.call("get", key).reply);
    }
  }
  CHECK(to.call("get", "7").reply == "none");
  CHECK(to.call("get", "500").reply == "again");
  CHECK(to.call("get", "new 1").reply == "none");
}

TEST_CASE_METHOD(PartsTest, "an attempt that was given up leaves nothing behind", "[large_state]") {
  set_many();
  std::uint32_t version = 0;
  {
    auto given_up = successor();
    REQUIRE(old.begin_parts(version).status == BATON_OK);
    hand_over_part(given_up);
    set("0", "changed");
    old.end_parts();
  }
  set("1", "changed");
  auto to = successor();

  REQUIRE(old.begin_parts(version).status == BATON_OK);
  hand_over_rest(to);

  CHECK(to.call("size").reply == "1000");
  CHECK(to.call("get", "0").reply == "changed");
  CHECK(to.call("get", "1").reply == "changed");
}

TEST_CASE_METHOD(PartsTest, "who takes it whole gets the same", "[large_state]") {
  set_many();

  auto to = host.create<Table>({}, old.save());

  CHECK(to.call("size").reply == "1000");
}

TEST_CASE_METHOD(PartsTest, "a malformed part is refused", "[large_state]") {
  auto to = successor();

  CHECK(to.load_part(1, std::string("\x01", 1)).status == BATON_BAD_STATE);
}

namespace {

/// Counts in memory of the host. Writes at the wrong time with the option `writes_early`.
class MemoryCounter final : public baton::Handler {
 public:
  static constexpr auto writes_early = baton::option("writes_early", false, "as it must not");
  static constexpr auto slots = baton::option("slots", 100, "how many");
  static constexpr auto description = baton::describe("MemoryCounter").options(writes_early, slots).state(1);

  explicit MemoryCounter(const baton::Init& init)
      : slots_(init, "slots", static_cast<std::size_t>(init.options()[slots])) {
    if (init.options()[writes_early]) {
      slots_[0] = 99;
    }
  }

  baton::Next handle_event(const baton::Event& /*event*/) override {
    ++slots_[0];
    return baton::Next::ok;
  }

  baton::Next handle_call(const baton::Request& /*request*/, baton::Reply& reply) override {
    reply.text(std::to_string(slots_[0]) + (slots_.is_inherited() ? " inherited" : " new"));
    return baton::Next::ok;
  }

  void save(baton::StateWriter& /*out*/) const override {}

 private:
  baton::HostArray<std::uint64_t> slots_;
};

}  // namespace

TEST_CASE("memory of the host is there for the successor, as it was left", "[large_state]") {
  FakeHost host;
  auto old = host.create<MemoryCounter>();
  old.notify("tick", "");
  CHECK(old.call("count").reply == "1 new");
  const auto state = old.save();

  auto to = host.create<MemoryCounter>({}, state);

  CHECK(to.call("count").reply == "1 inherited");
  to.notify("tick", "");
  CHECK(to.call("count").reply == "2 inherited");
}

TEST_CASE("a state without the memory that belongs to it is refused", "[large_state]") {
  FakeHost host;
  SavedState state;
  state.version = 1;

  CHECK_THROWS_WITH(host.create<MemoryCounter>({}, state), "the state came without its memory `slots`");
}

TEST_CASE("a memory that is too small is refused", "[large_state]") {
  FakeHost host;
  auto old = host.create<MemoryCounter>();

  CHECK_THROWS_WITH(host.create<MemoryCounter>({{"slots", 200}}, old.save()),
                    "memory `slots` is there, but smaller");
}

TEST_CASE("the test kit finds who writes to what it inherits while it may still fail", "[large_state]") {
  FakeHost host;
  auto old = host.create<MemoryCounter>();

  CHECK_THROWS_AS(host.create<MemoryCounter>({{"writes_early", true}}, old.save()), std::logic_error);
}

TEST_CASE("a host that is older than memory says so", "[large_state]") {
  baton_host host{};
  host.size = offsetof(baton_host, memory);  // of ABI 1.0
  const baton::Host old_host(host);

  CHECK(old_host.memory("slots", 8).status == baton::Status::unsupported);
  CHECK_FALSE(old_host.free_memory("slots"));
}
