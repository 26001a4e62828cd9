// SPDX-License-Identifier: Apache-2.0
// The plugins of plugins/examples, as an author would test them.
#include "tests/plugin/temporary_folder.hpp"

#include <baton/testing/fake_host.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>

using namespace baton::testing;
using baton::test::TemporaryFolder;

namespace {

std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

TEST_CASE("a word count lists the most frequent words first", "[examples]") {
  const PluginFile file(PLUGIN_word_count_1);
  FakeHost host;
  auto words = host.create(file, "WordCount", {{"top", 2}});
  CHECK(words.notify_all({{"msg", "to be or  not\tto be"}, {"msg", " to do "}, {"msg", ""}}).handled == 3);
  CHECK(words.call("top").reply == R"({"to": 3, "be": 2})");
  CHECK(words.call("bottom").status == BATON_UNSUPPORTED);
}

TEST_CASE("the next version of a word count goes on with the counts of the old one", "[examples]") {
  const PluginFile old_file(PLUGIN_word_count_1);
  const PluginFile new_file(PLUGIN_word_count_2);
  FakeHost host;
  auto old = host.create(old_file, "WordCount");
  (void)old.notify("msg", "to be");

  auto next = host.create(new_file, "WordCount", {}, old.save());
  (void)next.notify("msg", "to do");

  CHECK(next.call("count", "to").reply == "2");
  CHECK(next.call("count", "be").reply == "1");
  CHECK(next.call("last", "be").reply == "0");
  CHECK(next.call("last", "do").reply != "0");
  auto after = host.create(new_file, "WordCount", {}, next.save());
  CHECK(after.call("last", "do").reply == next.call("last", "do").reply);
  auto broken = next.save();
  broken->data.pop_back();
  CHECK_THROWS_AS(host.create(new_file, "WordCount", {}, broken), CreateFailed);
}

TEST_CASE("a rate limiter allows a burst, and then as much as comes back", "[examples]") {
  const PluginFile file(PLUGIN_rate_limiter);
  FakeHost host;
  auto limiter = host.create(file, "RateLimiter", {{"rate", 2.0}, {"burst", 2.0}});
  const auto allows = [](Instance& instance, std::string_view key) {
    return instance.call("allow", key).reply;
  };
  CHECK(allows(limiter, "a") == "true");
  CHECK(allows(limiter, "a") == "true");
  CHECK(allows(limiter, "a") == "false");
  CHECK(allows(limiter, "b") == "true");
  host.advance(std::chrono::milliseconds(500));
  CHECK(allows(limiter, "a") == "true");
  CHECK(allows(limiter, "a") == "false");

  auto next = host.create(file, "RateLimiter", {{"rate", 2.0}, {"burst", 2.0}}, limiter.save());
  CHECK(allows(next, "a") == "false");
  CHECK(next.change_options({{"rate", 1000.0}, {"burst", 2.0}}).status == BATON_OK);
  host.advance(std::chrono::milliseconds(1));
  CHECK(allows(next, "a") == "true");
}

TEST_CASE("a file sink writes a line for each event, and refuses what the file system does not take",
          "[examples]") {
  const PluginFile file(PLUGIN_file_sink);
  const TemporaryFolder folder;
  FakeHost host;
  const std::string path = (folder.path() / "events.jsonl").string();
  {
    auto sink = host.create(file, "FileSink", {{"path", path}});
    CHECK(sink.notify_all({{"msg", "Hello \"World\""}, {"msg", "two\nlines"}}).handled == 2);
    CHECK(sink.call("written").reply == "2");
  }
  const std::string lines = text_of(path);
  CHECK(std::count(lines.begin(), lines.end(), '\n') == 2);
  CHECK(lines.find(R"("type": "msg", "data": "Hello \"World\""})") != std::string::npos);

  auto full = host.create(file, "FileSink", {{"path", "/dev/full"}});
  const CallbackResult refused = full.notify("msg", "Hello");
  CHECK(refused.status == BATON_REFUSED);
  CHECK(refused.reason == "No space left on device");
  CHECK_THROWS_AS(host.create(file, "FileSink", {{"path", "/nowhere/at/all"}}), CreateFailed);
}

TEST_CASE("a handler in C keeps the last value over a swap", "[examples]") {
  const PluginFile file(PLUGIN_last_value);
  FakeHost host;
  auto handler = host.create(file, "LastValue");
  CHECK(handler.call("last").reply.empty());
  CHECK(handler.notify_all({{"msg", "one"}, {"msg", "two"}}).handled == 2);
  CHECK(handler.call("last").reply == "two");
  auto next = host.create(file, "LastValue", {}, handler.save());
  CHECK(next.call("last").reply == "two");
  CHECK_THROWS_AS(host.create(file, "LastValue", {}, SavedState{1, "none"}), CreateFailed);
}

#if defined(PLUGIN_type_count)
TEST_CASE("a handler in Rust counts events by type over a swap", "[examples]") {
  const PluginFile file(PLUGIN_type_count);
  FakeHost host;
  auto handler = host.create(file, "TypeCount");
  CHECK(handler.notify_all({{"msg", "a"}, {"line", "b"}, {"msg", "c"}}).handled == 3);
  CHECK(handler.call("counts").reply == R"({"line": 1, "msg": 2})");
  CHECK(handler.call("other").status == BATON_UNSUPPORTED);
  auto next = host.create(file, "TypeCount", {}, handler.save());
  CHECK(next.call("counts").reply == R"({"line": 1, "msg": 2})");
  CHECK_THROWS_AS(host.create(file, "TypeCount", {}, SavedState{1, "none"}), CreateFailed);
}
#endif
