// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace baton {

/// Prints the broken expectation and its place to standard error and aborts.
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);

}  // namespace baton

/// For bugs of ours only, on in every build. Never on data from a plugin, a file or a user.
#define BATON_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : ::baton::assertion_failed(#condition, __FILE__, __LINE__))
