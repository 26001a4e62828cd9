// SPDX-License-Identifier: Apache-2.0
// Does not compile, and says why.
#include <baton/plugin.hpp>

#include <string>

struct Unnamed {
  int count = 0;
};

void save(baton::StateWriter& out) {
  out.value(Unnamed());
}
