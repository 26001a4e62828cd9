// SPDX-License-Identifier: Apache-2.0
// Options that change while an instance goes on, through the C++ layer and the fake host.
#include <baton/plugin.hpp>
#include <baton/testing/fake_host.hpp>

#include <catch2/catch.hpp>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

using baton::testing::CallbackResult;
using baton::testing::FakeHost;
using baton::testing::Instance;
using baton::testing::OptionSettings;

namespace {

constexpr auto limit = baton::option("limit", 1, "a limit").at_least(0).hot();
constexpr auto answer = baton::option("answer", "ok", "what is done about it").hot();
constexpr auto words = baton::option("words", baton::List{"a"}, "some words").hot();
constexpr auto mode = baton::option("mode", 1, "not hot");

/// Takes options as `answer` says.
void take(const baton::Options& options, std::string& taken) {
  const std::string_view what = options[answer];
  if (what == "refuse") {
    throw baton::Refused("not with me");
  }
  if (what == "bad option") {
    throw baton::BadOption("answer: cannot be that");
  }
  if (what == "throw") {
    throw std::runtime_error("half way");
  }
  if (what == "other name") {
    static_cast<void>(options[baton::option("no_such", 1, "not in the description")]);
  }
  taken += std::to_string(options[limit]);
  for (const std::string_view word : options[words]) {
    taken += " " + std::string(word);
  }
  taken += ";";
}

class HotHandler final : public baton::Handler {
 public:
  static constexpr auto description = baton::describe("HotHandler").options(limit, answer, words, mode);

  baton::Next handle_event(const baton::Event&) override { return baton::Next::ok; }

  baton::Next handle_call(const baton::Request&, baton::Reply& reply) override {
    reply.text(taken_);
    return baton::Next::ok;
  }

  void change_options(const baton::Options& options) override {
    if (options[limit] == 99) {
      static_cast<void>(hibernate());
    }
    take(options, taken_);
  }

 private:
  std::string taken_;
};

class HotServer final : public baton::Server {
 public:
  static constexpr auto answer = baton::option("answer", "ok", "what is done about it");  // not hot
  static constexpr auto words = baton::option("words", baton::List{}, "some words");
  static constexpr auto description = baton::describe("HotServer").options(limit, answer, words);

  baton::Next handle_call(const baton::Request&, baton::From, baton::Reply& reply) override {
    reply.text(taken_);
    return baton::Next::ok;
  }

  void change_options(const baton::Options& options) override {
    take(options, taken_);
    static_cast<void>(continue_with("rest"));
  }

 private:
  std::string taken_;
};

class Cold final : public baton::Handler {
 public:
  static constexpr auto limit = baton::option("limit", 1, "a limit");
  static constexpr auto description = baton::describe("Cold").options(limit);

  baton::Next handle_event(const baton::Event&) override { return baton::Next::ok; }
};

struct Named {
  static constexpr std::string_view name = "hot";
  static constexpr std::string_view version = "1.0.0";
};

OptionSettings answering(const std::string& what, std::int64_t limited_to = 5) {
  return {{"limit", limited_to}, {"answer", what}};
}

}  // namespace

TEST_CASE("hot options are so in the manifest, and no others") {
  constexpr auto note = baton::detail::PluginTable<Named, HotHandler>::manifest_note();
  const std::string manifest = note.json.data();
  CHECK(manifest.find(R"({"name": "limit", "type": "int", "hot": true, "default": 1, "min": 0, "help")") !=
        std::string::npos);
  CHECK(manifest.find(R"({"name": "mode", "type": "int", "default": 1, "help")") != std::string::npos);
}

TEST_CASE("a table has change_options exactly when there is a hot option") {
  CHECK(baton::detail::HandlerAdapter<HotHandler>::table.change_options != nullptr);
  CHECK(baton::detail::ServerAdapter<HotServer>::table.change_options != nullptr);
  CHECK(baton::detail::HandlerAdapter<Cold>::table.change_options == nullptr);
}

TEST_CASE("change_options gets all options, those that did not change too") {
  FakeHost host;
  Instance handler = host.create<HotHandler>({{"words", std::vector<std::string>{"x", "y"}}});

  CHECK(handler.change_options({{"limit", std::int64_t{5}}, {"words", std::vector<std::string>{"x", "y"}}})
            .status == BATON_OK);
  CHECK(handler.change_options({}).status == BATON_OK);  // the defaults

  CHECK(handler.call("?").reply == "5 x y;1 a;");
}

TEST_CASE("who throws Refused or BadOption has refused, and the fake host goes on from the old options") {
  FakeHost host;
  Instance handler = host.create<HotHandler>();

  const CallbackResult refused = handler.change_options(answering("refuse"));
  CHECK(refused.status == BATON_REFUSED);
  CHECK(refused.reason == "not with me");
  const CallbackResult bad = handler.change_options(answering("bad option"));
  CHECK(bad.status == BATON_BAD_OPTIONS);
  CHECK(bad.reason == "answer: cannot be that");
  CHECK(handler.call("?").reply.empty());
}

TEST_CASE("every other exception from change_options is a crash") {
  FakeHost host;
  Instance handler = host.create<HotHandler>();

  CHECK(handler.change_options(answering("throw")).status == BATON_EXCEPTION);
  CHECK(handler.change_options(answering("throw")).reason == "half way");
  CHECK(handler.change_options(answering("other name")).status == BATON_EXCEPTION);
}

TEST_CASE("a handler may hibernate over new options, and a server continue") {
  FakeHost host;
  Instance handler = host.create<HotHandler>();
  Instance server = host.create<HotServer>();

  CHECK(handler.change_options(answering("ok", 5)).then == BATON_THEN_NOTHING);
  CHECK(handler.change_options(answering("ok", 99)).then == BATON_THEN_HIBERNATE);
  const CallbackResult continued = server.change_options({{"limit", std::int64_t{5}}});
  CHECK(continued.then == BATON_THEN_CONTINUE);
  CHECK(continued.then_what == "rest");
  CHECK(server.call("?").reply == "5;");
}

TEST_CASE("the fake host refuses what the real one does not ask an instance") {
  FakeHost host;
  Instance handler = host.create<HotHandler>();

  CHECK_THROWS_WITH(handler.change_options({{"mode", std::int64_t{2}}}),
                    "option 'mode' is not hot: it needs a new instance");
  CHECK_THROWS_WITH(handler.change_options({{"limit", std::int64_t{-1}}}), "option 'limit' is out of bounds");
  CHECK_THROWS_WITH(handler.change_options({{"speed", true}}), "unknown option 'speed'");
  CHECK(handler.call("?").reply.empty());
  CHECK(host.create<Cold>().change_options({}).status == BATON_UNSUPPORTED);
}

TEST_CASE("hot() is said once") {
  CHECK_THROWS_WITH(baton::option("a", 1, "").hot().hot(), "hot() twice");
}
