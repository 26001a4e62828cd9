// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>

/// What came of the numbers that one producer counted up from 1: which are missing, came twice, came late.
class Sequence {
 public:
  /// So many gaps are known apart; of more, the oldest is forgotten, and what still comes of it counts as
  /// duplicated.
  static constexpr std::size_t gaps_max = 100'000;

  void see(std::uint64_t number) {
    ++events_;
    if (number == next_) {
      ++next_;
    } else if (number > next_) {
      open_gap(next_, number);
      next_ = number + 1;
    } else if (fill(number)) {
      ++out_of_order_;
    } else {
      ++duplicated_;
    }
  }

  /// The lowest number that has not been seen and is behind all that have.
  [[nodiscard]] std::uint64_t next() const { return next_; }

  [[nodiscard]] std::uint64_t events() const { return events_; }

  [[nodiscard]] std::uint64_t duplicated() const { return duplicated_; }

  /// Came after a higher number.
  [[nodiscard]] std::uint64_t out_of_order() const { return out_of_order_; }

  /// Below next(), and never seen.
  [[nodiscard]] std::uint64_t missing() const { return missing_; }

  template <class Writer>
  void save(Writer& out) const {
    for (const std::uint64_t number : {next_, events_, duplicated_, out_of_order_, missing_}) {
      out.u64(number);
    }
    out.u64(gaps_.size());
    for (const auto& [first, end] : gaps_) {
      out.u64(first);
      out.u64(end);
    }
  }

  template <class Reader>
  static Sequence load(Reader& in) {
    Sequence sequence;
    for (std::uint64_t* const number : {&sequence.next_, &sequence.events_, &sequence.duplicated_,
                                        &sequence.out_of_order_, &sequence.missing_}) {
      *number = in.u64();
    }
    const std::size_t count = in.count(2 * sizeof(std::uint64_t));
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t first = in.u64();
      sequence.gaps_.emplace_hint(sequence.gaps_.end(), first, in.u64());
    }
    return sequence;
  }

 private:
  void open_gap(std::uint64_t first, std::uint64_t end) {
    if (gaps_.size() == gaps_max) {
      gaps_.erase(gaps_.begin());
    }
    gaps_.emplace_hint(gaps_.end(), first, end);
    missing_ += end - first;
  }

  /// False: it was not missing.
  bool fill(std::uint64_t number) {
    auto gap = gaps_.upper_bound(number);
    if (gap == gaps_.begin() || number >= std::prev(gap)->second) {
      return false;
    }
    --gap;
    const std::uint64_t end = gap->second;
    if (gap->first == number) {
      gaps_.erase(gap);
    } else {
      gap->second = number;
    }
    if (number + 1 < end) {
      gaps_.emplace(number + 1, end);
    }
    --missing_;
    return true;
  }

  std::uint64_t next_ = 1;
  std::uint64_t events_ = 0;
  std::uint64_t duplicated_ = 0;
  std::uint64_t out_of_order_ = 0;
  std::uint64_t missing_ = 0;
  std::map<std::uint64_t, std::uint64_t> gaps_;  // from the first that is missing to the next that is not
};
