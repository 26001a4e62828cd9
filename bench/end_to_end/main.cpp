// SPDX-License-Identifier: Apache-2.0
// The client's side of one run. usage: bench_end_to_end PEER WORKLOAD N SOCKET BATON; N of 0: the workload's
// own. Or: bench_end_to_end lines FIRST COUNT, which writes numbered lines.
#include "bench/end_to_end/workloads.hpp"

#include <map>
#include <string>

int main(int argc, char** argv) {
  if (argc == 4 && std::string(argv[1]) == "lines") {
    bench::write_numbered_lines(std::strtoull(argv[2], nullptr, 10), std::strtoull(argv[3], nullptr, 10));
    return 0;
  }
  if (argc != 6) {
    (void)std::fprintf(stderr, "usage: %s PEER WORKLOAD N SOCKET BATON\n", argv[0]);
    return 64;
  }
  const bench::EndToEndRun run{bench::run_of(4, argv), argv[4], argv[5]};
  const std::map<std::string, void (*)(const bench::EndToEndRun&)> workloads = {
      {"E1", bench::run_pipe},     {"E2", bench::run_own_notify},  {"E3", bench::run_http_notify},
      {"E4", bench::run_own_call}, {"E4p", bench::run_whole_call},
  };
  const auto workload = workloads.find(run.name);
  if (workload == workloads.end()) {
    return bench::no_such_workload(run);
  }
  workload->second(run);
  return 0;
}
