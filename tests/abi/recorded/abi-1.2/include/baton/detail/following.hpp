// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/abi.h>
#include <baton/detail/views.hpp>

#include <cstdint>
#include <string>

namespace baton::inline v1::detail {

/// What the author's callback wants to happen after it, until the adapter hands it to the host.
struct Following {
  std::uint32_t then = BATON_THEN_NOTHING;
  std::uint64_t timeout_ms = 0;
  std::string what;      // of a continue, or the type of a swap
  std::string argument;  // of a swap

  /// Before each callback and each message of a batch: a wish does not outlive its callback.
  void reset() noexcept {
    if (then != BATON_THEN_NOTHING || !what.empty()) [[unlikely]] {
      then = BATON_THEN_NOTHING;
      what.clear();
      argument.clear();
    }
  }

  /// Throws SinkFull.
  void hand_over(baton_outcome& outcome) const {
    outcome.then = then;
    outcome.then_ms = timeout_ms;
    write(*outcome.then_what, what);
  }
};

}  // namespace baton::inline v1::detail
