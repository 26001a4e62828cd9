// SPDX-License-Identifier: Apache-2.0
// Process: what those are told who wait no longer.
#include "host/runtime/process.hpp"

#include <fmt/format.h>

namespace baton {

Result<void> Process::check_change(Duration timeout) const {
  if (auto valid = check_timeout(timeout); !valid) {
    return valid;
  }
  if (is_current()) {
    return fail(Errc::calling_self, "`" + name_ + "` cannot wait for itself");
  }
  return {};
}

Error Process::late_error() const {
  return out_of_patience();
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
