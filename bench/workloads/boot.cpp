// SPDX-License-Identifier: Apache-2.0
// W0: from the start of the process to the first event. The runner measures the time of the whole process.
#include "bench/workloads/embedded_host.hpp"
#include "bench/workloads/workloads.hpp"

namespace bench {

using namespace baton;

void run_boot(const Run& run) {
  EmbeddedHost host;
  const auto manager = host.manager();
  (void)or_die(manager->add_handler(host.plugins().handler("count", "CountHandler")));
  (void)or_die(manager->add_handler(host.plugins().handler("append", "AppendHandler")));
  Numbered numbered(host.atoms());
  (void)or_die(manager->notify({&numbered(0), 1}));
  require_counted(
      1, plain<Counter>(or_die(manager->call("CountHandler", request_of("get", host.atoms()), infinity))));
  Result(run.peer, run.workload, 1, 0).add("resident_bytes", static_cast<double>(resident_bytes()));
}

}  // namespace bench
