// SPDX-License-Identifier: Apache-2.0
// The lane (lane_box.hpp) as a host of its own. usage: bench_lane PEER WORKLOAD [N]
//   lane           as many letters as there is memory for
//   lane-bounded   at most 8 chunks of 1,024 per producer
// With /batch, handlers get events in batches.
#include "bench/common/queue_workloads.hpp"
#include "bench/probes/lane_box.hpp"

int main(int argc, char** argv) {
  const bench::Run run = bench::run_of(argc, argv);
  return run.peer.starts_with("lane-bounded") ? bench::run_queue<bench::LaneBox<8>>(run)
                                              : bench::run_queue<bench::LaneBox<0>>(run);
}
