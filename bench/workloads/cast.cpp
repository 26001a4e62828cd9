// SPDX-License-Identifier: Apache-2.0
// W1: casts of one producer to one server, each a call of the API.
#include "bench/workloads/embedded_host.hpp"
#include "bench/workloads/workloads.hpp"

namespace bench {
namespace {

using namespace baton;

void cast_all(ServerProcess& server, Numbered& numbered, std::uint64_t n) {
  for (std::uint64_t seq = 0; seq < n; ++seq) {
    const auto accepted = server.cast({&numbered(seq), 1});
    require(accepted && *accepted == 1, "a cast is accepted");
  }
}

void check_order(EmbeddedHost& host, std::uint64_t n) {
  const auto witness =
      host.server(host.plugins().server("witness", "WitnessServer", {{"each", std::to_string(n)}}));
  Numbered numbered(host.atoms());
  cast_all(*witness, numbered, n);
  require(or_die(witness->call(request_of("count", host.atoms()), infinity)).data == std::to_string(n),
          "casts come in their order");
}

}  // namespace

void run_cast(const Run& run) {
  const std::uint64_t n = run.operations(1'000'000);
  EmbeddedHost host;
  const auto server = host.server(host.plugins().server("count", "CountServer"));
  const Message get = request_of("get", host.atoms());
  Numbered numbered(host.atoms());
  cast_all(*server, numbered, n / 10);
  require_counted(n / 10, plain<Counter>(or_die(server->call(get, infinity))));
  (void)or_die(server->call(request_of("reset", host.atoms()), infinity));

  const std::uint64_t begin = now_ns();
  cast_all(*server, numbered, n);
  const std::uint64_t sent = now_ns();
  const Reply reply = or_die(server->call(get, infinity));
  const std::uint64_t end = now_ns();
  require_counted(n, plain<Counter>(reply));
  check_order(host, n / 10);
  Result(run.peer, run.workload, n, per_operation(end - begin, n))
      .add("send_ns", per_operation(sent - begin, n))
      .add("waiting_max", static_cast<double>(server->mailbox_counters().waiting_max));
}

}  // namespace bench
