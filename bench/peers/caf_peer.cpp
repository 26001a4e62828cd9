// SPDX-License-Identifier: Apache-2.0
// CAF 0.17, as Debian has it. usage: bench_caf PEER WORKLOAD [N]
//   caf            work stealing, its default
//   caf-detached   the server or manager on a thread of its own
// CAF has no event manager: here it is an actor with a list of handlers, which it calls through virtual
// functions.
#include "bench/common/producers.hpp"
#include "bench/common/spin.hpp"

#include <caf/all.hpp>
#include <memory>
#include <vector>

namespace bench {

struct Rpc {
  Payload payload;
};

struct SyncNotify {
  Payload payload;
};

struct Token {
  std::uint64_t hops;
};

struct Get {
  int unused;
};

struct Reset {
  int unused;
};

struct Next {
  caf::actor actor;
};

}  // namespace bench

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bench::Payload)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bench::Counter)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bench::Rpc)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bench::SyncNotify)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bench::Token)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bench::Get)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bench::Reset)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bench::Next)

namespace bench {
namespace {

struct ServerState {
  Counter counter;
};

caf::behavior server(caf::stateful_actor<ServerState>* self) {
  return {[=](const Payload& payload) { self->state.counter.take(payload.seq); },
          [=](const Rpc& rpc) -> std::uint64_t {
            self->state.counter.take(rpc.payload.seq);
            return rpc.payload.seq + 1;
          },
          [=](const Get&) { return self->state.counter; },
          [=](const Reset&) {
            self->state.counter = {};
            return self->state.counter;
          }};
}

class VirtualHandler {
 public:
  VirtualHandler() = default;
  VirtualHandler(const VirtualHandler&) = delete;
  VirtualHandler& operator=(const VirtualHandler&) = delete;
  virtual ~VirtualHandler() = default;
  virtual void handle_event(const Payload& payload) = 0;
};

class CountingHandler final : public VirtualHandler {
 public:
  void handle_event(const Payload& payload) override { counter.take(payload.seq); }

  Counter counter;
};

class AppendingHandler final : public VirtualHandler {
 public:
  void handle_event(const Payload& payload) override { appended_.take(payload.seq); }

 private:
  Appended appended_;
};

struct ManagerState {
  std::vector<std::unique_ptr<VirtualHandler>> handlers;
  CountingHandler* first = nullptr;

  void deliver(const Payload& payload) {
    for (const auto& handler : handlers) {
      handler->handle_event(payload);
    }
  }
};

caf::behavior manager(caf::stateful_actor<ManagerState>* self, std::size_t counters, bool appends) {
  for (std::size_t i = 0; i < counters; ++i) {
    self->state.handlers.push_back(std::make_unique<CountingHandler>());
  }
  self->state.first = static_cast<CountingHandler*>(self->state.handlers.front().get());
  if (appends) {
    self->state.handlers.push_back(std::make_unique<AppendingHandler>());
  }
  return {[=](const Payload& payload) { self->state.deliver(payload); },
          [=](const SyncNotify& event) -> std::uint64_t {
            self->state.deliver(event.payload);
            return 1;
          },
          [=](const Get&) { return self->state.first->counter; },
          [=](const Reset&) {
            self->state.first->counter = {};
            return self->state.first->counter;
          }};
}

struct RingState {
  caf::actor next;
  std::uint64_t tokens = 0;
};

/// Where who has the last token says so.
ReplySlot* ring_done = nullptr;

caf::behavior ring_server(caf::stateful_actor<RingState>* self) {
  return {[=](const Token& token) {
            ++self->state.tokens;
            if (token.hops > 0) {
              self->send(self->state.next, Token{token.hops - 1});
            } else {
              ring_done->set(1);
            }
          },
          [=](const Next& next) { self->state.next = next.actor; },
          [=](const Get&) {
            return Counter{self->state.tokens, 0};
          }};
}

struct CallingState {
  std::uint64_t calls = 0;
  std::uint64_t last_ns = 0;
};

/// Of the actor that calls, in W2in.
struct InnerCalls {
  caf::actor callee;
  std::uint64_t calls;
  Latencies* latencies;
  ReplySlot* done;
};

void call_next(caf::stateful_actor<CallingState>* self, const InnerCalls& order) {
  if (self->state.calls == order.calls) {
    order.done->set(1);
    self->quit();
    return;
  }
  self->request(order.callee, caf::infinite, Rpc{payload_of(self->state.calls)})
      .then([=](std::uint64_t reply) {
        require(reply == self->state.calls + 1, "a call has its answer");
        const std::uint64_t now = now_ns();
        order.latencies->add(now - self->state.last_ns);
        self->state.last_ns = now;
        ++self->state.calls;
        call_next(self, order);
      });
}

caf::behavior calling_actor(caf::stateful_actor<CallingState>* self, const InnerCalls& order) {
  self->state.last_ns = now_ns();
  call_next(self, order);
  return {[](int) {
  }};
}

template <class Answer, class Request>
Answer ask(caf::scoped_actor& self, const caf::actor& actor, const Request& request) {
  Answer answer{};
  self->request(actor, caf::infinite, request)
      .receive([&](const Answer& given) { answer = given; },
               [](const caf::error&) { require(false, "a request is answered"); });
  return answer;
}

class CafBench {
 public:
  CafBench(caf::actor_system& system, const Run& run)
      : system_(system), run_(run), self_(system), is_detached_(run.peer.starts_with("caf-detached")) {}

  void cast() {
    const std::uint64_t n = run_.operations(1'000'000);
    const caf::actor actor = make_server();
    tell_all(actor, 0, n / 10);
    require_counted(n / 10, ask<Counter>(self_, actor, Get{0}));
    (void)ask<Counter>(self_, actor, Reset{0});
    const std::uint64_t begin = now_ns();
    tell_all(actor, 0, n);
    const std::uint64_t sent = now_ns();
    const Counter counter = ask<Counter>(self_, actor, Get{0});
    const std::uint64_t end = now_ns();
    require_counted(n, counter);
    Result(run_.peer, run_.workload, n, per_operation(end - begin, n))
        .add("send_ns", per_operation(sent - begin, n));
    stop(actor);
  }

  /// From a thread that is no worker of CAF. Work stealing takes 50 us a call: there it runs a fifth.
  void call() {
    const std::uint64_t n = run_.operations(is_detached_ ? 100'000 : 20'000);
    const caf::actor actor = make_server();
    measure_questions(run_, n, {}, [&](std::uint64_t seq) {
      require(ask<std::uint64_t>(self_, actor, Rpc{payload_of(seq)}) == seq + 1, "a call has its answer");
    });
    stop(actor);
  }

  void inner_call() {
    const std::uint64_t n = run_.operations(100'000);
    const caf::actor callee = make_server();
    Latencies latencies(n);
    std::uint64_t time = 0;
    for (const std::uint64_t count : {n / 10, n}) {
      latencies.clear();
      ReplySlot done;
      const std::uint64_t begin = now_ns();
      system_.spawn(calling_actor, InnerCalls{callee, count, &latencies, &done});
      (void)done.wait(0);
      time = now_ns() - begin;
    }
    Result(run_.peer, run_.workload, n, per_operation(time, n)).add(latencies);
    stop(callee);
  }

  void sync_notify() {
    const std::uint64_t n = run_.operations(is_detached_ ? 100'000 : 20'000);
    const caf::actor actor = make_manager();
    measure_questions(run_, n, {}, [&](std::uint64_t seq) {
      (void)ask<std::uint64_t>(self_, actor, SyncNotify{payload_of(seq)});
    });
    require(ask<Counter>(self_, actor, Get{0}).count == n / 10 + n, "every event is handled");
    stop(actor);
  }

  void notify() {
    const std::uint64_t n = run_.events(1'000'000);
    const std::size_t producers = run_.name == "W4" ? 4 : 1;
    const caf::actor actor = make_manager();
    tell_all(actor, 0, n / 10);
    require_counted(n / 10, ask<Counter>(self_, actor, Get{0}));
    (void)ask<Counter>(self_, actor, Reset{0});
    const std::uint64_t begin = send_by(
        producers, n, [&](std::uint64_t first, std::uint64_t count) { tell_all(actor, first, count); });
    const Counter counter = ask<Counter>(self_, actor, Get{0});
    const std::uint64_t end = now_ns();
    require_counted(n, counter);
    const double ns = per_operation(end - begin, n);
    Result(run_.peer, run_.workload, n, ns).add("ns_per_handler", ns / static_cast<double>(run_.handlers));
    stop(actor);
  }

  void many() {
    const std::uint64_t n = run_.operations(100'000);
    stop(make_server());  // the first one of its type pays for that
    std::vector<caf::actor> actors;
    actors.reserve(n);
    const std::uint64_t resident = resident_bytes();
    const std::uint64_t begin = now_ns();
    for (std::uint64_t i = 0; i < n; ++i) {
      actors.push_back(system_.spawn(server));
    }
    const std::uint64_t started = now_ns();
    const std::uint64_t grown = resident_bytes() - resident;
    for (const caf::actor& actor : actors) {
      caf::anon_send(actor, payload_of(1));
    }
    for (const caf::actor& actor : actors) {
      require((ask<Counter>(self_, actor, Get{0}) == Counter{1, 1}), "each has its cast, once");
    }
    const std::uint64_t touched = now_ns();
    for (const caf::actor& actor : actors) {
      stop(actor);
    }
    actors.clear();
    const std::uint64_t stopped = now_ns();
    Result(run_.peer, run_.workload, n, per_operation(started - begin, n))
        .add("bytes_rss", per_operation(grown, n))
        .add("first_touch_ns", per_operation(touched - started, n))
        .add("stop_ns", per_operation(stopped - touched, n));
  }

  void ring() {
    const std::uint64_t hops = run_.operations(1'000'000);
    std::vector<caf::actor> actors;
    for (std::size_t i = 0; i < 1000; ++i) {
      actors.push_back(system_.spawn(ring_server));
    }
    for (std::size_t i = 0; i < actors.size(); ++i) {
      caf::anon_send(actors[i], Next{actors[(i + 1) % actors.size()]});
    }
    std::uint64_t time = 0;
    for (const std::uint64_t count : {hops / 10, hops}) {
      ReplySlot done;
      ring_done = &done;
      const std::uint64_t begin = now_ns();
      caf::anon_send(actors[0], Token{count});
      (void)done.wait(0);
      time = now_ns() - begin;
    }
    std::uint64_t tokens = 0;
    for (const caf::actor& actor : actors) {
      tokens += ask<Counter>(self_, actor, Get{0}).count;
      caf::anon_send(actor, Next{caf::actor{}});  // they hold each other
      stop(actor);
    }
    require(tokens == hops / 10 + hops + 2, "each hop is one token");
    Result(run_.peer, run_.workload, hops, per_operation(time, hops));
  }

 private:
  static void tell_all(const caf::actor& actor, std::uint64_t first, std::uint64_t count) {
    for (std::uint64_t seq = first; seq < first + count; ++seq) {
      caf::anon_send(actor, payload_of(seq));
    }
  }

  static void stop(const caf::actor& actor) { caf::anon_send_exit(actor, caf::exit_reason::kill); }

  caf::actor make_server() {
    return is_detached_ ? system_.spawn<caf::detached>(server) : system_.spawn(server);
  }

  caf::actor make_manager() {
    const std::size_t counters = run_.name == "W5" ? run_.handlers : 1;
    const bool appends = run_.name != "W5";
    return is_detached_ ? system_.spawn<caf::detached>(manager, counters, appends)
                        : system_.spawn(manager, counters, appends);
  }

  caf::actor_system& system_;
  const Run& run_;
  caf::scoped_actor self_;
  const bool is_detached_;
};

int run_caf(const Run& run) {
  caf::actor_system_config config;
  caf::actor_system system{config};
  CafBench bench(system, run);
  if (run.name == "W1") {
    bench.cast();
  } else if (run.name == "W2") {
    bench.call();
  } else if (run.name == "W2in") {
    bench.inner_call();
  } else if (run.name == "W3b") {
    bench.sync_notify();
  } else if (run.name == "W3" || run.name == "W4" || run.name == "W5") {
    bench.notify();
  } else if (run.name == "W6") {
    bench.many();
  } else if (run.name == "W6ring") {
    bench.ring();
  } else {
    return no_such_workload(run);
  }
  return 0;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  return bench::run_caf(bench::run_of(argc, argv));
}
