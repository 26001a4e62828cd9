// SPDX-License-Identifier: Apache-2.0
// W7, W7big: swaps under 100,000 events a second, and how long events waited.
#include "bench/common/gaps.hpp"
#include "bench/common/spin.hpp"
#include "bench/workloads/embedded_host.hpp"
#include "bench/workloads/workloads.hpp"

#include <chrono>
#include <cstring>
#include <thread>

namespace bench {
namespace {

using namespace baton;

void notify_paced(EventManager& manager, AtomTable& atoms, std::uint64_t n) {
  Numbered numbered(atoms);
  std::uint64_t due = now_ns();
  for (std::uint64_t seq = 0; seq < n; ++seq, due += SwapLoad::pace_ns) {
    while (now_ns() < due) {
      relax();
    }
    (void)or_die(manager.notify({&numbered(seq), 1}));
  }
}

std::vector<std::uint64_t> times_of_calls(EventManager& manager, AtomTable& atoms) {
  const std::string data = or_die(manager.call("TickHandler", request_of("get", atoms), infinity)).data;
  std::vector<std::uint64_t> times(data.size() / sizeof(std::uint64_t));
  std::memcpy(times.data(), data.data(), times.size() * sizeof times[0]);
  return times;
}

}  // namespace

void run_swap(const Run& run) {
  const SwapLoad load{run.operations(SwapLoad::events_usual)};
  EmbeddedHost host;
  const auto manager = host.manager();
  const char* type = run.name == "W7big" ? "LargeSwappedHandler" : "SwappedHandler";
  const HandlerSpec versions[] = {host.plugins().handler("swapped_1", type, {}, "counter"),
                                  host.plugins().handler("swapped_2", type, {}, "counter")};
  (void)or_die(manager->add_handler(versions[0]));
  (void)or_die(manager->add_handler(host.plugins().handler("witness", "TickHandler")));

  const std::uint64_t begin = now_ns();
  std::thread producer([&] { notify_paced(*manager, host.atoms(), load.events); });
  std::this_thread::sleep_for(std::chrono::nanoseconds(load.baseline_ns()));
  std::vector<SwapTime> swaps;
  Latencies pauses(load.swaps());
  for (std::size_t i = 0; i < load.swaps(); ++i) {
    SwapTime time{now_ns(), 0};
    const auto report =
        or_die(manager->swap_handler({"counter", versions[(i + 1) % 2], SwapMode::safe, "", ""}));
    time.end = now_ns();
    swaps.push_back(time);
    require(report.state_moved, "the state goes over");
    pauses.add(static_cast<std::uint64_t>(std::chrono::nanoseconds(report.pause).count()));
    std::this_thread::sleep_for(std::chrono::nanoseconds(SwapLoad::between_swaps_ns));
  }
  producer.join();
  require_counted(
      load.events,
      plain<Counter>(or_die(manager->call("counter", request_of("get", host.atoms()), infinity))));
  const std::vector<std::uint64_t> times = times_of_calls(*manager, host.atoms());
  require(times.size() == load.events, "the other handler has every event");
  pauses.sort();
  Result result(run.peer, run.workload, load.swaps(), 0);
  add_swaps(result, swaps, times, begin + load.baseline_ns());
  result.add("pause_p50", pauses.at(0.5)).add("pause_max", pauses.at(1));
}

}  // namespace bench
