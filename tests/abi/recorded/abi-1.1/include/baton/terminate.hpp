// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/abi.h>
#include <baton/detail/views.hpp>

#include <cstdint>
#include <string_view>

namespace baton::inline v1 {

/// Why terminate is called. OTP: the first argument of Mod:terminate/2.
struct TerminateReason {
  enum class Kind : std::uint32_t {
    stop = BATON_TERMINATE_STOP,        // the manager or server ends in order
    deleted = BATON_TERMINATE_DELETED,  // delete_handler
    remove = BATON_TERMINATE_REMOVE,    // a callback returned Next::remove
    swapped = BATON_TERMINATE_SWAPPED,  // a new instance has taken over
    error = BATON_TERMINATE_ERROR,      // a callback of this instance failed
    owner = BATON_TERMINATE_OWNER,      // the owner of the handler ended
  };

  explicit TerminateReason(const baton_terminate& raw) noexcept
      : kind(static_cast<Kind>(raw.kind)), text(detail::view(raw.text)) {}

  Kind kind;
  std::string_view text;  // valid until terminate returns
};

}  // namespace baton::inline v1
