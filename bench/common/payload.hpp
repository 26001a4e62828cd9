// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

/// What every workload sends and what is done with it: the same for our host and for each of its peers.
/// docs/performance.md has the workloads.
namespace bench {

/// The 32 bytes of every message.
struct Payload {
  std::uint64_t seq;
  std::uint64_t mixed;
  std::uint64_t next;
  std::uint64_t constant;

  bool operator==(const Payload&) const = default;
};

static_assert(sizeof(Payload) == 32);

[[nodiscard]] constexpr Payload payload_of(std::uint64_t seq) {
  return {seq, seq ^ 0x5555U, seq + 7, 42};
}

/// Of the bytes of a message, which has at least these eight.
[[nodiscard]] inline std::uint64_t seq_of(std::string_view data) {
  std::uint64_t seq = 0;
  std::memcpy(&seq, data.data(), sizeof seq);
  return seq;
}

/// The state of a counting server or handler.
struct Counter {
  std::uint64_t count = 0;
  std::uint64_t sum = 0;

  void take(std::uint64_t seq) {
    ++count;
    sum += seq;
  }

  bool operator==(const Counter&) const = default;
};

/// What a Counter holds when each of 0 … n-1 came once.
[[nodiscard]] constexpr Counter counted(std::uint64_t n) {
  return {n, n == 0 ? 0 : n * (n - 1) / 2};
}

/// The state of the second handler: a list that is emptied each 1,024 entries.
class Appended {
 public:
  Appended() { seqs_.reserve(entries_max); }

  void take(std::uint64_t seq) {
    seqs_.push_back(seq);
    if (seqs_.size() == entries_max) {
      flushed_ += entries_max;
      seqs_.clear();
    }
  }

  [[nodiscard]] std::uint64_t total() const { return flushed_ + seqs_.size(); }

 private:
  static constexpr std::size_t entries_max = 1024;
  std::vector<std::uint64_t> seqs_;
  std::uint64_t flushed_ = 0;
};

}  // namespace bench
