// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/server_process.hpp"

#include "tests/support/manual_host.hpp"
#include "tests/support/scripted_server.hpp"

#include <catch2/catch.hpp>

using namespace baton;
using namespace baton::test;

namespace {

using Trace = std::vector<std::string>;

struct ServerTest {
  ManualHost host;
  ServerScript script;

  ServerSpec spec() { return {"queue", script.factory(), {}, {}}; }

  std::shared_ptr<ServerProcess> start() {
    auto started = ServerProcess::start(host.runtime, spec());
    REQUIRE(started);
    return *started;
  }

  std::string call(ServerProcess& server, const std::string& type, const std::string& data = {}) {
    const auto reply = server.call(host.message(type, data));
    return reply ? reply->data : code_of(reply);
  }
};

}  // namespace

TEST_CASE_METHOD(ServerTest, "a call comes back with the reply", "[server][otp]") {
  const auto server = start();

  CHECK(call(*server, "echo", "hello") == "hello");
}

TEST_CASE_METHOD(ServerTest, "casts are handled in order and before later calls", "[server][otp]") {
  const auto server = start();
  const std::vector<Message> casts = {host.message("add", "a"), host.message("add", "b")};

  CHECK(server->cast(casts) == 2U);

  CHECK(call(*server, "sum") == "ab");
}

TEST_CASE_METHOD(ServerTest, "a server that cannot be made leaves no name behind", "[server][otp]") {
  SECTION("because it says so") {
    script.create_fails = true;
  }
  SECTION("because it throws") {
    script.create_throws = true;
  }

  CHECK(code_of(ServerProcess::start(host.runtime, spec())) == "init_failed");

  CHECK(host.registry.whereis("queue") == nullptr);
  script.create_fails = false;
  script.create_throws = false;
  CHECK(call(*start(), "echo", "x") == "x");
}

TEST_CASE_METHOD(ServerTest, "a second server of the same name is not started", "[server][otp]") {
  const auto server = start();

  CHECK(code_of(ServerProcess::start(host.runtime, spec())) == "already_started");
}

TEST_CASE_METHOD(ServerTest, "a request the server does not know is told, and the server goes on",
                 "[server][deviation]") {
  const auto server = start();

  CHECK(call(*server, "no_such_call") == "unknown_request");
  CHECK(call(*server, "echo", "x") == "x");
}

TEST_CASE_METHOD(ServerTest, "a call that crashes tells the caller, runs terminate and ends the server",
                 "[server][otp]") {
  const auto server = start();

  CHECK(call(*server, "throw") == "crashed");

  CHECK(server->has_ended());
  CHECK(script.trace == Trace{"call throw", "terminate error thrown"});
  CHECK(host.log.count("server_crashed") == 1);
  CHECK(call(*server, "echo") == "process_ended");
}

TEST_CASE_METHOD(ServerTest, "a cast that crashes ends the server", "[server][otp]") {
  const auto server = start();
  const Message bad = host.message("throw");

  REQUIRE(server->cast({&bad, 1}));
  host.scheduler.run_all();

  CHECK(server->has_ended());
  CHECK(host.log.all("server_crashed").at(0).fields.at("callback") == "handle_cast");
}

TEST_CASE_METHOD(ServerTest, "a server may reply later, from anywhere, once", "[server][otp]") {
  const auto server = start();
  std::string second;
  // While the caller waits, another process's turn answers.
  const auto helper = host.manager({}, "helper");
  script.on_run = nullptr;
  server->post([&] {
    helper->post([&] {
      CHECK(script.services->reply(script.from, Reply{"late", BATON_TEXT_PLAIN}));
      second = code_of(script.services->reply(script.from, Reply{"again", BATON_TEXT_PLAIN}));
    });
  });
  script.from = 1;

  CHECK(call(*server, "later") == "late");
  CHECK(second == "not_found");
}

TEST_CASE_METHOD(ServerTest, "a reply that nobody waits for any more is dropped and told", "[server][otp]") {
  const auto server = start();

  CHECK(code_of(server->call(host.message("later"), Duration(10))) == "timed_out");

  CHECK(code_of(script.services->reply(script.from, Reply{"late", BATON_TEXT_PLAIN})) == "not_found");
  CHECK(call(*server, "echo", "x") == "x");
}

TEST_CASE_METHOD(ServerTest, "a server that stops on a call runs terminate, then replies, then ends",
                 "[server][otp]") {
  const auto server = start();

  CHECK(call(*server, "stop") == "bye");

  CHECK(script.trace == Trace{"call stop", "terminate stop normal"});
  host.scheduler.run_all();
  CHECK(server->has_ended());
  CHECK(host.log.count_at_least(LogLevel::warning) == 0);
}

TEST_CASE_METHOD(ServerTest, "a server that stops without a reply leaves its caller with the end",
                 "[server][otp]") {
  const auto server = start();

  CHECK(call(*server, "stop_silently") == "process_ended");
  CHECK(host.log.count("server_crashed") == 1);
}

TEST_CASE_METHOD(ServerTest, "stop runs terminate with the reason and frees the name", "[server][otp]") {
  const auto server = start();

  REQUIRE(server->stop(ExitReason::normal(), infinity));

  CHECK(script.trace == Trace{"terminate stop normal"});
  CHECK(start()->instance() == 2);
}

TEST_CASE_METHOD(ServerTest, "a running server's code is swapped with its state, between two messages",
                 "[server][otp]") {
  const auto server = start();
  const std::vector<Message> casts = {host.message("add", "a")};
  REQUIRE(server->cast(casts));
  ServerScript next;
  next.version = "2";

  const auto report = server->swap({"queue", next.factory(), {}, {}}, {});

  REQUIRE(report);
  CHECK(report->new_version == "2");
  CHECK(report->state_moved);
  CHECK(script.trace.back() == "terminate swapped ");
  CHECK(call(*server, "sum") == "a");
  CHECK(next.trace == Trace{"takes over a with ", "call sum"});
}

namespace {

/// Has a last word to its host when it is destroyed.
class Talkative final : public Server {
 public:
  explicit Talkative(Services& services) : services_(services) {}

  ~Talkative() override { services_.log(LogLevel::info, "gone"); }

  ServerOutcome handle_call(const Message&, std::uint64_t) override { return {}; }

  ServerOutcome handle_casts(std::span<const Message>) override { return {}; }

  ServerOutcome handle_info(const Message&) override { return {}; }

  Result<void> terminate(const TerminateReason&) override { return {}; }

  Result<std::optional<State>> save() override { return std::optional<State>(); }

 private:
  Services& services_;
};

class TalkativeFactory final : public ServerFactory {
 public:
  [[nodiscard]] const TypeInfo& type() const override { return type_; }

  Result<std::unique_ptr<Server>> create(const InstanceInit&, Services& services) const override {
    return std::unique_ptr<Server>(std::make_unique<Talkative>(services));
  }

 private:
  const TypeInfo type_{"Talkative", "1", 0, {}};
};

}  // namespace

TEST_CASE_METHOD(ServerTest, "a server may use its host until it is gone, in a swap too", "[server]") {
  const auto factory = std::make_shared<const TalkativeFactory>();
  const auto server = *ServerProcess::start(host.runtime, {"talker", factory, {}, {}});

  REQUIRE(server->swap({"talker", factory, {}, {}}, {}));
  REQUIRE(server->stop(ExitReason::normal(), infinity));

  const auto said = host.log.all("plugin_says");
  REQUIRE(said.size() == 2);
  CHECK(said[0].fields.at("from") == "talker#1");
  CHECK(said[1].fields.at("from") == "talker#2");
}

TEST_CASE_METHOD(ServerTest, "a swap that fails leaves the old code and the old state",
                 "[server][deviation]") {
  const auto server = start();
  const std::vector<Message> casts = {host.message("add", "a")};
  REQUIRE(server->cast(casts));
  ServerScript next;
  std::string expected = "init_failed";
  SECTION("it cannot be made") {
    next.create_fails = true;
  }
  SECTION("it does not read the state") {
    next.state_reads = {7};
    expected = "state_refused";
  }

  CHECK(code_of(server->swap({"queue", next.factory(), {}, {}}, {})) == expected);

  CHECK(call(*server, "sum") == "a");
  CHECK(script.trace == Trace{"call sum"});
}

TEST_CASE("the code that a server was started with is let go of when another has taken its place",
          "[server][swap]") {
  ManualHost host;
  ServerScript script;
  ServerScript next;
  auto factory = script.factory();
  const std::weak_ptr<const ServerFactory> code = factory;
  const auto server = *ServerProcess::start(host.runtime, {"queue", std::move(factory), {}, {}});
  CHECK_FALSE(code.expired());

  REQUIRE(server->swap({"queue", next.factory(), {}, {}}, {}));

  CHECK(code.expired());
}
