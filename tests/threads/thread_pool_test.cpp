// SPDX-License-Identifier: Apache-2.0
#include "host/runtime/thread_pool.hpp"

#include "tests/support/scripted_handler.hpp"
#include "tests/support/scripted_server.hpp"
#include "tests/support/threaded_host.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <thread>

using namespace baton;
using namespace baton::test;

namespace {

/// Checks that each sender's numbers arrive without a gap; events are "sender number".
class OrderCheck final : public Handler {
 public:
  struct Seen {
    std::atomic<std::uint64_t> events{0};
    std::atomic<std::uint64_t> out_of_order{0};
    std::vector<std::uint64_t> last = std::vector<std::uint64_t>(16, 0);  // the manager's only
  };

  explicit OrderCheck(Seen& seen) : seen_(seen) {}

  EventsOutcome handle_events(std::span<const Message> events) override {
    for (const Message& event : events) {
      const std::string data(view(event.data));
      const std::size_t space = data.find(' ');
      const std::uint64_t number = std::stoull(data.substr(space + 1));
      std::uint64_t& last = seen_.last[std::stoul(data.substr(0, space))];
      if (number != last + 1) {
        ++seen_.out_of_order;
      }
      last = number;
    }
    seen_.events += events.size();
    return {HandlerVerdict::ok, events.size(), 0, {}};
  }

  CallOutcome handle_call(const Message&) override { return {}; }

  InfoOutcome handle_info(const Message&) override { return {}; }

  Result<Reply> terminate(const TerminateReason&) override { return Reply{}; }

  Result<std::optional<State>> save() override { return std::optional<State>(); }

 private:
  Seen& seen_;
};

struct OrderCheckFactory final : HandlerFactory {
  OrderCheck::Seen& seen;
  TypeInfo info{"OrderCheck", "", 0, {}};

  explicit OrderCheckFactory(OrderCheck::Seen& s) : seen(s) {}

  [[nodiscard]] const TypeInfo& type() const override { return info; }

  Result<std::unique_ptr<Handler>> create(const InstanceInit&, Services&) const override {
    return std::unique_ptr<Handler>(std::make_unique<OrderCheck>(seen));
  }
};

}  // namespace

TEST_CASE("many senders lose nothing, and each sender's order is kept", "[thread_pool]") {
  constexpr std::size_t senders = 4;
  constexpr std::uint64_t each = 20'000;
  ThreadedHost host;
  OrderCheck::Seen seen;
  EventManagerOptions options;
  options.process.mailbox.capacity = 1000;
  options.process.block_timeout = Duration(60'000);
  options.process.own_thread = GENERATE(false, true);
  auto manager = EventManager::start(host.runtime, "log", options);
  REQUIRE(manager);
  REQUIRE((*manager)->add_handler({"check", std::make_shared<OrderCheckFactory>(seen), {}}));

  std::atomic<std::uint64_t> accepted{0};
  std::vector<std::thread> threads;
  for (std::size_t sender = 0; sender < senders; ++sender) {
    threads.emplace_back([&, sender] {
      for (std::uint64_t i = 1; i <= each; ++i) {
        const std::string data = std::to_string(sender) + " " + std::to_string(i);
        const Message event = host.message("n", data);
        accepted += (*manager)->notify({&event, 1}).value_or(0);
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  REQUIRE((*manager)->which_handlers(infinity));  // behind all of them

  CHECK(accepted == senders * each);
  CHECK(seen.events == senders * each);
  CHECK(seen.out_of_order == 0);
}

TEST_CASE("a chain of callbacks that wait for each other does not starve a pool of one", "[thread_pool]") {
  constexpr int depth = 20;
  ThreadedHost host(1);
  std::vector<std::unique_ptr<ServerScript>> scripts;
  for (int i = 0; i < depth; ++i) {
    scripts.push_back(std::make_unique<ServerScript>());
    scripts.back()->on_run = [&host, i](Services& services) {
      if (i + 1 < depth) {
        (void)services.call("s" + std::to_string(i + 1), host.message("run"), Duration(30'000));
      }
    };
    REQUIRE(ServerProcess::start(host.runtime, {"s" + std::to_string(i), scripts.back()->factory(), {}, {}}));
  }

  const auto first = std::dynamic_pointer_cast<ServerProcess>(host.registry.whereis("s0"));
  const auto reply = first->call(host.message("run"), Duration(60'000));

  REQUIRE(reply);
  CHECK(reply->data == "ran");
  CHECK(scripts.back()->trace == std::vector<std::string>{"call run"});
}

TEST_CASE("what a callback has sent is handled although that callback goes on and on", "[thread_pool]") {
  HandlerScript receiver;
  HandlerScript sender;
  std::atomic<bool> has_come{false};
  ThreadedHost host(2);
  receiver.on_run = [&](Services&) {
    has_come = true;
  };
  sender.on_run = [&](Services& services) {
    (void)services.notify("to", host.message("run"));
    while (!has_come) {
      std::this_thread::yield();
    }
  };
  for (const auto& [name, script] : {std::pair("from", &sender), std::pair("to", &receiver)}) {
    auto manager = EventManager::start(host.runtime, name, {});
    REQUIRE(manager);
    REQUIRE((*manager)->add_handler({"a", script->factory(), {}}));
  }
  const auto from = std::dynamic_pointer_cast<EventManager>(host.registry.whereis("from"));
  for (int i = 0; i < 20; ++i) {
    has_come = false;
    const Message event = host.message("run");
    REQUIRE(from->notify({&event, 1}));
    REQUIRE(from->call("a", host.message("count"), Duration(60'000)));
  }
}

TEST_CASE("what an abandoned callback still sends is handled although it never returns", "[thread_pool]") {
  HandlerScript receiver;
  HandlerScript sender;
  std::atomic<bool> is_inside{false};
  std::atomic<bool> is_abandoned{false};
  std::atomic<bool> has_come{false};
  std::atomic<bool> may_go{false};
  ThreadedHost host(2);
  receiver.on_run = [&](Services&) {
    has_come = true;
  };
  sender.on_run = [&](Services& services) {
    is_inside = true;
    while (!is_abandoned) {
      std::this_thread::yield();
    }
    (void)services.notify("to", host.message("run"));
    while (!may_go) {
      std::this_thread::yield();
    }
  };
  auto from = EventManager::start(host.runtime, "from", {});
  auto to = EventManager::start(host.runtime, "to", {});
  REQUIRE(from);
  REQUIRE(to);
  REQUIRE((*from)->add_handler({"a", sender.factory(), {}}));
  REQUIRE((*to)->add_handler({"a", receiver.factory(), {}}));
  const Message event = host.message("run");
  REQUIRE((*from)->notify({&event, 1}));
  while (!is_inside) {
    std::this_thread::yield();
  }
  (*from)->abandon();
  is_abandoned = true;
  while (!has_come) {
    std::this_thread::yield();
  }
  may_go = true;
  CHECK((*to)->call("a", host.message("count"), Duration(60'000)));
}

TEST_CASE("a token that goes round through many processes arrives", "[thread_pool]") {
  constexpr std::size_t managers = 50;
  constexpr int hops = 20'000;
  std::vector<std::unique_ptr<HandlerScript>> scripts;
  std::atomic<int> left{hops};
  ThreadedHost host(GENERATE(1U, 2U, 4U));
  std::vector<std::shared_ptr<EventManager>> ring;
  for (std::size_t i = 0; i < managers; ++i) {
    scripts.push_back(std::make_unique<HandlerScript>());
    scripts[i]->on_run = [&host, &left, next = "m" + std::to_string((i + 1) % managers)](Services& services) {
      if (--left > 0) {
        (void)services.notify(next, host.message("run"));
      }
    };
    auto manager = EventManager::start(host.runtime, "m" + std::to_string(i), {});
    REQUIRE(manager);
    REQUIRE((*manager)->add_handler({"a", scripts[i]->factory(), {}}));
    ring.push_back(*manager);
  }
  const Message event = host.message("run");
  REQUIRE(ring[0]->notify({&event, 1}));
  while (left > 0) {
    std::this_thread::yield();
  }
  CHECK(left == 0);
}

TEST_CASE("callers that run a process themselves and its workers take turns, and nothing is lost",
          "[thread_pool]") {
  constexpr std::size_t senders = 4;
  constexpr std::uint64_t each = 20'000;
  ThreadedHost host;
  OrderCheck::Seen seen;
  auto manager = EventManager::start(host.runtime, "log", {});
  REQUIRE(manager);
  REQUIRE((*manager)->add_handler({"check", std::make_shared<OrderCheckFactory>(seen), {}}));

  std::atomic<std::uint64_t> failed{0};
  std::vector<std::thread> threads;
  for (std::size_t sender = 0; sender < senders; ++sender) {
    threads.emplace_back([&, sender] {
      for (std::uint64_t i = 1; i <= each; ++i) {
        const std::string data = std::to_string(sender) + " " + std::to_string(i);
        const Message event = host.message("n", data);
        const bool waits = (i + sender) % 3 == 0;
        const bool is_sent = waits ? (*manager)->sync_notify({&event, 1}).has_value()
                                   : (*manager)->notify({&event, 1}).has_value();
        failed += is_sent ? 0 : 1;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  REQUIRE((*manager)->which_handlers(infinity));

  CHECK(failed == 0);
  CHECK(seen.events == senders * each);
  CHECK(seen.out_of_order == 0);
}

TEST_CASE("a call comes behind what its thread has cast, whoever runs the server", "[thread_pool]") {
  ThreadedHost host;
  ServerScript script;
  std::uint64_t handled = 0;  // the server's only
  script.on_cast = [&handled](std::string_view) {
    ++handled;
  };
  std::uint64_t seen = 0;
  script.on_call = [&](std::string_view) -> std::optional<ServerOutcome> {
    script.trace.clear();  // else it grows for ever
    seen = handled;
    return std::nullopt;
  };
  const auto server = *ServerProcess::start(host.runtime, {"counts", script.factory(), {}, {}});
  std::uint64_t overtaken = 0;
  for (std::uint64_t i = 1; i <= 100'000; ++i) {
    const Message cast = host.message("add");
    REQUIRE(server->cast({&cast, 1}));
    REQUIRE(server->call(host.message("echo"), infinity));
    overtaken += seen == i ? 0 : 1;
  }
  CHECK(overtaken == 0);
}

TEST_CASE("a process with its own thread ends and its thread goes", "[thread_pool]") {
  ThreadedHost host(1);
  ServerScript script;
  for (int i = 0; i < 50; ++i) {
    ServerSpec spec{"own", script.factory(), {}, {}};
    spec.process.own_thread = true;
    auto server = ServerProcess::start(host.runtime, std::move(spec));
    REQUIRE(server);
    CHECK((*server)->call(host.message("echo", "x")));
    CHECK((*server)->stop(ExitReason::normal(), infinity));
  }
}

TEST_CASE("handlers are swapped under load and no event is lost or seen twice", "[thread_pool][swap]") {
  constexpr std::uint64_t events = 50'000;
  ThreadedHost host;
  OrderCheck::Seen seen;
  HandlerScript script;
  auto manager = EventManager::start(host.runtime, "log", {});
  REQUIRE(manager);
  REQUIRE((*manager)->add_handler({"check", std::make_shared<OrderCheckFactory>(seen), {}}));

  std::thread sender([&] {
    for (std::uint64_t i = 1; i <= events; ++i) {
      const std::string data = "0 " + std::to_string(i);
      const Message event = host.message("n", data);
      (void)(*manager)->notify({&event, 1});
    }
  });
  for (int i = 0; i < 100; ++i) {
    REQUIRE((*manager)->swap_handler(
        {"check", {"check", std::make_shared<OrderCheckFactory>(seen), {}}, SwapMode::safe, {}, {}}));
  }
  sender.join();
  REQUIRE((*manager)->which_handlers(infinity));

  CHECK(seen.events == events);
  CHECK(seen.out_of_order == 0);
}
