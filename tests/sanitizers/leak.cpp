// SPDX-License-Identifier: Apache-2.0
// Must be reported by LeakSanitizer; see ./dev sanitize.
#include <cstdlib>

int main() {
  void* volatile leaked = std::malloc(16);
  leaked = nullptr;
  return leaked == nullptr ? 0 : 1;
}
