// SPDX-License-Identifier: Apache-2.0
#include <baton/plugin.hpp>
#include <baton/testing/fake_host.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>

using baton::testing::FakeHost;

namespace {

class Everything final : public baton::Handler {
 public:
  static constexpr auto flag = baton::option("flag", true, "a flag");
  static constexpr auto count = baton::option("count", -3, "a count").at_least(-10).at_most(10);
  static constexpr auto ratio = baton::option("ratio", 0.25, "a ratio").at_most(1.5);
  static constexpr auto mode = baton::option("mode", "drop", "a mode").one_of({"drop", "refuse"});
  static constexpr auto types = baton::option("types", baton::List{"a", "b"}, "some types");
  static constexpr auto window =
      baton::option("window", std::chrono::seconds(2), "a while").at_least(std::chrono::milliseconds(1));
  static constexpr auto room = baton::option("room", baton::ByteCount{4096}, "some room");
  static constexpr auto file = baton::required<baton::Path>("file", "a file");
  static constexpr auto description = baton::describe("Everything")
                                          .help("says \"all\"")
                                          .options(flag, count, ratio, mode, types, window, room, file)
                                          .state(3, {2, 3})
                                          .capability("pure");

  explicit Everything(const baton::Init& init) {
    const baton::Options options = init.options();
    text_ = std::to_string(options[flag]) + " " + std::to_string(options[count]) + " " +
            std::to_string(options[ratio]) + " " + std::string(options[mode]) + " " +
            std::to_string(options[types].size()) + " " + std::to_string(options[window].count()) + " " +
            std::to_string(options[room]) + " " + std::string(options[file]) + " " +
            std::string(init.process()) + "/" + std::string(init.id());
  }

  baton::Next handle_event(const baton::Event&) override { return baton::Next::ok; }

  baton::Next handle_call(const baton::Request&, baton::Reply& reply) override {
    reply.text(text_);
    return baton::Next::ok;
  }

  void save(baton::StateWriter&) const override {}

 private:
  std::string text_;
};

struct Named {
  static constexpr std::string_view name = "every";
  static constexpr std::string_view version = "1.2.3";
};

constexpr const char* expected_manifest =
    R"json({"name": "every", "version": "1.2.3", "provides": [{"kind": "handler", "name": "Everything", )json"
    R"json("help": "says \"all\"", "state": {"writes": 3, "reads": [2, 3]}, "capabilities": ["pure"], "options": [)json"
    R"json({"name": "flag", "type": "bool", "default": true, "help": "a flag"}, )json"
    R"json({"name": "count", "type": "int", "default": -3, "min": -10, "max": 10, "help": "a count"}, )json"
    R"json({"name": "ratio", "type": "number", "default": 0.25, "max": 1.5, "help": "a ratio"}, )json"
    R"json({"name": "mode", "type": "text", "default": "drop", "values": ["drop", "refuse"], "help": "a mode"}, )json"
    R"json({"name": "types", "type": "list", "default": ["a", "b"], "help": "some types"}, )json"
    R"json({"name": "window", "type": "duration", "default": 2000, "min": 1, "help": "a while"}, )json"
    R"json({"name": "room", "type": "size", "default": 4096, "help": "some room"}, )json"
    R"json({"name": "file", "type": "path", "required": true, "help": "a file"}]}]})json";

}  // namespace

TEST_CASE("the manifest is the description, to the letter") {
  constexpr auto note = baton::detail::PluginTable<Named, Everything>::manifest_note();

  CHECK(std::string(note.json.data()) == expected_manifest);
  CHECK(note.desc_size == 4 + note.json.size());
  CHECK(note.desc_size % 4 == 0);
}

TEST_CASE("options arrive with their type, defaults filled in") {
  FakeHost host;
  host.process = "main";
  host.id = "every";

  CHECK(host.create<Everything>({{"file", std::string("/tmp/f")}}).call("?").reply ==
        "1 -3 0.250000 drop 2 2000 4096 /tmp/f main/every");
  CHECK(host.create<Everything>({{"file", std::string("/f")},
                                 {"flag", false},
                                 {"count", std::int64_t{10}},
                                 {"ratio", 1.5},
                                 {"mode", std::string("refuse")},
                                 {"types", std::vector<std::string>{}},
                                 {"window", std::int64_t{1}}})
            .call("?")
            .reply == "0 10 1.500000 refuse 0 1 4096 /f main/every");
}

TEST_CASE("the fake host refuses options that the manifest does not allow") {
  FakeHost host;
  const std::string file = "/f";

  CHECK_THROWS_WITH(host.create<Everything>(), "option 'file' is required");
  CHECK_THROWS_WITH(host.create<Everything>({{"file", file}, {"speed", true}}), "unknown option 'speed'");
  CHECK_THROWS_WITH(host.create<Everything>({{"file", file}, {"flag", file}}),
                    "option 'flag' is of type bool");
  CHECK_THROWS_WITH(host.create<Everything>({{"file", file}, {"types", {"login"}}}),
                    "option 'types' is of type list: std::vector<std::string>{...}");
  CHECK_THROWS_WITH(host.create<Everything>({{"file", file}, {"count", std::int64_t{11}}}),
                    "option 'count' is out of bounds");
  CHECK_THROWS_WITH(host.create<Everything>({{"file", file}, {"mode", std::string("keep")}}),
                    "option 'mode' cannot be 'keep'");
}

TEST_CASE("a description that contradicts itself names the rule it breaks") {
  using baton::describe;
  using baton::option;

  CHECK_THROWS_WITH(describe("X").options(option("a", 1, ""), option("a", true, "")),
                    "two options have the same name");
  CHECK_THROWS_WITH(option("A", 1, ""), "an option is named in lower case: max_messages");
  CHECK_THROWS_WITH(option("a", 1, "").at_least(2), "the default is outside its bounds");
  CHECK_THROWS_WITH(option("a", 0.5, "").at_most(0.25), "the default is outside its bounds");
  CHECK_THROWS_WITH(option("a", std::chrono::seconds(1), "").at_most(std::chrono::milliseconds(999)),
                    "the default is outside its bounds");
  CHECK_THROWS_WITH(option("a", 1, "").at_least(0).at_least(1), "at_least() twice");
  CHECK_THROWS_WITH(option("a", "x", "").one_of({"y"}), "the default is not one of the values");
  CHECK_THROWS_WITH(option("a", ~std::uint64_t{0}, ""), "the default does not fit into an std::int64_t");
  CHECK_THROWS_WITH(describe("X").state(0), "versions of a state begin with 1");
}
