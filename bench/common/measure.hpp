// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench/common/payload.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <string>
#include <unistd.h>
#include <vector>

/// What every program of a workload measures with, and how it tells its result: one line of JSON on standard
/// output. A program that finds its check broken says so and exits with 3, and there is no result.
namespace bench {

/// CLOCK_MONOTONIC, as the Erlang machine has it.
[[nodiscard]] inline std::uint64_t now_ns() {
  timespec now{};
  (void)clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(now.tv_nsec);
}

/// Stops this program, unless `holds`.
inline void require(bool holds, const char* what) {
  if (!holds) {
    (void)std::fprintf(stderr, "CHECK FAILED: %s\n", what);
    (void)std::fflush(stderr);
    _exit(3);
  }
}

/// Stops this program, unless each of 0 … n-1 was counted once.
inline void require_counted(std::uint64_t n, const Counter& counter) {
  if (counter != counted(n)) {
    (void)std::fprintf(stderr, "CHECK FAILED: of %" PRIu64 " counted %" PRIu64 ", their sum is %" PRIu64 "\n",
                       n, counter.count, counter.sum);
    (void)std::fflush(stderr);
    _exit(3);
  }
}

/// Memory of this process that is resident now, in bytes.
[[nodiscard]] inline std::uint64_t resident_bytes() {
  unsigned long long size = 0;
  unsigned long long resident = 0;
  if (std::FILE* statm = std::fopen("/proc/self/statm", "re")) {
    const int fields = std::fscanf(statm, "%llu %llu", &size, &resident);
    (void)std::fclose(statm);
    require(fields == 2, "/proc/self/statm can be read");
  }
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

/// How long each of many operations took: the differences of successive readings of the clock.
class Latencies {
 public:
  explicit Latencies(std::size_t operations) { ns_.reserve(operations); }

  void add(std::uint64_t ns) {
    constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
    ns_.push_back(static_cast<std::uint32_t>(std::min(ns, most)));
  }

  void clear() { ns_.clear(); }

  [[nodiscard]] std::size_t size() const { return ns_.size(); }

  void sort() { std::sort(ns_.begin(), ns_.end()); }

  /// Requires: sorted.
  [[nodiscard]] double at(double share) const {
    if (ns_.empty()) {
      return 0;
    }
    const auto index = static_cast<std::size_t>(share * static_cast<double>(ns_.size()));
    return ns_[std::min(index, ns_.size() - 1)];
  }

 private:
  std::vector<std::uint32_t> ns_;
};

/// One result; written when it goes.
class Result {
 public:
  Result(const std::string& peer, const std::string& workload, std::uint64_t operations,
         double ns_per_operation)
      : line_("{\"peer\": \"" + peer + "\", \"workload\": \"" + workload +
              "\", \"n\": " + std::to_string(operations)) {
    add("ns", ns_per_operation);
  }

  Result(const Result&) = delete;
  Result& operator=(const Result&) = delete;

  ~Result() {
    (void)std::printf("%s}\n", line_.c_str());
    (void)std::fflush(stdout);
  }

  Result& add(const char* name, double value) {
    char text[64];
    (void)std::snprintf(text, sizeof text, ", \"%s\": %.3f", name, value);
    line_ += text;
    return *this;
  }

  /// Sorts them.
  Result& add(Latencies& latencies) {
    latencies.sort();
    add("p50", latencies.at(0.5)).add("p90", latencies.at(0.9)).add("p99", latencies.at(0.99));
    return add("p999", latencies.at(0.999)).add("max", latencies.at(1));
  }

 private:
  std::string line_;
};

[[nodiscard]] inline double per_operation(std::uint64_t ns, std::uint64_t operations) {
  return static_cast<double>(ns) / static_cast<double>(operations);
}

/// What every program is called with: PROGRAM PEER WORKLOAD [N]. `W5/100` is W5 with 100 handlers.
struct Run {
  std::string peer;
  std::string workload;  // as given
  std::string name;      // without the number of handlers
  std::size_t handlers = 2;
  std::uint64_t n = 0;  // 0: the workload's own

  [[nodiscard]] std::uint64_t operations(std::uint64_t usual) const { return n > 0 ? n : usual; }

  /// W5: as many events as make ten million deliveries.
  [[nodiscard]] std::uint64_t events(std::uint64_t usual) const {
    return operations(name == "W5" ? std::min<std::uint64_t>(1'000'000, 10'000'000 / handlers) : usual);
  }
};

inline Run run_of(int argc, char** argv) {
  if (argc < 3 || argc > 4) {
    (void)std::fprintf(stderr, "usage: %s PEER WORKLOAD [N]\n", argv[0]);
    std::exit(64);
  }
  Run run;
  run.peer = argv[1];
  run.workload = argv[2];
  run.name = run.workload.substr(0, run.workload.find('/'));
  if (run.name.size() < run.workload.size()) {
    run.handlers = std::strtoull(run.workload.c_str() + run.name.size() + 1, nullptr, 10);
  }
  run.n = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 0;
  require(run.handlers > 0, "there is a handler");
  return run;
}

/// For a main() that does not know the workload.
inline int no_such_workload(const Run& run) {
  (void)std::fprintf(stderr, "%s does not run %s\n", run.peer.c_str(), run.workload.c_str());
  return 64;
}

}  // namespace bench
