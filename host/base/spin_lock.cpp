// SPDX-License-Identifier: Apache-2.0
#include "host/base/spin_lock.hpp"

#include "host/base/cpu_relax.hpp"

#include <chrono>
#include <thread>

namespace baton {
namespace {

// The owner is gone after some 20 ns, unless it does not run: then nothing that we do with the core helps but
// giving it away. A real-time thread gives its core to no ordinary one by yielding; sleeping does.
constexpr int looks_before_yielding = 64;
constexpr int yields_before_sleeping = 32;
constexpr std::chrono::microseconds nap{50};

}  // namespace

void SpinLock::wait_and_lock() {
  int looks = 0;
  int yields = 0;
  do {
    while (is_locked_.load(std::memory_order_relaxed)) {
      if (++looks < looks_before_yielding) {
        cpu_relax();
      } else if (++yields < yields_before_sleeping) {
        std::this_thread::yield();
      } else {
        std::this_thread::sleep_for(nap);
      }
    }
  } while (is_locked_.exchange(true));
}

}  // namespace baton
