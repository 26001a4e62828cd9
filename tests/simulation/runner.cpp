// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/runner.hpp"

#include "tests/simulation/world.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>

namespace baton::simulation {
namespace {

const World* running = nullptr;

// An assertion of the host, or a bad pointer, ends the process: the seed must be known all the same.
void tell(int signal);

class TellingSignals {
 public:
  TellingSignals() : abort_(std::signal(SIGABRT, tell)), segv_(std::signal(SIGSEGV, tell)) {}

  ~TellingSignals() {
    (void)std::signal(SIGABRT, abort_);
    (void)std::signal(SIGSEGV, segv_);
  }

  TellingSignals(const TellingSignals&) = delete;
  TellingSignals& operator=(const TellingSignals&) = delete;

 private:
  using Handler = void (*)(int);
  const Handler abort_;
  const Handler segv_;
};

void tell(int signal) {
  (void)std::signal(signal, SIG_DFL);
  std::fputs(running->report().c_str(), stderr);
  (void)std::raise(signal);
}

}  // namespace

RunResult run(std::uint64_t seed, std::uint64_t steps) {
  auto world = std::make_unique<World>(seed);
  running = world.get();
  const TellingSignals signals;
  world->populate();
  for (std::uint64_t step = 1; step <= steps && !world->has_failed(); ++step) {
    world->step(step);
  }
  if (!world->has_failed()) {
    world->finish();
  }
  running = nullptr;
  RunResult result{{}, world->fingerprint()};
  if (world->has_failed()) {
    result.failure = world->report();
    (void)world.release();  // callbacks are waiting in it; nothing can end them any more
  }
  return result;
}

std::uint64_t number_of_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::uint64_t steps_of_environment() {
  return number_of_environment("BATON_SIMULATION_STEPS", 1000);
}

}  // namespace baton::simulation
