// SPDX-License-Identifier: Apache-2.0
#include <baton/testing/fake_host.hpp>

#include <catch2/catch.hpp>

#include <cstdint>
#include <string>
#include <vector>

using namespace baton::testing;

namespace {

struct Queue {
  PluginFile file{PLUGIN_simple_queue};
  FakeHost host;

  Instance create(OptionSettings settings = {}, const std::optional<SavedState>& state = {}) {
    return host.create(file, "SimpleQueue", std::move(settings), state);
  }
};

}  // namespace

TEST_CASE("the lesson: a queue of 1, 2, 3 gives 1, then 2, takes 20 in, and shows 3, 20") {
  Queue plugin;
  Instance queue = plugin.create({{"items", std::vector<std::string>{"1", "2", "3"}}});

  CHECK(queue.call("dequeue").reply == "1");
  CHECK(queue.call("dequeue").reply == "2");
  CHECK(queue.cast("enqueue", "20").status == BATON_OK);
  CHECK(queue.call("queue").reply == "[3, 20]");
}

TEST_CASE("a queue that goes on with a smaller `max_items` keeps what it has, and takes no more") {
  Queue plugin;
  Instance queue = plugin.create({{"items", std::vector<std::string>{"1", "2", "3"}}});

  CHECK(queue
            .change_options(
                {{"items", std::vector<std::string>{"1", "2", "3"}}, {"max_items", std::int64_t{2}}})
            .status == BATON_OK);
  queue.cast("enqueue", "4");
  CHECK(queue.call("queue").reply == "[1, 2, 3]");
  queue.call("dequeue");
  queue.call("dequeue");
  queue.cast("enqueue", "5");
  CHECK(queue.call("queue").reply == "[3, 5]");
}

TEST_CASE("an empty queue gives null, and a text is shown as a JSON string") {
  Queue plugin;
  Instance queue = plugin.create();

  CHECK(queue.call("dequeue").reply == "null");
  queue.cast("enqueue", "twenty");
  CHECK(queue.call("queue").reply == R"(["twenty"])");
  CHECK(queue.call("peek").status == BATON_UNSUPPORTED);
}

TEST_CASE("what does not fit into the queue is dropped, and said once for each time it fills") {
  Queue plugin;
  Instance queue = plugin.create({{"max_items", std::int64_t{1}}});

  queue.cast_all({{"enqueue", "1"}, {"enqueue", "2"}, {"enqueue", "3"}});
  CHECK(queue.call("queue").reply == "[1]");
  CHECK(plugin.host.logs().size() == 1);
  queue.call("dequeue");
  queue.cast_all({{"enqueue", "4"}, {"enqueue", "5"}});
  CHECK(plugin.host.logs().size() == 2);
}

TEST_CASE("a new queue takes the items over instead of its own, and refuses a damaged state") {
  Queue plugin;
  Instance old = plugin.create({{"items", std::vector<std::string>{"1", "2"}}});
  old.call("dequeue");

  Instance fresh = plugin.create({{"items", std::vector<std::string>{"9"}}}, old.save());
  CHECK(fresh.call("queue").reply == "[2]");
  CHECK_THROWS_AS(plugin.create({}, SavedState{1, "?", ""}), CreateFailed);
}

TEST_CASE("an unknown cast is said in the log and changes nothing") {
  Queue plugin;
  Instance queue = plugin.create();

  CHECK(queue.cast("enqeue", "1").status == BATON_OK);
  REQUIRE(plugin.host.logs().size() == 1);
  CHECK(plugin.host.logs()[0].text == "unknown cast: enqeue");
}

TEST_CASE("a report shows how long the queue is, and none of its items") {
  Queue plugin;
  Instance queue = plugin.create();
  queue.cast("enqueue", "secret");
  CHECK(queue.format_status().state == R"({"items": 1, "max_items": 1000000})");
}
