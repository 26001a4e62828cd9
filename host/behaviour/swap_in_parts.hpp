// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"
#include "host/behaviour/instance.hpp"
#include "host/runtime/process.hpp"

#include <cstdint>
#include <vector>

/// A swap in three parts, which several processes do together or not at all: prepare makes the new instances
/// beside the old ones, the cut puts them into their places, finish ends the old ones or takes all back.
namespace baton {

/// What prepare has made.
struct PreparedSwaps {
  std::uint64_t ticket = 0;         // of its process; the cut and finish name it, and mean this swap only
  std::vector<SwapReport> reports;  // one for each request, in their order
};

/// How far such a swap is in one process: the rules that managers and servers have in common.
///
/// - There is one at a time: to prepare another one is refused until it has ended.
/// - There is one only while the process is suspended. When it goes on, whoever is in the place stays, and
/// the
///   other one ends: the old instance stays before the cut, the new one after it. So what is prepared never
///   meets a state that is newer than the one it was made from; and who dies before he finishes leaves
///   nothing behind that a resume does not end.
/// - Meanwhile nothing else changes who is in the places: no message is handled, and those system tasks that
///   would do so (new code, a new state, new options of a server) are refused. So a place that prepare has
///   found is there until the end. Only the process may end before, and takes back first.
///
/// Owned by its process; in that only.
class SwapInParts {
 public:
  explicit SwapInParts(const Process& process) : process_(process) {}

  /// For what would change the places. Errors: refused, while a swap is under way.
  [[nodiscard]] Result<void> check_none() const;

  /// Errors: refused, while one is under way or the process is not suspended.
  [[nodiscard]] Result<void> check_can_begin() const;

  /// Returns the ticket.
  [[nodiscard]] std::uint64_t begin();

  /// Errors: refused, when that one is not under way any more, or has been cut over.
  [[nodiscard]] Result<void> check_can_cut(std::uint64_t ticket) const;

  void cut_over() { is_cut_ = true; }

  [[nodiscard]] bool is_cut() const { return is_cut_; }

  [[nodiscard]] bool is_under_way(std::uint64_t ticket) const { return ticket_ != 0 && ticket_ == ticket; }

  /// The old instances have ended when `is_kept`, else the new ones.
  void end(bool is_kept);

  /// What finish answers, when the swap has ended, by it or before. Errors: refused, when it has ended in the
  /// other way.
  [[nodiscard]] Result<void> ended_so(std::uint64_t ticket, bool is_kept) const;

 private:
  const Process& process_;
  std::uint64_t ticket_ = 0;  // 0: none is under way
  std::uint64_t last_ticket_ = 0;
  std::uint64_t last_kept_ = 0;  // 0: none was
  bool is_cut_ = false;
};

}  // namespace baton
