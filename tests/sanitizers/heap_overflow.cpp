// SPDX-License-Identifier: Apache-2.0
// Must be reported by AddressSanitizer; see ./dev sanitize.
#include <vector>

int main(int argc, char**) {
  const std::vector<int> three(3);
  return three.data()[2 + argc];
}
