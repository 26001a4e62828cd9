// SPDX-License-Identifier: Apache-2.0
#include "tests/plugin/loader_fixture.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::size_t> allocations{0};

}  // namespace

// They count for the whole program, which is why this test is one of its own. Inlined, g++ would see free()
// get what operator new has returned, and warn.
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size);
}

[[gnu::noinline]] void* operator new(std::size_t size) {
  void* const memory = operator new(size, std::nothrow);
  if (memory == nullptr) {
    throw std::bad_alloc();
  }
  return memory;
}

[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}

[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

using namespace baton;
using namespace baton::test;

TEST_CASE("a batch that is handled as a whole costs no allocation", "[plugin_handler]") {
  Loader loader;
  const auto handler = loader.handler(PLUGIN_plain);
  const std::vector<Message> events(100, message("msg", "hello"));
  std::size_t handled = 0;

  const std::size_t before = allocations;
  for (int i = 0; i < 1000; ++i) {
    handled += handler->handle_events(events).handled;
  }
  const std::size_t after = allocations;

  CHECK(handled == 100'000);
  CHECK(after == before);
}
