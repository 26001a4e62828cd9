// SPDX-License-Identifier: Apache-2.0
// Must be reported by UndefinedBehaviorSanitizer; see ./dev sanitize.
#include <limits>

int main(int argc, char**) {
  volatile int largest = std::numeric_limits<int>::max();
  const int overflowed = largest + argc;
  return overflowed == 0 ? 1 : 0;
}
