// SPDX-License-Identifier: Apache-2.0
// Boost.Asio: a process is a strand on a thread_pool of two. usage: bench_asio asio-strand WORKLOAD [N]
#include "bench/common/producers.hpp"
#include "bench/common/queue_host.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include <memory>
#include <utility>  // Asio 1.74 needs it and does not say so
#include <vector>

namespace bench {
namespace {

using Pool = boost::asio::thread_pool;
using Strand = boost::asio::strand<Pool::executor_type>;

Strand strand_of(Pool& pool) {
  return boost::asio::make_strand(pool.get_executor());
}

class StrandServer {
 public:
  explicit StrandServer(Pool& pool) : strand_(strand_of(pool)) {}

  void cast(const Payload& payload) {
    boost::asio::post(strand_, [this, payload] { counter_.take(payload.seq); });
  }

  std::uint64_t call(const Payload& payload) {
    ReplySlot reply;
    boost::asio::post(strand_, [this, payload, &reply] {
      counter_.take(payload.seq);
      reply.set(payload.seq + 1);
    });
    return reply.wait(0);
  }

  Counter get() {
    ReplySlot reply;
    boost::asio::post(strand_, [this, &reply] { reply.set(counter_.count, counter_.sum); });
    const std::uint64_t count = reply.wait(0);
    return {count, reply.second()};
  }

  void reset() {
    boost::asio::post(strand_, [this] { counter_ = {}; });
  }

  void hand_on(const Payload& token, ReplySlot& done) {
    boost::asio::post(strand_, [this, token, &done] {
      ++counter_.count;
      if (token.seq > 0) {
        next->hand_on(payload_of(token.seq - 1), done);
      } else {
        done.set(1);
      }
    });
  }

  StrandServer* next = nullptr;

 private:
  Strand strand_;
  Counter counter_;
};

/// Its handlers are from .so files, as those of the queues.
class StrandManager {
 public:
  StrandManager(Pool& pool, const Run& run) : strand_(strand_of(pool)) {
    const bench_handler_table& count = load_table("count_table");
    const std::size_t counters = run.name == "W5" ? run.handlers : 1;
    for (std::size_t i = 0; i < counters; ++i) {
      add(count);
    }
    if (run.name != "W5") {
      add(load_table("append_table"));
    }
  }

  void notify(const Payload& payload) {
    boost::asio::post(strand_, [this, payload] { deliver(payload); });
  }

  void sync_notify(const Payload& payload) {
    ReplySlot reply;
    boost::asio::post(strand_, [this, payload, &reply] {
      deliver(payload);
      reply.set(1);
    });
    (void)reply.wait(0);
  }

  Counter get() {
    ReplySlot reply;
    boost::asio::post(strand_, [this, &reply] {
      Counter counter;
      slots_[0].table->get(slots_[0].state, &counter.count, &counter.sum);
      reply.set(counter.count, counter.sum);
    });
    const std::uint64_t count = reply.wait(0);
    return {count, reply.second()};
  }

 private:
  struct Slot {
    const bench_handler_table* table;
    void* state;
  };

  void add(const bench_handler_table& table) { slots_.push_back({&table, table.create()}); }

  void deliver(const Payload& payload) {
    for (const Slot& slot : slots_) {
      slot.table->handle_event(slot.state, reinterpret_cast<const bench_event*>(&payload));
    }
  }

  Strand strand_;
  std::vector<Slot> slots_;
};

void run_cast(const Run& run, Pool& pool) {
  const std::uint64_t n = run.operations(1'000'000);
  StrandServer server(pool);
  for (std::uint64_t seq = 0; seq < n / 10; ++seq) {
    server.cast(payload_of(seq));
  }
  require_counted(n / 10, server.get());
  server.reset();
  require_counted(0, server.get());
  const std::uint64_t begin = now_ns();
  for (std::uint64_t seq = 0; seq < n; ++seq) {
    server.cast(payload_of(seq));
  }
  const std::uint64_t sent = now_ns();
  const Counter counter = server.get();
  const std::uint64_t end = now_ns();
  require_counted(n, counter);
  Result(run.peer, run.workload, n, per_operation(end - begin, n))
      .add("send_ns", per_operation(sent - begin, n));
}

void run_call(const Run& run, Pool& pool) {
  const std::uint64_t n = run.operations(100'000);
  StrandServer server(pool);
  measure_questions(run, n, {}, [&](std::uint64_t seq) {
    require(server.call(payload_of(seq)) == seq + 1, "a call has its answer");
  });
}

void run_sync_notify(const Run& run, Pool& pool) {
  const std::uint64_t n = run.operations(100'000);
  StrandManager manager(pool, run);
  measure_questions(run, n, {}, [&](std::uint64_t seq) { manager.sync_notify(payload_of(seq)); });
  require(manager.get().count == n / 10 + n, "every event is handled");
}

void run_notify(const Run& run, Pool& pool) {
  const std::uint64_t n = run.events(1'000'000);
  const std::size_t producers = run.name == "W4" ? 4 : 1;
  StrandManager manager(pool, run);
  const auto notify = [&](std::uint64_t first, std::uint64_t count) {
    for (std::uint64_t seq = first; seq < first + count; ++seq) {
      manager.notify(payload_of(seq));
    }
  };
  notify(0, n / 10);
  const Counter before = manager.get();
  const std::uint64_t begin = send_by(producers, n, notify);
  const Counter counter = manager.get();
  const std::uint64_t end = now_ns();
  require_counted(n, {counter.count - before.count, counter.sum - before.sum});
  const double ns = per_operation(end - begin, n);
  Result(run.peer, run.workload, n, ns).add("ns_per_handler", ns / static_cast<double>(run.handlers));
}

void run_many(const Run& run, Pool& pool) {
  const std::uint64_t n = run.operations(100'000);
  std::vector<std::unique_ptr<StrandServer>> servers;
  servers.reserve(n);
  const std::uint64_t resident = resident_bytes();
  const std::uint64_t begin = now_ns();
  for (std::uint64_t i = 0; i < n; ++i) {
    servers.push_back(std::make_unique<StrandServer>(pool));
  }
  const std::uint64_t started = now_ns();
  const std::uint64_t grown = resident_bytes() - resident;
  for (const auto& server : servers) {
    server->cast(payload_of(1));
  }
  for (const auto& server : servers) {
    require((server->get() == Counter{1, 1}), "each has its cast, once");
  }
  const std::uint64_t touched = now_ns();
  servers.clear();
  const std::uint64_t stopped = now_ns();
  Result(run.peer, run.workload, n, per_operation(started - begin, n))
      .add("bytes_rss", per_operation(grown, n))
      .add("first_touch_ns", per_operation(touched - started, n))
      .add("stop_ns", per_operation(stopped - touched, n));
}

void run_ring(const Run& run, Pool& pool) {
  const std::uint64_t hops = run.operations(1'000'000);
  std::vector<std::unique_ptr<StrandServer>> ring;
  for (std::size_t i = 0; i < 1000; ++i) {
    ring.push_back(std::make_unique<StrandServer>(pool));
  }
  for (std::size_t i = 0; i < ring.size(); ++i) {
    ring[i]->next = ring[(i + 1) % ring.size()].get();
  }
  std::uint64_t time = 0;
  for (const std::uint64_t count : {hops / 10, hops}) {
    ReplySlot done;
    const std::uint64_t begin = now_ns();
    ring[0]->hand_on(payload_of(count), done);
    (void)done.wait(0);
    time = now_ns() - begin;
  }
  std::uint64_t tokens = 0;
  for (const auto& server : ring) {
    tokens += server->get().count;
  }
  require(tokens == hops / 10 + hops + 2, "each hop is one token");
  Result(run.peer, run.workload, hops, per_operation(time, hops));
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  const bench::Run run = bench::run_of(argc, argv);
  bench::Pool pool(2);
  if (run.name == "W1") {
    bench::run_cast(run, pool);
  } else if (run.name == "W2") {
    bench::run_call(run, pool);
  } else if (run.name == "W3b") {
    bench::run_sync_notify(run, pool);
  } else if (run.name == "W3" || run.name == "W4" || run.name == "W5") {
    bench::run_notify(run, pool);
  } else if (run.name == "W6") {
    bench::run_many(run, pool);
  } else if (run.name == "W6ring") {
    bench::run_ring(run, pool);
  } else {
    return bench::no_such_workload(run);
  }
  return 0;
}
