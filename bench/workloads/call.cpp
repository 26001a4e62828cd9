// SPDX-License-Identifier: Apache-2.0
// W2, W2p, W2in: one call after the other. The time limit is that of OTP and of ours, 5 s; `/infinity` has
// none.
#include "bench/common/producers.hpp"
#include "bench/plugins/actors.hpp"
#include "bench/workloads/embedded_host.hpp"
#include "bench/workloads/workloads.hpp"

#include <chrono>

namespace bench {
namespace {

using namespace baton;

void measure(const Run& run, std::uint64_t n, std::chrono::milliseconds pace) {
  EmbeddedHost host;
  const auto server = host.server(host.plugins().server("count", "CountServer"));
  Numbered rpc(host.atoms(), "rpc");
  const Duration limit = has_form(run, "infinity") ? infinity : default_call_timeout;
  measure_questions(run, n, pace, [&](std::uint64_t seq) {
    const auto reply = server->call(rpc(seq), limit);
    require(reply && plain<std::uint64_t>(*reply) == seq + 1, "a call has its answer");
  });
  require_asked(n, plain<Counter>(or_die(server->call(request_of("get", host.atoms()), infinity))));
}

}  // namespace

void run_call(const Run& run) {
  measure(run, run.operations(100'000), {});
}

void run_paced_call(const Run& run) {
  measure(run, run.operations(500), std::chrono::milliseconds(1));
}

void run_inner_call(const Run& run) {
  const std::uint64_t n = run.operations(100'000);
  EmbeddedHost host;
  const auto callee = host.server(host.plugins().server("count", "CountServer", {}, "callee"));
  const auto caller = host.server(host.plugins().server("actors", "CallingServer", {{"callee", "callee"}}));
  // Without a limit a plugin asks for the longest that the boundary has.
  const auto limit = has_form(run, "infinity") ? Duration::max() : default_call_timeout;
  CallOrder order{n / 10, static_cast<std::uint64_t>(limit.count())};
  Message begin = request_of("begin", host.atoms());
  begin.data = {reinterpret_cast<const std::uint8_t*>(&order), sizeof order};
  (void)or_die(caller->call(begin, infinity));
  (void)or_die(callee->call(request_of("reset", host.atoms()), infinity));
  order.calls = n;
  const auto figures = plain<CallFigures>(or_die(caller->call(begin, infinity)));
  require_counted(n, plain<Counter>(or_die(callee->call(request_of("get", host.atoms()), infinity))));
  Result(run.peer, run.workload, n, figures.mean)
      .add("p50", figures.p50)
      .add("p90", figures.p90)
      .add("p99", figures.p99)
      .add("p999", figures.p999)
      .add("max", figures.max);
}

}  // namespace bench
