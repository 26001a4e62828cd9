// SPDX-License-Identifier: Apache-2.0
// Elixir School's "OTP Concurrency" lesson, with the real plugins, through the host's own functions. The
// transcripts of the lesson (el-g01, el-g02) are played word by word by `./dev demo`; here is what they mean.
#include "host/loader/option_values.hpp"
#include "tests/plugin/loader_fixture.hpp"
#include "tests/plugin_api/captured_output.hpp"
#include "tests/support/manual_host.hpp"

#include <catch2/catch.hpp>

using namespace baton;
using namespace baton::test;

namespace {

struct Lesson {
  Loader loader;  // first: what the processes hold is let go before it
  ManualHost host;

  /// An instance's options as a config would give them: those of the offer, and what `given` says.
  Options options(const Offer& offer, const std::vector<RawOption>& given) {
    auto completed = complete_options(offer, given, loader.plugins.path());
    REQUIRE(completed);
    return *completed;
  }

  HandlerSpec handler(const std::filesystem::path& plugin, const std::vector<RawOption>& given = {}) {
    const auto offer = loader.catalog.offer_in_file(plugin, OfferKind::handler, "");
    REQUIRE(offer);
    return {offer->name, loader.factory(plugin), options(*offer, given)};
  }

  Result<std::shared_ptr<ServerProcess>> start_queue(std::vector<std::string> items) {
    const auto offer = loader.catalog.offer_in_file(PLUGIN_simple_queue, OfferKind::server, "");
    auto factory = loader.catalog.server_factory_from_file(PLUGIN_simple_queue, "");
    REQUIRE((offer && factory));
    return ServerProcess::start(host.runtime,
                                {"queue", *factory, options(*offer, {{"items", std::move(items)}}), {}});
  }

  std::string call(ServerProcess& server, const std::string& type) {
    const auto reply = server.call(host.message(type));
    return reply ? reply->data : code_of(reply);
  }

  std::string call(EventManager& manager, const std::string& id, const std::string& type) {
    const auto reply = manager.call(id, host.message(type));
    return reply ? reply->data : code_of(reply);
  }

  static std::vector<std::string> ids(EventManager& manager) {
    const auto infos = manager.which_handlers();
    REQUIRE(infos);
    std::vector<std::string> ids;
    for (const HandlerInfo& info : *infos) {
      ids.push_back(info.id);
    }
    return ids;
  }
};

}  // namespace

TEST_CASE_METHOD(Lesson, "SimpleQueue hands out what was put in, in order, then nil", "[el-g01]") {
  auto queue = *start_queue({"1", "2", "3"});
  CHECK(call(*queue, "dequeue") == "1");
  CHECK(call(*queue, "dequeue") == "2");
  CHECK(call(*queue, "queue") == "[3]");
  CHECK(queue->stop(ExitReason::normal(), infinity));

  queue = *start_queue({"1", "2", "3"});
  CHECK(call(*queue, "queue") == "[1, 2, 3]");
  const Message twenty = host.message("enqueue", "20");
  CHECK(*queue->cast({&twenty, 1}) == 1);
  CHECK(call(*queue, "queue") == "[1, 2, 3, 20]");
  std::string taken;
  for (int i = 0; i < 5; ++i) {
    taken += call(*queue, "dequeue") + " ";
  }
  CHECK(taken == "1 2 3 20 null ");
  CHECK(code_of(start_queue({"9"})) == "already_started");
}

TEST_CASE_METHOD(Lesson, "both handlers print each event in the order in which they were added", "[el-g02]") {
  const auto manager = host.manager();
  REQUIRE(manager->add_handler(handler(PLUGIN_logger)));
  REQUIRE(manager->add_handler(handler(PLUGIN_persistence, {{"path", "messages.db"}})));
  CapturedOutput output;

  for (const char* text : {"Hello World", "second"}) {
    const Message event = host.message("msg", text);
    REQUIRE(manager->sync_notify({&event, 1}));
  }

  CHECK(output.text() ==
        "Logging new message: Hello World\nPersisting log message: Hello World\n"
        "Logging new message: second\nPersisting log message: second\n");
  CHECK(call(*manager, "LoggerHandler", "messages") == R"(["Hello World", "second"])");
  CHECK(ids(*manager) == std::vector<std::string>{"PersistenceHandler", "LoggerHandler"});
}

TEST_CASE_METHOD(Lesson, "a call or an event that a handler does not know costs nobody anything",
                 "[el-g03][differs]") {
  const auto manager = host.manager();
  REQUIRE(manager->add_handler(handler(PLUGIN_logger)));
  REQUIRE(manager->add_handler(handler(PLUGIN_persistence, {{"path", "messages.db"}})));

  CHECK(call(*manager, "PersistenceHandler", "no_such_request") == "unknown_request");
  const Message event = host.message("unknown_event");
  const auto outcome = manager->sync_notify({&event, 1});

  REQUIRE(outcome);
  CHECK(outcome->failures.empty());
  CHECK(ids(*manager) == std::vector<std::string>{"PersistenceHandler", "LoggerHandler"});
  CHECK(call(*manager, "LoggerHandler", "messages") == "[]");
  CHECK(call(*manager, "NoSuchHandler", "messages") == "not_found");
  CHECK(manager->stop(ExitReason::normal(), infinity));
  CHECK(code_of(manager->which_handlers()) == "process_ended");
}

TEST_CASE_METHOD(Lesson, "a call that the queue does not know leaves it as it was", "[el-g04][differs]") {
  const auto queue = *start_queue({"1"});
  CHECK(call(*queue, "unknown") == "unknown_request");
  CHECK(call(*queue, "queue") == "[1]");
}
