// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace baton {

/// What the instances of one handler have done together, over swaps and restarts: such a count never goes
/// back as long as the handler is known.
struct HandlerTotal {
  std::string id;
  std::uint64_t handled = 0;  // events, as all below but the last four
  std::uint64_t refused = 0;
  std::uint64_t missed = 0;  // while it waited to be restarted
  std::uint64_t crashes = 0;
  std::uint64_t restarts = 0;                                // by its policy
  std::uint64_t swaps = 0;                                   // also those back, and changes of its code
  std::optional<std::chrono::microseconds> last_pause = {};  // of a swap that took one
};

/// By handler id. For handlers that a manager has, or misses: with the others, which are forgotten, the ids
/// that come and go fill no memory. One owner, one thread.
class HandlerTotals {
 public:
  /// Begun when it is new.
  HandlerTotal& of(std::string_view id);

  void count_swap(std::string_view id, std::optional<std::chrono::microseconds> pause);

  void forget(std::string_view id);
  /// Forgets all others.
  void keep_if(const std::function<bool(const std::string& id)>& is_known);

  [[nodiscard]] std::size_t size() const { return totals_.size(); }

  /// By id.
  [[nodiscard]] std::vector<HandlerTotal> list() const;

 private:
  std::map<std::string, HandlerTotal, std::less<>> totals_;
};

}  // namespace baton
