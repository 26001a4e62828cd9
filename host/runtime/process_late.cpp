// SPDX-License-Identifier: Apache-2.0
// Process: what those are told who wait no longer.
#include "host/runtime/atoms.hpp"
#include "host/runtime/process.hpp"

#include <fmt/format.h>

namespace baton {

Result<void> Process::check_wait(Duration timeout) const {
  if (auto valid = check_timeout(timeout); !valid) {
    return valid;
  }
  if (is_current()) {
    return fail(Errc::calling_self, "`" + name_ + "` cannot wait for itself");
  }
  return {};
}

Error Process::late_error() const {
  Error error = out_of_patience();
  if (error.code != Errc::timed_out) {
    return error;
  }
  if (is_suspended()) {
    error.text += fmt::format("; `{0}` is suspended: `baton sys resume {0}` lets it go on", name_);
  } else if (const auto now = activity_->now(runtime_.clock, runtime_.atoms)) {
    error.text += fmt::format("; `{}` is busy in {}", name_, to_string(*now));
  }
  return error;
}

Error Process::not_begun_error() const {
  Error error = late_error();
  error.text += fmt::format("; `{}` had not begun with it, and will not: nothing was changed", name_);
  return error;
}

Error Process::begun_error() const {
  Error error = late_error();
  error.text += fmt::format("; `{}` has begun with it, and goes on", name_);
  return error;
}

}  // namespace baton
