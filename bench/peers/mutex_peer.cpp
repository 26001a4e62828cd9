// SPDX-License-Identifier: Apache-2.0
// A queue behind std::mutex and std::condition_variable. usage: bench_mutex PEER WORKLOAD [N]
//   mutex        one message per lock, as the textbook has it
//   mutex-swap   the consumer takes all at once, and is woken only when there was nothing
#include "bench/common/queue_workloads.hpp"
#include "bench/peers/mutex_box.hpp"

int main(int argc, char** argv) {
  const bench::Run run = bench::run_of(argc, argv);
  return run.peer.starts_with("mutex-swap") ? bench::run_queue<bench::MutexSwapBox>(run)
                                            : bench::run_queue<bench::MutexBox>(run);
}
