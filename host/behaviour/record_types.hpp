// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/runtime/message.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

/// The plain data of what a manager records.
namespace baton {

/// How much of its last events a manager keeps.
struct RecordLimits {
  static constexpr std::size_t events_most = 1'000'000;
  static constexpr std::size_t bytes_default = 64U << 20U;

  std::size_t events = 0;             // 0: it records none
  std::size_t bytes = bytes_default;  // of memory, all of them together

  bool operator==(const RecordLimits&) const = default;
};

/// What a manager keeps of its last events.
struct RecordStatus {
  RecordLimits limits;          // as they were asked for; canaries may have wanted more
  std::uint64_t instance = 0;   // the manager's
  std::size_t events = 0;       // that are kept
  std::size_t bytes = 0;        // of memory that they take
  std::uint64_t too_large = 0;  // events that are not among them, each being larger than all may be together
  std::uint64_t first_seq = 0;  // of the oldest; 0: there is none
  std::uint64_t last_seq = 0;   // of the newest
};

/// Which of them.
struct RecordQuery {
  static constexpr std::size_t bytes_default = 4U << 20U;

  std::size_t last = std::numeric_limits<std::size_t>::max();  // not more than the last so many
  std::uint64_t after = 0;                                     // only those behind the event of this number
  std::uint64_t until = std::numeric_limits<std::uint64_t>::max();  // and up to this one
  std::size_t bytes_max = bytes_default;  // of an answer that has more than one event
};

struct RecordedEvents {
  RecordStatus status;
  std::vector<OwnedMessage> events;  // oldest first
  bool has_more = false;             // they were too large for one answer: ask again, after the last of these
};

}  // namespace baton
