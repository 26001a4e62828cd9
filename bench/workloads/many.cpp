// SPDX-License-Identifier: Apache-2.0
// W6: 100,000 servers. W6ring: a token round a ring of 1,000.
#include "bench/workloads/embedded_host.hpp"
#include "bench/workloads/workloads.hpp"

namespace bench {

using namespace baton;

void run_many(const Run& run) {
  const std::uint64_t n = run.operations(100'000);
  EmbeddedHost host;
  const ServerSpec spec = host.plugins().server("count", "CountServer");
  const Message get = request_of("get", host.atoms());
  Numbered numbered(host.atoms());
  (void)or_die(host.server(spec)->call(get, infinity));  // the first one of its type pays for that
  std::vector<std::shared_ptr<ServerProcess>> servers;
  servers.reserve(n);

  const std::uint64_t resident = resident_bytes();
  const std::uint64_t begin = now_ns();
  for (std::uint64_t i = 0; i < n; ++i) {
    servers.push_back(host.server(spec));
  }
  const std::uint64_t started = now_ns();
  const std::uint64_t grown = resident_bytes() - resident;
  for (const auto& server : servers) {
    (void)or_die(server->cast({&numbered(1), 1}));
  }
  for (const auto& server : servers) {
    const auto counter = plain<Counter>(or_die(server->call(get, infinity)));
    require((counter == Counter{1, 1}), "each has its cast, once");
  }
  const std::uint64_t touched = now_ns();
  for (const auto& server : servers) {
    or_die(server->stop(ExitReason::normal(), infinity));
  }
  const std::uint64_t stopped = now_ns();
  Result(run.peer, run.workload, n, per_operation(started - begin, n))
      .add("bytes_rss", per_operation(grown, n))
      .add("first_touch_ns", per_operation(touched - started, n))
      .add("stop_ns", per_operation(stopped - touched, n));
}

void run_ring(const Run& run) {
  constexpr std::uint64_t size = 1000;
  const std::uint64_t hops =
      (run.operations(1'000'000) + size - 1) / size * size;  // so that it ends where it began
  EmbeddedHost host;
  const auto name = [](std::uint64_t i) {
    return "ring." + std::to_string(i % size);
  };
  std::vector<std::shared_ptr<ServerProcess>> ring;
  for (std::uint64_t i = 0; i < size; ++i) {
    ring.push_back(
        host.server(host.plugins().server("actors", "RingServer", {{"next", name(i + 1)}}, name(i))));
  }
  const Message wait = request_of("wait", host.atoms());
  Numbered token(host.atoms(), "token");
  const auto go_round = [&](std::uint64_t how_often) {
    Request<Reply> done = ring.front()->send_request(wait);
    const std::uint64_t begin = now_ns();
    (void)or_die(ring.front()->cast({&token(how_often), 1}));
    const auto response = done.receive_response(infinity);
    require(response.result && or_die(*response.result).data == "done", "the token comes to its end");
    return now_ns() - begin;
  };
  const std::uint64_t hops_to_warm_up = hops / 10 / size * size;
  (void)go_round(hops_to_warm_up);
  const std::uint64_t time = go_round(hops);
  std::uint64_t tokens = 0;
  for (const auto& server : ring) {
    tokens += std::stoull(or_die(server->call(request_of("count", host.atoms()), infinity)).data);
  }
  require(tokens == hops_to_warm_up + hops + 2, "each hop is one token");
  Result(run.peer, run.workload, hops, per_operation(time, hops));
}

}  // namespace bench
