// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/server_process.hpp"
#include "tests/support/scripted_server.hpp"
#include "tests/support/threaded_host.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <future>
#include <memory>
#include <thread>
#include <vector>

using namespace baton;
using namespace baton::test;

namespace {

/// Puts every call off and lets a test answer them.
class PatientServer final : public Server {
 public:
  struct Shared {
    Mutex mutex;
    std::vector<std::uint64_t> callers BATON_GUARDED_BY(mutex);
    std::atomic<std::size_t> count{0};
    std::atomic<bool> is_terminated{false};
    Services* services = nullptr;
  };

  explicit PatientServer(Shared& shared) : shared_(shared) {}

  ServerOutcome handle_call(const Message& /*request*/, std::uint64_t from) override {
    const Lock lock(shared_.mutex);
    shared_.callers.push_back(from);
    ++shared_.count;
    return {ServerOutcome::Verdict::no_reply, 0, std::nullopt, {}};
  }

  ServerOutcome handle_casts(std::span<const Message> requests) override {
    return {ServerOutcome::Verdict::ok, requests.size(), std::nullopt, {}};
  }

  ServerOutcome handle_info(const Message& /*info*/) override { return {}; }

  Result<void> terminate(const TerminateReason& /*why*/) override {
    shared_.is_terminated = true;
    return {};
  }

  Result<std::optional<State>> save() override { return std::optional<State>(); }

 private:
  Shared& shared_;
};

/// Its init takes until the test says so.
class SlowFactory final : public ServerFactory {
 public:
  SlowFactory(PatientServer::Shared& shared, std::shared_future<void> may_start)
      : shared_(shared), may_start_(std::move(may_start)) {}

  [[nodiscard]] const TypeInfo& type() const override { return type_; }

  Result<std::unique_ptr<Server>> create(const InstanceInit& /*init*/, Services& services) const override {
    may_start_.wait();
    shared_.services = &services;
    return std::unique_ptr<Server>(std::make_unique<PatientServer>(shared_));
  }

 private:
  PatientServer::Shared& shared_;
  const std::shared_future<void> may_start_;
  const TypeInfo type_{"PatientServer", "1", 0, {}};
};

struct ServerThreadTest {
  PatientServer::Shared shared;
  std::promise<void> start_now;
  ThreadedHost host;

  ServerSpec spec() {
    return {"srv", std::make_shared<SlowFactory>(shared, start_now.get_future().share()), {}, {}};
  }

  template <class Condition>
  static void wait_for(Condition condition) {
    while (!condition()) {
      std::this_thread::yield();
    }
  }
};

}  // namespace

TEST_CASE_METHOD(ServerThreadTest,
                 "an init that takes too long is not waited for, its name is free, and it ends when it can",
                 "[server][gs-001][gs-g04][differs]") {
  CHECK(code_of(ServerProcess::start(host.runtime, spec(), Duration(20))) == "timed_out");

  CHECK(host.registry.whereis("srv") == nullptr);
  CHECK_FALSE(shared.is_terminated);
  start_now.set_value();
  wait_for([&] { return shared.is_terminated.load(); });
  wait_for([&] { return host.log.count("server_crashed") == 1; });
  CHECK(host.log.all("server_crashed").at(0).fields.at("reason") == "it did not start in time");
}

TEST_CASE_METHOD(ServerThreadTest, "any thread may answer a call, once, while others wait",
                 "[server][gs-g06][gs-015]") {
  start_now.set_value();
  const auto server = ServerProcess::start(host.runtime, spec());
  REQUIRE(server);
  constexpr std::size_t count = 200;
  RequestCollection<Reply> all(host.runtime);
  for (std::size_t i = 0; i < count; ++i) {
    REQUIRE(all.add((*server)->send_request(host.message("ask")), std::to_string(i)));
  }
  wait_for([&] { return shared.count == count; });
  std::atomic<std::size_t> refused{0};
  const auto answer_all = [&] {
    std::vector<std::uint64_t> callers;
    {
      const Lock lock(shared.mutex);
      callers = shared.callers;
    }
    for (const std::uint64_t from : callers) {
      refused += shared.services->reply(from, Reply{std::to_string(from)}) ? 0 : 1;
    }
  };

  std::thread one(answer_all);
  std::thread other(answer_all);
  std::size_t received = 0;
  for (auto response = all.receive_response(infinity); response.kind == Response<Reply>::Kind::answered;
       response = all.receive_response(infinity)) {
    ++received;
  }
  one.join();
  other.join();

  CHECK(received == count);
  CHECK(refused == count);
}

TEST_CASE("a stop of a server that times out goes on without who asked for it", "[server][gs-g21]") {
  ServerScript script;
  ThreadedHost host;
  std::promise<void> released;
  script.on_terminate = [may_go_on = released.get_future().share()] {
    may_go_on.wait();
  };
  const auto server = *ServerProcess::start(host.runtime, {"srv", script.factory(), {}, {}});

  CHECK(code_of(server->stop(ExitReason::normal(), Duration(30))) == "timed_out");
  CHECK_FALSE(server->has_ended());
  released.set_value();

  CHECK(server->wait_until_ended(infinity));
}
