// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/bench_load.hpp"
#include "host/app/bench_watch.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace baton {

/// What the numbers of the events have shown, all producers together.
struct SequenceTally {
  std::uint64_t missing = 0;  // sent and not rejected, and never seen
  std::uint64_t duplicated = 0;
  std::uint64_t out_of_order = 0;
};

/// The longest time in which events waited and none was handed out.
struct LongestPause {
  std::int64_t us = 0;
  std::uint64_t at_event = 0;  // the first one afterwards
  std::string during;          // "swap 3 of LoggerHandler, #3 -> #4"; empty: no handler came or went
};

/// The times from acceptance to delivery, in microseconds.
struct Delays {
  std::uint64_t p50 = 0;
  std::uint64_t p99 = 0;
  std::uint64_t p999 = 0;
  std::uint64_t longest = 0;
};

/// All that is only known with --verify.
struct Verified {
  SequenceTally sequences;
  Delays delays;
  std::optional<LongestPause> pause;       // absent: nothing ever waited
  std::optional<LongestPause> swap_pause;  // of those that a handler's coming or going was part of
};

/// What a `bench` found.
struct BenchReport {
  std::string manager;
  std::chrono::duration<double> took{};
  std::size_t producers = 0;
  std::uint64_t accepted = 0;
  std::uint64_t rejected = 0;
  std::optional<Error> error;  // of the first producer that had to give up
  std::uint64_t dropped = 0;   // by the mailbox, as its overflow policy says
  bool had_other_events = false;
  bool is_complete = true;  // no instance's counts were missed
  std::vector<HandlerTally> handlers;
  std::optional<Verified> verified;

  /// Events that are missing and were not dropped either.
  [[nodiscard]] std::uint64_t lost() const;

  /// What is wrong, one sentence each; nothing: all is well.
  [[nodiscard]] std::vector<std::string> complaints() const;
};

/// What the checker's `report` says of events of which each producer had so many accepted. Errors: io_failed.
[[nodiscard]] Result<Verified> verified_of(const std::string& report, const std::vector<ProducerTally>& sent,
                                           const std::vector<HandlerTally>& handlers);

[[nodiscard]] std::string bench_text(const BenchReport& report);
[[nodiscard]] std::string bench_json(const BenchReport& report);

}  // namespace baton
