// SPDX-License-Identifier: Apache-2.0
// Small processes on two workers (run_next.hpp). usage: bench_run_next PEER WORKLOAD [N]
//   run-next   W2in, W6, W6ring
//   inline     W2, W2p: calls that the caller's own thread runs
#include "bench/common/producers.hpp"
#include "bench/probes/run_next.hpp"

#include <memory>
#include <vector>

namespace bench {
namespace {

using Kind = RunNext::Letter::Kind;

Counter counter_of(RunNext& host, RunNext::Actor& actor) {
  ReplySlot reply;
  host.send(actor, payload_of(0), Kind::get, &reply);
  const std::uint64_t count = reply.wait(spins_of_a_wake_up);
  return {count, reply.second()};
}

void run_many(const Run& run) {
  const std::uint64_t n = run.operations(100'000);
  RunNext host;
  std::vector<std::unique_ptr<RunNext::Actor>> actors;
  actors.reserve(n);
  const std::uint64_t resident = resident_bytes();
  const std::uint64_t begin = now_ns();
  for (std::uint64_t i = 0; i < n; ++i) {
    actors.push_back(std::make_unique<RunNext::Actor>());
  }
  const std::uint64_t started = now_ns();
  const std::uint64_t grown = resident_bytes() - resident;
  for (const auto& actor : actors) {
    host.send(*actor, payload_of(1), Kind::cast, nullptr);
  }
  for (const auto& actor : actors) {
    require((counter_of(host, *actor) == Counter{1, 1}), "each has its cast, once");
  }
  const std::uint64_t touched = now_ns();
  for (const auto& actor : actors) {
    while (!actor->is_idle()) {
      relax();
    }
  }
  actors.clear();
  const std::uint64_t stopped = now_ns();
  Result(run.peer, run.workload, n, per_operation(started - begin, n))
      .add("bytes_rss", per_operation(grown, n))
      .add("first_touch_ns", per_operation(touched - started, n))
      .add("stop_ns", per_operation(stopped - touched, n));
}

void run_ring(const Run& run) {
  const std::uint64_t hops = run.operations(1'000'000);
  std::vector<RunNext::Actor> ring(1000);
  for (std::size_t i = 0; i < ring.size(); ++i) {
    ring[i].other = &ring[(i + 1) % ring.size()];
  }
  RunNext host;
  std::uint64_t time = 0;
  for (const std::uint64_t count : {hops / 10, hops}) {
    ReplySlot done;
    const std::uint64_t begin = now_ns();
    host.send(ring[0], payload_of(count), Kind::token, &done);
    (void)done.wait(spins_of_a_wake_up);
    time = now_ns() - begin;
  }
  std::uint64_t tokens = 0;
  for (RunNext::Actor& actor : ring) {
    tokens += counter_of(host, actor).count;
  }
  require(tokens == hops / 10 + hops + 2, "each hop is one token");
  Result(run.peer, run.workload, hops, per_operation(time, hops));
}

void run_inner_call(const Run& run) {
  const std::uint64_t n = run.operations(100'000);
  RunNext::Actor caller;
  RunNext::Actor callee;
  RunNext host;
  Latencies latencies(n);
  std::uint64_t time = 0;
  for (const std::uint64_t count : {n / 10, n}) {
    latencies.clear();
    ReplySlot done;
    const std::uint64_t begin = now_ns();
    host.begin_calls(caller, callee, count, latencies, done);
    (void)done.wait(spins_of_a_wake_up);
    time = now_ns() - begin;
  }
  require_asked(n, counter_of(host, callee));
  Result(run.peer, run.workload, n, per_operation(time, n)).add(latencies);
}

void run_call(const Run& run) {
  const bool is_paced = run.name == "W2p";
  const std::uint64_t n = run.operations(is_paced ? 500 : 100'000);
  RunNext::Actor actor;
  RunNext host;
  measure_questions(run, n, std::chrono::milliseconds(is_paced ? 1 : 0), [&](std::uint64_t seq) {
    require(host.call(actor, payload_of(seq)) == seq + 1, "a call has its answer");
  });
  require_asked(n, counter_of(host, actor));
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  const bench::Run run = bench::run_of(argc, argv);
  if (run.name == "W2" || run.name == "W2p") {
    bench::run_call(run);
  } else if (run.name == "W2in") {
    bench::run_inner_call(run);
  } else if (run.name == "W6") {
    bench::run_many(run);
  } else if (run.name == "W6ring") {
    bench::run_ring(run);
  } else {
    return bench::no_such_workload(run);
  }
  return 0;
}
