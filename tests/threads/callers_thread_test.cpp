// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/callers.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <thread>

using namespace baton;

TEST_CASE("a visitor that two want to answer at once gets one of the answers, and one of them knows",
          "[callers]") {
  constexpr std::uint64_t rounds = 20'000;
  Callers callers;
  std::atomic<std::uint64_t> open{0};
  std::atomic<std::uint64_t> tried{0};
  std::atomic<std::uint64_t> pause{0};
  std::uint64_t taken_elsewhere = 0;
  std::thread elsewhere([&] {
    for (std::uint64_t round = 1; round <= rounds; ++round) {
      while (open.load() < round) {
        std::this_thread::yield();
      }
      taken_elsewhere += callers.reply(round, Reply{"elsewhere", BATON_TEXT_PLAIN}) ? 1U : 0U;
      tried.store(round);
    }
  });
  std::uint64_t answered_elsewhere = 0;
  std::uint64_t not_answered = 0;
  for (std::uint64_t round = 1; round <= rounds; ++round) {
    Callers::Visitor visitor;
    open.store(callers.add(visitor));
    const bool answers = round % 3 != 0;               // else it leaves, and is answered then or was before
    for (std::uint64_t i = 0; i < round % 512; ++i) {  // so that each of the two comes first now and then
      pause.store(i, std::memory_order_relaxed);
    }
    if (answers) {
      callers.answer(round, Reply{"here", BATON_TEXT_PLAIN});
    }
    auto waits = callers.leave(visitor);
    while (tried.load() < round) {
      std::this_thread::yield();
    }
    const std::string got = waits ? waits->take()->data : (*visitor.answer)->data;
    answered_elsewhere += got == "elsewhere" ? 1U : 0U;
    not_answered += !answers && got != "elsewhere" ? 1U : 0U;
  }
  elsewhere.join();
  CHECK(answered_elsewhere == taken_elsewhere);
  CHECK(not_answered == 0);
}
