// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/invocation.hpp"
#include "host/base/result.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace baton {

/// What the producers of a `bench` do.
struct LoadPlan {
  std::filesystem::path socket;
  std::string manager;
  std::string type;  // of the events
  std::string run;   // the first word of each event's data
  std::size_t producers = 4;
  std::uint64_t rate = 0;  // events per second, of all together; 0: as fast as it goes
  std::chrono::steady_clock::duration duration{};
  std::size_t size = 0;  // data is padded to so many bytes
};

/// What one producer saw.
struct ProducerTally {
  std::uint64_t accepted = 0;
  std::uint64_t numbered = 0;  // its events have the numbers 1 to this; more than accepted: some were dropped
  std::uint64_t rejected = 0;  // the mailbox was full: sent again under the same number
  std::optional<Error> error;  // why it stopped early
};

/// The producers, each a thread with a connection of its own. An event that was rejected is sent again
/// under its number; one that the mailbox dropped is not, as nobody knows which it was. One owner.
class BenchLoad {
 public:
  /// Starts them, as far as there are threads.
  explicit BenchLoad(LoadPlan plan);
  ~BenchLoad();
  BenchLoad(const BenchLoad&) = delete;
  BenchLoad& operator=(const BenchLoad&) = delete;

  /// Their time is over, or each has given up. Threads: any.
  [[nodiscard]] bool is_done() const { return running_.load() == 0; }

  /// Asks them to end early.
  void stop() { stop_ = true; }

  /// Waits for them. Once.
  std::vector<ProducerTally> join();

  /// From the start to the end of the last producer. After join().
  [[nodiscard]] std::chrono::steady_clock::duration took() const { return took_; }

 private:
  void produce(std::size_t producer);
  /// How many are due now; waits when none is.
  [[nodiscard]] std::size_t due(std::uint64_t sent) const;
  [[nodiscard]] std::string lines(std::size_t producer, std::uint64_t first, std::size_t count) const;

  const LoadPlan plan_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::duration took_{};
  std::atomic<bool> stop_ = false;
  std::atomic<std::size_t> running_;
  std::vector<ProducerTally> tallies_;  // each written by its thread only
  std::vector<std::thread> threads_;
};

}  // namespace baton
