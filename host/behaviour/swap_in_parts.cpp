// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/swap_in_parts.hpp"

#include "host/base/assert.hpp"

#include <fmt/format.h>

namespace baton {

Result<void> SwapInParts::check_none() const {
  if (ticket_ != 0) {
    return fail(Errc::refused, fmt::format("an upgrade of `{}` is under way", process_.name()));
  }
  return {};
}

Result<void> SwapInParts::check_can_begin() const {
  if (!process_.is_suspended()) {
    return fail(Errc::refused, fmt::format("`{}` is not suspended", process_.name()));
  }
  return check_none();
}

std::uint64_t SwapInParts::begin() {
  BATON_ASSERT(ticket_ == 0 && process_.is_suspended());
  ticket_ = ++last_ticket_;
  return ticket_;
}

Result<void> SwapInParts::check_can_cut(std::uint64_t ticket) const {
  if (!is_under_way(ticket)) {
    return fail(Errc::refused, fmt::format("`{}` went on meanwhile: the states that were taken over are old",
                                           process_.name()));
  }
  if (is_cut_) {
    return fail(Errc::refused, fmt::format("`{}` has been cut over already", process_.name()));
  }
  return {};
}

void SwapInParts::end(bool is_kept) {
  if (is_kept) {
    last_kept_ = ticket_;
  }
  ticket_ = 0;
  is_cut_ = false;
}

Result<void> SwapInParts::ended_so(std::uint64_t ticket, bool is_kept) const {
  const bool was_kept = ticket != 0 && ticket == last_kept_;
  if (was_kept != is_kept) {
    return fail(Errc::refused,
                fmt::format("`{}` has gone on with the {} code", process_.name(), was_kept ? "new" : "old"));
  }
  return {};
}

}  // namespace baton
