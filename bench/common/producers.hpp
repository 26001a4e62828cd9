// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench/common/measure.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

/// Who sends and who asks, the same for our host and for its peers in C++.
namespace bench {

/// Has `send(first, count)` called for each producer's share of the numbers 0 … n-1: one producer is this
/// thread, several are threads of their own, which are released together. Returns when that was, once all
/// have sent.
template <class Send>
std::uint64_t send_by(std::size_t producers, std::uint64_t n, Send send) {
  if (producers == 1) {
    const std::uint64_t begin = now_ns();
    send(std::uint64_t{0}, n);
    return begin;
  }
  std::atomic<std::size_t> ready{0};
  std::atomic<bool> is_released{false};
  std::vector<std::thread> threads;
  const std::uint64_t each = n / producers;
  for (std::size_t i = 0; i < producers; ++i) {
    threads.emplace_back([&, i] {
      ++ready;
      is_released.wait(false);
      send(i * each, each);
    });
  }
  while (ready < producers) {
    std::this_thread::yield();
  }
  const std::uint64_t begin = now_ns();
  is_released = true;
  is_released.notify_all();
  for (std::thread& thread : threads) {
    thread.join();
  }
  return begin;
}

/// Asks `n` times, `ask(seq)`; with a pace, sleeps for that long before each, outside of its time. Returns
/// the time of all.
template <class Ask>
std::uint64_t ask_all(std::uint64_t n, std::chrono::milliseconds pace, Latencies& latencies, Ask& ask) {
  latencies.clear();
  const std::uint64_t begin = now_ns();
  std::uint64_t last = begin;
  for (std::uint64_t seq = 0; seq < n; ++seq) {
    if (pace.count() > 0) {
      std::this_thread::sleep_for(pace);
      last = now_ns();
    }
    ask(seq);
    const std::uint64_t now = now_ns();
    latencies.add(now - last);
    last = now;
  }
  return last - begin;
}

/// A tenth of the questions to warm up, all of them, a Result. `ask` checks each answer.
template <class Ask>
void measure_questions(const Run& run, std::uint64_t n, std::chrono::milliseconds pace, Ask ask) {
  Latencies latencies(n);
  (void)ask_all(n / 10, pace, latencies, ask);
  const std::uint64_t time = ask_all(n, pace, latencies, ask);
  Result(run.peer, run.workload, n, per_operation(time, n)).add(latencies);
}

/// Stops this program, unless each of the questions of measure_questions() was counted once.
inline void require_asked(std::uint64_t n, const Counter& counter) {
  const Counter warm_up = counted(n / 10);
  require_counted(n, {counter.count - warm_up.count, counter.sum - warm_up.sum});
}

}  // namespace bench
