// SPDX-License-Identifier: Apache-2.0
// gen_server: starting, names and stopping.
#include "host/config/config_reader.hpp"
#include "tests/conformance/both_ways.hpp"

#include <fstream>

using namespace baton;
using namespace baton::test;

namespace {

using Orders = BothWays::Orders;
using Trace = BothWays::Trace;

/// What a started process of the test tells its monitor.
struct Told {
  std::vector<std::string> reasons;

  Process::Monitor monitor() {
    return [this](const ExitReason& reason) {
      reasons.push_back(to_string(reason));
    };
  }
};

}  // namespace

TEST_CASE_METHOD(BothWays, "a started server runs under its name, and a second one is not started",
                 "[gs-001][xg-005][gs-g01]") {
  const auto server = start("srv");

  CHECK(host.registry.whereis("srv") == server);
  CHECK(call(*server, "reply pong") == "pong");
  const auto second = ServerProcess::start(host.runtime, this->server("srv"));
  CHECK(code_of(second) == "already_started");
  CHECK(trace() == Trace{"init", "handle_call reply pong"});
}

TEST_CASE_METHOD(BothWays, "a server that ignores its start is not there and nothing is reported",
                 "[gs-001][gs-g01]") {
  CHECK(code_of(ServerProcess::start(host.runtime, server("srv", {{"init", "ignore"}}))) == "ignored");

  CHECK(host.registry.whereis("srv") == nullptr);
  CHECK(host.log.count_at_least(LogLevel::warning) == 0);
}

TEST_CASE_METHOD(BothWays, "a server whose init fails is not there, and one report says why",
                 "[gs-001][gs-g01]") {
  const auto failed = ServerProcess::start(host.runtime, server("srv", {{"init", "throw boom"}}));

  CHECK(code_of(failed) == "init_failed");
  CHECK(failed.error().text == "boom");
  CHECK(host.registry.whereis("srv") == nullptr);
  CHECK(report().at("callback") == "init");
  CHECK(report().at("reason") == "boom");
}

TEST_CASE_METHOD(BothWays, "the name is free when a failed start returns, a hundred times",
                 "[gs-038][gs-g05]") {
  const auto how = GENERATE(as<std::string>{}, "ignore", "throw bye");
  const std::string expected = how == "ignore" ? "ignored" : "init_failed";
  for (int i = 0; i < 100; ++i) {
    REQUIRE(code_of(ServerProcess::start(host.runtime, server("srv", {{"init", how}}))) == expected);
    REQUIRE(host.registry.whereis("srv") == nullptr);
  }
  CHECK(call(*start("srv"), "reply x") == "x");
}

TEST_CASE_METHOD(BothWays, "a type that the plugin does not have is not started", "[gs-052][differs]") {
  if (is_loaded()) {
    CHECK(code_of(loader.catalog.server_factory_from_file(PLUGIN_conformance_plugin, "NoSuchServer")) ==
          "plugin_not_found");
    return;
  }
  // Linked in, a table without its create is what a module without init is.
  static constexpr baton_server bare{.size = sizeof(baton_server),
                                     .reserved = 0,
                                     .name = {"Bare", 4},
                                     .create = nullptr,
                                     .destroy = nullptr,
                                     .handle_call = nullptr,
                                     .handle_casts = nullptr,
                                     .handle_info = nullptr,
                                     .terminate = nullptr,
                                     .save = nullptr,
                                     .handle_continue = nullptr,
                                     .format_status = nullptr,
                                     .change_options = nullptr};
  static constexpr const baton_server* servers[] = {&bare};
  static constexpr baton_plugin plugin{.size = sizeof(baton_plugin),
                                       .abi_major = BATON_ABI_MAJOR,
                                       .abi_minor = BATON_ABI_MINOR,
                                       .handlers = nullptr,
                                       .handler_count = 0,
                                       .servers = servers,
                                       .server_count = 1,
                                       .extension = nullptr};
  const auto manifest =
      parse_manifest(R"({"name": "x", "version": "1", "provides": [{"kind": "server", "name": "Bare"}]})",
                     BATON_ABI_MAJOR, BATON_ABI_MINOR);
  REQUIRE(manifest);
  const auto refused = make_linked_factories(plugin, *manifest);
  CHECK(code_of(refused) == "plugin_refused");
  CHECK(refused.error().text.find("it lacks create") != std::string::npos);
}

TEST_CASE_METHOD(BothWays, "a monitor given at the start is told how the server ended", "[gs-001][gs-g03]") {
  Told told;
  const auto started = ServerProcess::start_monitor(host.runtime, server("srv"), told.monitor());
  REQUIRE(started);
  CHECK(told.reasons.empty());

  tell(**started, "stop shutdown: too old");

  CHECK(told.reasons == Trace{"shutdown: too old"});
}

TEST_CASE_METHOD(BothWays, "a start that failed is told by its error, and to no monitor",
                 "[gs-001][gs-g03][gs-g02][differs]") {
  Told told;
  const auto owner = host.manager({}, "owner");

  CHECK(code_of(ServerProcess::start_monitor(host.runtime, server("srv", {{"init", "throw why"}}),
                                             told.monitor())) == "init_failed");
  CHECK(code_of(ServerProcess::start_link(host.runtime, server("srv", {{"init", "throw why"}}), owner)) ==
        "init_failed");

  CHECK(told.reasons.empty());
  CHECK_FALSE(owner->has_ended());
}

TEST_CASE_METHOD(BothWays, "a linked server that ignores its start ends nobody and is not reported",
                 "[gs-g02][differs]") {
  const auto owner = host.manager({}, "owner");

  CHECK(code_of(ServerProcess::start_link(host.runtime, server("srv", {{"init", "ignore"}}), owner)) ==
        "ignored");
  host.scheduler.run_all();

  CHECK_FALSE(owner->has_ended());
  CHECK(host.log.count_at_least(LogLevel::warning) == 0);
}

TEST_CASE_METHOD(BothWays, "an init that gives no server is a failed start", "[gs-g01]") {
  class Nothing final : public ServerFactory {
   public:
    [[nodiscard]] const TypeInfo& type() const override { return type_; }

    Result<std::unique_ptr<Server>> create(const InstanceInit& /*init*/,
                                           Services& /*services*/) const override {
      return std::unique_ptr<Server>();
    }

   private:
    const TypeInfo type_{"Nothing", "1", 0, {}};
  };

  const auto failed = ServerProcess::start(host.runtime, {"srv", std::make_shared<Nothing>(), {}, {}});

  CHECK(code_of(failed) == "init_failed");
  CHECK(host.registry.whereis("srv") == nullptr);
}

TEST_CASE_METHOD(BothWays,
                 "a linked server ends with its owner, after terminate, and not the other way round",
                 "[gs-001][xg-006][gs-g18][differs]") {
  const auto owner = host.manager({}, "owner");
  const auto server = ServerProcess::start_link(host.runtime, this->server("srv"), owner);
  const auto other = ServerProcess::start_link(host.runtime, this->server("other"), owner);
  REQUIRE((server && other));
  Told told;
  (*server)->monitor(told.monitor());
  tell(**other, "throw boom");
  CHECK_FALSE(owner->has_ended());
  CHECK(call(**server, "reply x") == "x");
  (void)trace();

  REQUIRE(owner->stop(ExitReason::shutdown(), infinity));
  host.scheduler.run_all();

  CHECK(trace() == Trace{"terminate stop shutdown"});
  CHECK(told.reasons == Trace{"shutdown"});
  CHECK(code_of(ServerProcess::start_link(host.runtime, this->server("srv"), nullptr)) == "bad_request");
}

TEST_CASE_METHOD(BothWays, "monitors hear how a server ended, and one that is killed does not terminate",
                 "[gs-g18][differs]") {
  const auto server = start("srv");
  Told told;
  server->monitor(told.monitor());
  (void)trace();
  SECTION("killed") {
    server->abandon();
    host.scheduler.run_all();
    CHECK(trace().empty());
    CHECK(told.reasons == Trace{"killed"});
  }
  SECTION("crashed") {
    tell(*server, "throw boom");
    CHECK(trace() == Trace{"handle_cast throw boom", "terminate error boom"});
    CHECK(told.reasons == Trace{"boom"});
  }
}

TEST_CASE_METHOD(BothWays, "a server that was only started outlives who started it", "[xg-009]") {
  const auto starter = host.manager({}, "starter");
  std::shared_ptr<ServerProcess> server;
  starter->post([&] { server = start("srv"); });
  host.scheduler.run_all();

  REQUIRE(starter->stop(ExitReason::error("died"), infinity));
  host.scheduler.run_all();

  CHECK(call(*server, "reply x") == "x");
}

TEST_CASE_METHOD(BothWays, "a server without a name gets one that nobody else has, and is stopped once",
                 "[gs-001][gs-002][xg-008][differs]") {
  const auto first = start("");
  const auto second = start("");
  CHECK(first->name() == "<ToldServer.1>");
  CHECK(second->name() == "<ToldServer.2>");
  CHECK(call(*first, "reply x") == "x");

  CHECK(first->stop(ExitReason::normal(), infinity));

  CHECK(code_of(first->stop(ExitReason::normal(), infinity)) == "process_ended");
  CHECK(call(*second, "reply x") == "x");
}

TEST_CASE_METHOD(BothWays, "a timeout that is none fails its caller and leaves the server alive",
                 "[gs-004][gs-g07][gs-g21]") {
  const auto server = start("srv");

  CHECK(code_of(server->stop(ExitReason::normal(), Duration(-1))) == "bad_request");
  CHECK(call(*server, "reply x", Duration(-5)) == "bad_request");
  CHECK(code_of(ServerProcess::start(host.runtime, this->server("other"), Duration(-1))) == "bad_request");
  CHECK(host.registry.whereis("other") == nullptr);

  CHECK(call(*server, "reply x") == "x");
}

TEST_CASE_METHOD(BothWays, "a server is found and stopped by its name, which is free afterwards",
                 "[gs-005][xg-012]") {
  const auto server = start("srv");
  const auto found = host.registry.whereis("srv");
  REQUIRE(found == server);

  CHECK(found->stop(ExitReason::normal(), infinity));

  CHECK(host.registry.whereis("srv") == nullptr);
  CHECK(host.registry.whereis("never_was") == nullptr);
  CHECK(call(*server, "reply x") == "process_ended");
  CHECK(start("srv")->Process::instance() == 2);
}

TEST_CASE_METHOD(BothWays, "another registry is another set of names", "[gs-008][xg-003][differs]") {
  const auto server = start("srv");
  Registry others;
  Runtime runtime{host.clock, host.log, host.scheduler, host.scheduler, others, host.atoms};
  auto namesake = ServerProcess::start(runtime, this->server("srv"));
  REQUIRE(namesake);
  CHECK(call(**namesake, "reply x") == "x");

  CHECK(others.whereis("srv")->stop(ExitReason::normal(), infinity));

  CHECK(others.whereis("srv") == nullptr);
  CHECK(call(*server, "reply y") == "y");
}

TEST_CASE_METHOD(BothWays, "stop gives terminate its reason and returns when the server is gone",
                 "[gs-005][gs-g21][xg-006]") {
  const auto server = start("srv");
  (void)trace();

  CHECK(server->stop(ExitReason::error("odd_reason"), Duration(1000)));

  CHECK(trace() == Trace{"terminate stop odd_reason"});
  CHECK(report().at("reason") == "odd_reason");
  CHECK(report().at("last_message") == "-");
}

TEST_CASE_METHOD(BothWays, "stop says so when the server ends with another reason than the one asked for",
                 "[gs-g21]") {
  const auto server = start("srv", {{"terminate", "throw different"}});

  const auto stopped = server->stop(ExitReason::normal(), Duration(1000));

  CHECK(code_of(stopped) == "crashed");
  CHECK(stopped.error().text == "`srv` ended with another reason: different");
}

TEST_CASE_METHOD(BothWays, "a server cannot wait for its own end", "[gs-g21]") {
  const auto server = start("srv");
  std::string code;
  server->post([&] { code = code_of(server->stop(ExitReason::normal(), infinity)); });
  host.scheduler.run_all();

  CHECK(code == "calling_self");
  CHECK_FALSE(server->has_ended());
}

TEST_CASE_METHOD(BothWays, "a server of the config is permanent and has the defaults of its manifest",
                 "[xg-001][eg-g01][differs]") {
  const auto path = loader.plugins.path() / "host.yaml";
  std::ofstream(path) << "servers: {queue: {type: ToldServer}}\n";
  const ServerConfig config = read_config(path).config.servers.at(0);

  CHECK(config.name == "queue");
  CHECK(config.child.restart == Restart::permanent);
  CHECK(ChildSpec{}.restart == Restart::permanent);
  CHECK(shutdown_of(ChildSpec{}) == Duration(5000));
  const Options defaults = server("queue").options;
  REQUIRE(defaults.size() == 4);
  CHECK(defaults[0].name == "init");
  CHECK(defaults[0].text.empty());
  CHECK(server("queue", {{"init", "state x"}}).options[0].text == "state x");
}
