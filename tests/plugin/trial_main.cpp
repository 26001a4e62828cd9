// SPDX-License-Identifier: Apache-2.0
// What the process of a trial is in these tests.
#include "host/loader/trial.hpp"

#include <cstdlib>

int main(int argc, char** argv) {
  return argc == 4 ? baton::run_trial(argv[1], argv[2], std::strtoull(argv[3], nullptr, 10)) : 64;
}
