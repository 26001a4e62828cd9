// SPDX-License-Identifier: Apache-2.0
#include "tests/support/scripted_handler.hpp"
#include "tests/support/threaded_host.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

using namespace baton;
using namespace baton::test;

namespace {

/// Checks that each sender's numbers arrive without a gap: the type is the sender, the data the number.
class OrderServer final : public Server {
 public:
  struct Seen {
    std::atomic<std::uint64_t> casts{0};
    std::atomic<std::uint64_t> out_of_order{0};
  };

  explicit OrderServer(Seen& seen) : seen_(seen) {}

  ServerOutcome handle_call(const Message&, std::uint64_t) override {
    return {ServerOutcome::Verdict::ok, 0, Reply{}, {}};
  }

  ServerOutcome handle_casts(std::span<const Message> requests) override {
    for (const Message& request : requests) {
      std::uint64_t& last = last_[static_cast<std::size_t>(view(request.type)[0] - '0')];
      const std::uint64_t number = std::stoull(std::string(view(request.data)));
      seen_.out_of_order += number == last + 1 ? 0 : 1;
      last = number;
    }
    seen_.casts += requests.size();
    return {ServerOutcome::Verdict::ok, requests.size(), std::nullopt, {}};
  }

  ServerOutcome handle_info(const Message&) override { return {}; }

  Result<void> terminate(const TerminateReason&) override { return {}; }

  Result<std::optional<State>> save() override { return std::optional<State>(); }

 private:
  Seen& seen_;
  std::array<std::uint64_t, 4> last_{};
};

struct OrderFactory final : ServerFactory {
  OrderServer::Seen& seen;
  TypeInfo info{"OrderServer", "", 0, {}};

  explicit OrderFactory(OrderServer::Seen& s) : seen(s) {}

  [[nodiscard]] const TypeInfo& type() const override { return info; }

  Result<std::unique_ptr<Server>> create(const InstanceInit&, Services&) const override {
    return std::unique_ptr<Server>(std::make_unique<OrderServer>(seen));
  }
};

}  // namespace

TEST_CASE("a process that is suspended and resumed under load loses nothing and keeps the order",
          "[suspension][otp]") {
  constexpr std::uint64_t each = 10'000;
  const std::vector<std::string> senders = {"0", "1", "2"};
  ThreadedHost host;
  OrderServer::Seen seen;
  ProcessOptions options;
  options.mailbox.capacity = 500;
  options.block_timeout = Duration(60'000);
  options.own_thread = GENERATE(false, true);
  const auto server =
      *ServerProcess::start(host.runtime, {"queue", std::make_shared<OrderFactory>(seen), {}, options});

  std::vector<std::thread> threads;
  for (const std::string& sender : senders) {
    threads.emplace_back([&host, &server, &sender] {
      for (std::uint64_t i = 1; i <= each; ++i) {
        const std::string data = std::to_string(i);
        const Message request = host.message(sender, data);
        (void)server->cast({&request, 1});
      }
    });
  }
  // Each of two suspends and resumes at will; the last word is a resume.
  std::atomic<std::uint64_t> failures{0};
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 500; ++round) {
        const bool is_ok = server->sys().suspend(infinity) && server->sys().get_state(infinity) &&
                           server->sys().resume(infinity);
        failures += is_ok ? 0 : 1;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }

  CHECK(server->call(host.message("done"), infinity));
  CHECK(failures == 0);
  CHECK(seen.casts == senders.size() * each);
  CHECK(seen.out_of_order == 0);
}

TEST_CASE("a suspended process with senders waiting for room is stopped, and they are told", "[suspension]") {
  ThreadedHost host;
  OrderServer::Seen seen;
  ProcessOptions options;
  options.mailbox.capacity = 1;
  options.block_timeout = Duration(60'000);
  const auto server =
      *ServerProcess::start(host.runtime, {"queue", std::make_shared<OrderFactory>(seen), {}, options});
  REQUIRE(server->sys().suspend());
  const Message first = host.message("0", "1");
  REQUIRE(server->cast({&first, 1}));
  std::string code;
  std::thread sender([&] {
    const Message second = host.message("0", "2");
    code = code_of(server->cast({&second, 1}));
  });

  CHECK(server->stop(ExitReason::shutdown(), infinity));
  sender.join();

  CHECK(code == "process_ended");
  CHECK(seen.casts == 0);
}

TEST_CASE("many ask a suspended process at once, and each is answered", "[suspension]") {
  ThreadedHost host;
  OrderServer::Seen seen;
  const auto server =
      *ServerProcess::start(host.runtime, {"queue", std::make_shared<OrderFactory>(seen), {}, {}});
  REQUIRE(server->sys().suspend());
  std::atomic<int> answers{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 1000; ++round) {
        answers += server->sys().get_status(infinity) ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  CHECK(answers == 4000);
}

TEST_CASE("a code change waits for the callback that is running, and ends nobody",
          "[suspension][hc-g06][differs]") {
  // OTP's purge kills a process that runs old code, and its queue with it.
  ThreadedHost host;
  HandlerScript script;
  HandlerScript next;
  next.version = "2";
  std::atomic<bool> is_inside{false};
  std::atomic<bool> may_go_on{false};
  script.on_run = [&](Services&) {
    is_inside = true;
    while (!may_go_on) {
      std::this_thread::yield();
    }
  };
  const auto manager = *EventManager::start(host.runtime, "log", {});
  REQUIRE(manager->add_handler({"a", script.factory(), {}}));
  const std::vector<Message> events = {host.message("run"), host.message("queued_behind")};
  REQUIRE(manager->notify({events.data(), 1}));
  while (!is_inside) {
    std::this_thread::yield();
  }

  CHECK(code_of(manager->update_code({"ScriptedHandler", next.factory(), {}, {}}, Duration(0))) ==
        "timed_out");
  REQUIRE(manager->notify({events.data() + 1, 1}));
  CHECK_FALSE(manager->has_ended());
  may_go_on = true;

  CHECK(manager->which_handlers()->front().version == "2");
  CHECK(script.trace == Trace{"a run", "a terminate swapped", "a destroyed"});
  CHECK(next.trace == Trace{"a takes over state 1", "a queued_behind"});
}
