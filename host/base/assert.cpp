// SPDX-License-Identifier: Apache-2.0
#include "host/base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace baton {

void assertion_failed(const char* expression, const char* file, int line) {
  // Plain stdio: the log may be what is broken.
  std::fprintf(stderr, "baton: bug: %s:%d: expected %s\n", file, line, expression);
  std::abort();
}

}  // namespace baton
