// SPDX-License-Identifier: Apache-2.0
// What the machine itself takes just now: one Result. usage: bench_machine machine ROUND_TRIP [N]
//   ns         a round trip of a cache line between the first two cores that this process may use
//   clock_ns   one reading of the clock, which every latency contains
// The hypervisor of a virtual machine moves its cores; the round trip tells near from far.
#include "bench/common/measure.hpp"
#include "bench/common/spin.hpp"

#include <atomic>
#include <sched.h>
#include <thread>
#include <vector>

namespace bench {
namespace {

struct alignas(64) Line {
  std::atomic<std::uint64_t> value{0};
};

std::vector<std::size_t> usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  require(sched_getaffinity(0, sizeof set, &set) == 0, "the cores can be asked for");
  std::vector<std::size_t> cores;
  for (std::size_t core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &set)) {
      cores.push_back(core);
    }
  }
  return cores;
}

void pin_to(std::size_t core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  (void)sched_setaffinity(0, sizeof set, &set);
}

void wait_for(const Line& line, std::uint64_t value) {
  while (line.value.load(std::memory_order_acquire) != value) {
    relax();
  }
}

/// 0: there is only one core.
double round_trip_ns(std::uint64_t n) {
  const std::vector<std::size_t> cores = usable_cores();
  if (cores.size() < 2) {
    return 0;
  }
  Line there;
  Line back;
  std::thread other([&] {
    pin_to(cores[1]);
    for (std::uint64_t i = 1; i <= n; ++i) {
      wait_for(there, i);
      back.value.store(i, std::memory_order_release);
    }
  });
  pin_to(cores[0]);
  std::uint64_t begin = now_ns();
  for (std::uint64_t i = 1; i <= n; ++i) {
    there.value.store(i, std::memory_order_release);
    wait_for(back, i);
    if (i == n / 10) {
      begin = now_ns();
    }
  }
  const std::uint64_t end = now_ns();
  other.join();
  return per_operation(end - begin, n - n / 10);
}

double clock_ns() {
  constexpr std::uint64_t readings = 100'000;
  const std::uint64_t begin = now_ns();
  std::uint64_t last = begin;
  for (std::uint64_t i = 0; i < readings; ++i) {
    last = now_ns();
  }
  return per_operation(last - begin, readings);
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  const bench::Run run = bench::run_of(argc, argv);
  const std::uint64_t n = run.operations(20'000);
  bench::Result(run.peer, run.workload, n, bench::round_trip_ns(n)).add("clock_ns", bench::clock_ns());
  return 0;
}
