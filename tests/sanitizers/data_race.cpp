// SPDX-License-Identifier: Apache-2.0
// Must be reported by ThreadSanitizer; see ./dev sanitize.
#include <thread>

int main() {
  int counter = 0;
  std::thread other([&counter] { ++counter; });
  ++counter;
  other.join();
  return counter == 2 ? 0 : 0;
}
