// SPDX-License-Identifier: Apache-2.0
// What the machine itself takes just now: one Result. usage: bench_machine machine ROUND_TRIP [N]
//   ns         a round trip of a cache line between the first two cores that this process may use
//   clock_ns   one reading of the clock, which every latency contains
// The hypervisor of a virtual machine moves its cores; the round trip tells near from far.
#include "bench/common/measure.hpp"
#include "bench/common/spin.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
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

/// 0: there is only one core. The median of many short looks, so that it tells of the cores even when other
/// processes take them away in between; and it is over soon also then.
double round_trip_ns(std::uint64_t looks_max) {
  constexpr std::uint64_t trips = 200;
  constexpr std::uint64_t patience_ns = 300'000'000;
  constexpr std::uint64_t end_of_trips = ~std::uint64_t{0};
  const std::vector<std::size_t> cores = usable_cores();
  if (cores.size() < 2) {
    return 0;
  }
  Line there;
  Line back;
  std::thread other([&] {
    pin_to(cores[1]);
    for (std::uint64_t seen = 0; seen != end_of_trips;) {
      const std::uint64_t value = there.value.load(std::memory_order_acquire);
      if (value != seen) {
        seen = value;
        back.value.store(seen, std::memory_order_release);
      } else {
        relax();
      }
    }
  });
  pin_to(cores[0]);
  std::vector<double> looks;
  std::uint64_t trip = 0;
  const std::uint64_t begin = now_ns();
  while (looks.size() < looks_max && (looks.size() < 3 || now_ns() < begin + patience_ns)) {
    const std::uint64_t look_begin = now_ns();
    for (std::uint64_t i = 0; i < trips; ++i) {
      there.value.store(++trip, std::memory_order_release);
      wait_for(back, trip);
    }
    looks.push_back(per_operation(now_ns() - look_begin, trips));
  }
  there.value.store(end_of_trips, std::memory_order_release);
  other.join();
  const auto middle = looks.begin() + static_cast<std::ptrdiff_t>(looks.size() / 2);
  std::nth_element(looks.begin(), middle, looks.end());
  return *middle;
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
  const std::uint64_t n = run.operations(200);
  bench::Result(run.peer, run.workload, n, bench::round_trip_ns(n)).add("clock_ns", bench::clock_ns());
  return 0;
}
