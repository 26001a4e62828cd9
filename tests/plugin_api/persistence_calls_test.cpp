// SPDX-License-Identifier: Apache-2.0
#include "tests/plugin_api/persistence_fixture.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using baton::Status;
using baton::test::Database;
using baton::test::Persistence;
using baton::testing::CallbackResult;
using baton::testing::Instance;
using baton::testing::JsonValue;
using baton::testing::Sent;

namespace {

/// The seq of each event in the answer to `messages`.
std::vector<std::int64_t> seqs(Instance& store, std::string_view query) {
  const CallbackResult result = store.call("messages", query);
  REQUIRE(result.status == BATON_OK);
  REQUIRE(result.content_type == baton::Atom::application_json);
  std::vector<std::int64_t> seqs;
  const JsonValue answer = JsonValue::parse(result.reply);
  for (const JsonValue& event : answer.array()) {
    seqs.push_back(event.at("seq").integer());
  }
  return seqs;
}

/// A store of events 1 … `count`, with their number as data.
Instance store_of(Persistence& plugin, int count) {
  Instance store = plugin.create();
  std::vector<std::string> numbers;
  for (int i = 1; i <= count; ++i) {
    numbers.push_back(std::to_string(i));
  }
  std::vector<baton::Outgoing> events;
  for (const std::string& number : numbers) {
    events.push_back({"msg", number});
  }
  store.notify_all(events);
  return store;
}

void wait_for_end_of_replay(Persistence& plugin) {
  for (int i = 0; i < 100 && plugin.host.pending_timers() > 0; ++i) {
    plugin.host.advance(std::chrono::milliseconds(100));
  }
  REQUIRE(plugin.host.pending_timers() == 0);
}

}  // namespace

TEST_CASE("messages shows each event with its number, time, type and data") {
  Persistence plugin;
  Instance store = plugin.create();
  CHECK(store.call("messages").reply == "[]");
  store.notify("msg", "say \"hi\"");

  CHECK(store.call("messages").reply == R"([{"seq": 1, "time_us": )" + std::to_string(plugin.host.now_us()) +
                                            R"(, "type": "msg", "data": "say \"hi\""}])");
}

TEST_CASE("messages gives 100 events at a time, unless the query says otherwise") {
  Persistence plugin;
  Instance store = store_of(plugin, 150);

  CHECK(seqs(store, "").size() == 100);
  CHECK(seqs(store, "after=100").size() == 50);
  CHECK(seqs(store, "after=10 limit=2") == std::vector<std::int64_t>{11, 12});
  CHECK(seqs(store, "limit=2   after=148") == std::vector<std::int64_t>{149, 150});
  CHECK(seqs(store, "limit=0").empty());
  CHECK(seqs(store, "after=150").empty());
}

TEST_CASE("messages can be of one type") {
  Persistence plugin;
  Instance store = plugin.create({{"types", std::vector<std::string>{}}});
  store.notify_all({{"a", "1"}, {"b", "2"}, {"a", "3"}});

  CHECK(seqs(store, "type=a") == std::vector<std::int64_t>{1, 3});
  CHECK(seqs(store, "type=c").empty());
  CHECK(seqs(store, "type=a'OR'1'='1").empty());
}

TEST_CASE("an answer ends early rather than grow beyond 16 MiB, and one goes on with after=") {
  Persistence plugin;
  Instance store = plugin.create();
  const std::string large(6 << 20, 'x');
  store.notify_all({{"msg", large}, {"msg", large}, {"msg", large}, {"msg", large}});

  CHECK(seqs(store, "") == std::vector<std::int64_t>{1, 2, 3});
  CHECK(seqs(store, "after=3") == std::vector<std::int64_t>{4});
}

TEST_CASE("a malformed query is refused with the reason, and the handler stays") {
  Persistence plugin;
  Instance store = plugin.create();
  const auto reason = [&](std::string_view request, std::string_view query) {
    const CallbackResult result = store.call(request, query);
    CHECK(result.status == BATON_REFUSED);
    return result.reason;
  };

  CHECK(reason("messages", "ten") == "`ten` is not of the form key=value");
  CHECK(reason("messages", "limt=10") == "`limt` is unknown; there are after, limit and type");
  CHECK(reason("messages", "limit=10001") == "limit=10001: a number from 0 to 10000 is expected");
  CHECK(reason("messages", "after=-1").find("after=-1: a number from 0") == 0);
  CHECK(reason("messages", "after=1x").find("after=1x: a number from 0") == 0);
  CHECK(reason("messages", "limit=1 limit=2") == "`limit` is there twice");
  CHECK(reason("replay", "after=3") == "to=MANAGER is missing: who is to get the events?");
  CHECK(store.call("massages").status == BATON_UNSUPPORTED);
  CHECK(store.call("count").reply == "0");
}

TEST_CASE("a replay sends the stored events to another manager, in order, marked as such") {
  Persistence plugin;
  Instance store = plugin.create({{"types", std::vector<std::string>{}}});
  store.notify_all({{.type = "order", .data = "{}", .content_type = baton::Atom::application_json, .id = "7"},
                    {"msg", "b"}});

  CHECK(store.call("replay", "to=audit").reply == "2");
  CHECK(plugin.host.sent().empty());  // not in the call: a page at a time, from a timer
  wait_for_end_of_replay(plugin);

  const std::vector<Sent> sent = plugin.host.sent();
  REQUIRE(sent.size() == 2);
  CHECK(sent[0].to == "audit");
  CHECK(sent[0].type == "order");
  CHECK(sent[0].data == "{}");
  CHECK(sent[0].content_type == baton::Atom::application_json);
  CHECK(sent[0].id == "7");
  CHECK(sent[0].source == "replay");
  CHECK(sent[1].data == "b");
}

TEST_CASE("a replay goes in pages and leaves out what came after it was asked for") {
  Persistence plugin;
  Instance store = store_of(plugin, 2500);

  CHECK(store.call("replay", "to=audit after=100").reply == "2400");
  plugin.host.advance(std::chrono::milliseconds(0));
  store.notify("msg", "late");
  wait_for_end_of_replay(plugin);

  const std::vector<Sent> sent = plugin.host.sent();
  REQUIRE(sent.size() == 2400);
  CHECK(sent.front().data == "101");
  CHECK(sent.back().data == "2500");
}

TEST_CASE("a replay waits while the receiver is full, and then goes on where it was") {
  Persistence plugin;
  Instance store = store_of(plugin, 5);
  std::vector<std::string> taken;
  int refusals = 0;
  plugin.host.on_send = [&](const Sent& sent) {
    if (taken.size() == 2 && refusals < 3) {
      ++refusals;
      return Status::full;
    }
    taken.push_back(sent.data);
    return Status::ok;
  };

  CHECK(store.call("replay", "to=audit limit=4").reply == "4");
  wait_for_end_of_replay(plugin);

  CHECK(refusals == 3);
  CHECK(taken == std::vector<std::string>{"1", "2", "3", "4"});
}

TEST_CASE("a replay to nobody ends with a line in the log, and the next one may begin") {
  Persistence plugin;
  Instance store = store_of(plugin, 3);
  plugin.host.on_send = [](const Sent&) {
    return Status::not_found;
  };
  store.call("replay", "to=nobody");
  wait_for_end_of_replay(plugin);

  CHECK(plugin.host.sent().size() == 1);
  REQUIRE(plugin.host.logs().size() == 1);
  CHECK(plugin.host.logs()[0].level == BATON_LOG_ERROR);
  CHECK(plugin.host.logs()[0].text == "the replay to nobody ends: not_found");
  CHECK(store.call("replay", "to=audit").reply == "3");
}

TEST_CASE("a replay to its own manager, or a second one at the same time, is refused") {
  Persistence plugin;
  Instance store = store_of(plugin, 3);

  CHECK(store.call("replay", "to=log").reason ==
        "to=log is this manager: its events would be stored a second time");
  store.call("replay", "to=audit");
  CHECK(store.call("replay", "to=audit").reason == "a replay to audit is under way; wait for its end");
}
