// SPDX-License-Identifier: Apache-2.0
// One run of one workload on our host. usage: baton_workloads PEER WORKLOAD [N]
#include "bench/workloads/workloads.hpp"

#include <map>
#include <string>

int main(int argc, char** argv) {
  const bench::Run run = bench::run_of(argc, argv);
  const std::map<std::string, void (*)(const bench::Run&)> workloads = {
      {"W0", bench::run_boot},         {"W1", bench::run_cast},         {"W2", bench::run_call},
      {"W2p", bench::run_paced_call},  {"W2in", bench::run_inner_call}, {"W3", bench::run_notify},
      {"W3b", bench::run_sync_notify}, {"W4", bench::run_notify},       {"W5", bench::run_notify},
      {"W6", bench::run_many},         {"W6ring", bench::run_ring},     {"W7", bench::run_swap},
      {"W7big", bench::run_swap},
  };
  const auto workload = workloads.find(run.name);
  if (workload == workloads.end()) {
    return bench::no_such_workload(run);
  }
  workload->second(run);
  return 0;
}
