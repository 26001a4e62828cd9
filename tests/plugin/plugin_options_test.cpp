// SPDX-License-Identifier: Apache-2.0
// New options for a loaded instance that goes on: what it answers, and what its process makes of it.
#include "host/loader/plugin_handler.hpp"
#include "host/loader/plugin_server.hpp"
#include "tests/plugin/loader_fixture.hpp"

#include <catch2/catch.hpp>

using namespace baton;
using namespace baton::test;

namespace {

using Verdict = OptionsOutcome::Verdict;

Options options(std::int64_t step, const std::string& answer = "ok") {
  Options all(3);
  all[0].name = "step";
  all[0].type = OptionType::integer;
  all[0].integer = step;
  all[1].name = "answer";
  all[1].text = answer;
  all[2].name = "mode";
  all[2].type = OptionType::integer;
  return all;
}

struct HotPlugin {
  Loader loader;
  std::unique_ptr<Handler> handler;
  std::unique_ptr<Server> server;

  HotPlugin() {
    InstanceInit init;
    init.options = options(1);
    handler = loader.handler(PLUGIN_hot_options, init);
    auto factory = loader.catalog.server_factory_from_file(PLUGIN_hot_options, "HotServer");
    REQUIRE(factory);
    CHECK((*factory)->type().hot_options == std::vector<std::string>{"step", "answer"});
    auto made = (*factory)->create(init, loader.services);
    REQUIRE(made);
    server = std::move(*made);
  }

  OptionsOutcome change_handler(std::int64_t step, const std::string& answer) {
    return handler->change_options(options(step, answer));
  }

  OptionsOutcome change_server(std::int64_t step, const std::string& answer) {
    return server->change_options(options(step, answer));
  }

  std::string handler_says() { return handler->handle_call(message("say")).reply.data; }

  std::string server_says() { return server->handle_call(message("say"), 1).reply->data; }
};

}  // namespace

TEST_CASE_METHOD(HotPlugin, "new options reach the instance, which is the same", "[plugin_options]") {
  const std::vector<Message> two(2, message("msg"));
  CHECK(handler->handle_events(two).handled == 2);
  CHECK(server->handle_casts(two).handled == 2);

  CHECK(change_handler(10, "ok").verdict == Verdict::ok);
  CHECK(change_server(10, "ok").verdict == Verdict::ok);
  CHECK(handler->handle_events(two).handled == 2);
  CHECK(server->handle_casts(two).handled == 2);

  CHECK(handler_says() == "10 22 0");
  CHECK(server_says() == "10 22 0");
}

TEST_CASE_METHOD(HotPlugin, "a refusal is told with its reason, or that there was none", "[plugin_options]") {
  for (const OptionsOutcome& refusal : {change_handler(10, "refuse"), change_server(10, "refuse")}) {
    CHECK(refusal.verdict == Verdict::refused);
    CHECK(refusal.reason == "not with me");
  }
  for (const OptionsOutcome& refusal : {change_handler(10, "bad"), change_server(10, "bad")}) {
    CHECK(refusal.verdict == Verdict::refused);
    CHECK(refusal.reason == "change_options refused without a reason");
  }
  CHECK(handler_says() == "1 0 0");
}

TEST_CASE_METHOD(HotPlugin, "every other answer is a failure", "[plugin_options]") {
  for (const OptionsOutcome& failure : {change_handler(10, "fail"), change_server(10, "fail")}) {
    CHECK(failure.verdict == Verdict::failed);
    CHECK(failure.reason == "half way");
    CHECK_FALSE(failure.is_bad_return);
  }
  for (const OptionsOutcome& failure : {change_handler(10, "garbage"), change_server(10, "garbage")}) {
    CHECK(failure.verdict == Verdict::failed);
    CHECK(failure.reason == "bad return: change_options answered with status 4711");
    CHECK(failure.is_bad_return);
  }
}

TEST_CASE_METHOD(HotPlugin, "what is to follow is for servers, but for hibernation", "[plugin_options]") {
  CHECK(change_handler(10, "hibernate").then.kind == Then::Kind::hibernate);
  CHECK(change_server(10, "hibernate").then.kind == Then::Kind::hibernate);
  const OptionsOutcome continues = change_server(10, "continue");
  CHECK(continues.then.kind == Then::Kind::handle_continue);
  CHECK(continues.then.what == "rest");
  CHECK(change_handler(10, "continue").is_bad_return);
}
