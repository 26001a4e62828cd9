// SPDX-License-Identifier: Apache-2.0
#include "host/runtime/atoms.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace baton;

TEST_CASE("threads that intern the same texts at once get the same atoms, and each its text", "[atoms]") {
  constexpr std::size_t texts = 5000;
  constexpr std::size_t threads = 4;
  AtomTable atoms;
  std::array<std::vector<Atom>, threads> found;
  std::atomic<std::uint64_t> wrong{0};
  std::vector<std::thread> running;
  for (std::size_t thread = 0; thread < threads; ++thread) {
    running.emplace_back([&, thread] {
      found[thread].resize(texts);
      for (std::size_t i = 0; i < texts; ++i) {
        const std::size_t which = thread % 2 == 0 ? i : texts - 1 - i;
        const std::string text = "text " + std::to_string(which);
        const Atom atom = atoms.intern(text);
        found[thread][which] = atom;
        wrong += atoms.text(atom) == text ? 0 : 1;
      }
    });
  }
  for (std::thread& thread : running) {
    thread.join();
  }
  CHECK(wrong == 0);
  for (std::size_t thread = 1; thread < threads; ++thread) {
    CHECK((found[thread] == found[0]));
  }
}
