// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace baton::simulation {

/// Where everything random of a run comes from. SplitMix64: small, fast, and the same with every
/// standard library, which the distributions of <random> are not.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }

  /// 0 … n-1. The bias of the remainder is of no importance here.
  std::uint32_t below(std::uint64_t n) { return static_cast<std::uint32_t>(next() % n); }

  std::uint32_t between(std::uint32_t least, std::uint32_t most) { return least + below(most - least + 1); }

  bool one_in(std::uint32_t n) { return below(n) == 0; }

  template <class T, std::size_t n>
  const T& one_of(const T (&choices)[n]) {
    return choices[below(n)];
  }

 private:
  std::uint64_t state_;
};

}  // namespace baton::simulation
