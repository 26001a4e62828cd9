// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

/// How long things took, in microseconds: counts in buckets that are at most an eighth wide, so that a
/// percentile is at most that much too high.
class Times {
 public:
  void add(std::int64_t us) {
    const auto time = static_cast<std::uint64_t>(std::max<std::int64_t>(us, 0));
    ++counts_[bucket_of(time)];
    ++total_;
    longest_ = std::max(longest_, time);
  }

  /// The upper end of the bucket that so many of a thousand are not above; 0 when there are none.
  [[nodiscard]] std::uint64_t per_mille(std::uint64_t share) const {
    std::uint64_t left = (total_ * share + 999) / 1000;
    for (std::size_t i = 0; i < buckets && left > 0; ++i) {
      if (counts_[i] >= left) {
        return std::min(upper_end(i), longest_);
      }
      left -= counts_[i];
    }
    return 0;
  }

  [[nodiscard]] std::uint64_t longest() const { return longest_; }

  template <class Writer>
  void save(Writer& out) const {
    out.u64(longest_);
    for (const std::uint64_t count : counts_) {
      out.u64(count);
    }
  }

  template <class Reader>
  static Times load(Reader& in) {
    Times times;
    times.longest_ = in.u64();
    for (std::uint64_t& count : times.counts_) {
      count = in.u64();
      times.total_ += count;
    }
    return times;
  }

 private:
  // 0 to 15 have a bucket each; above, each power of two has eight.
  static constexpr std::size_t exact = 16;
  static constexpr std::size_t parts = 8;
  static constexpr std::size_t buckets = exact + parts * 60;

  static std::size_t bucket_of(std::uint64_t time) {
    if (time < exact) {
      return static_cast<std::size_t>(time);
    }
    const auto power = static_cast<std::size_t>(std::bit_width(time)) - 5;  // of the first of them: 0
    return exact + power * parts + static_cast<std::size_t>((time >> (power + 1)) - parts);
  }

  static std::uint64_t upper_end(std::size_t bucket) {
    if (bucket < exact) {
      return bucket;
    }
    const std::size_t power = (bucket - exact) / parts;
    const std::uint64_t part = (bucket - exact) % parts + parts;
    return ((part + 1) << (power + 1)) - 1;
  }

  std::array<std::uint64_t, buckets> counts_{};
  std::uint64_t total_ = 0;
  std::uint64_t longest_ = 0;
};

/// A time in which events waited and none was handed out. Microseconds since 1970 (UTC).
struct Pause {
  std::int64_t from_us = 0;
  std::int64_t to_us = 0;
  std::uint64_t at_event = 0;  // the first one afterwards

  [[nodiscard]] std::int64_t length() const { return to_us - from_us; }
};

/// The longest pauses, longest first.
class Pauses {
 public:
  static constexpr std::size_t kept = 16;

  void add(const Pause& pause) {
    if (pause.length() <= 0 || (all_.size() == kept && pause.length() <= all_.back().length())) {
      return;
    }
    const auto place = std::upper_bound(all_.begin(), all_.end(), pause, [](const Pause& a, const Pause& b) {
      return a.length() > b.length();
    });
    all_.insert(place, pause);
    if (all_.size() > kept) {
      all_.pop_back();
    }
  }

  [[nodiscard]] const std::vector<Pause>& all() const { return all_; }

  template <class Writer>
  void save(Writer& out) const {
    out.u64(all_.size());
    for (const Pause& pause : all_) {
      out.i64(pause.from_us);
      out.i64(pause.to_us);
      out.u64(pause.at_event);
    }
  }

  template <class Reader>
  static Pauses load(Reader& in) {
    Pauses pauses;
    const std::size_t count = in.count(sizeof(Pause));
    for (std::size_t i = 0; i < count; ++i) {
      const std::int64_t from = in.i64();
      const std::int64_t to = in.i64();
      pauses.add({from, to, in.u64()});
    }
    return pauses;
  }

 private:
  std::vector<Pause> all_;
};
