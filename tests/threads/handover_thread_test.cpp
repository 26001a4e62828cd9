// SPDX-License-Identifier: Apache-2.0
// Swaps in parts with real threads: the manager's, the workers that take over, and senders.
#include "tests/support/parted_handler.hpp"
#include "tests/support/threaded_host.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <string_view>
#include <thread>

using namespace baton;
using namespace baton::test;

TEST_CASE("swaps in parts under load lose no event and handle none twice", "[handover]") {
  constexpr int swaps = 30;
  constexpr int keys = 300;
  PartedScript scripts[2];
  scripts[1].writes = 2;
  ThreadedHost host(3);
  auto manager = EventManager::start(host.runtime, "log", {});
  REQUIRE(manager);
  REQUIRE((*manager)->add_handler({"a", scripts[0].factory(), {}}));

  std::atomic<bool> is_enough{false};
  std::atomic<int> sent{0};
  for (; sent < keys; ++sent) {  // more than one part from the first swap on
    const std::string key = std::to_string(sent);
    const Message event = host.message("count", key);
    REQUIRE((*manager)->notify({&event, 1}));
  }
  const auto produce = [&] {
    for (int i = 0; !is_enough; ++i) {
      const std::string key = std::to_string(i % keys);
      const Message event = host.message("count", key);
      if ((*manager)->notify({&event, 1})) {
        ++sent;
      }
      if (i % 64 == 0) {
        std::this_thread::yield();
      }
    }
  };
  std::thread first(produce);
  std::thread second(produce);
  int parts = 0;
  for (int i = 1; i <= swaps; ++i) {
    const auto report =
        (*manager)->swap_handler({"a", {"a", scripts[i % 2].factory(), {}}, SwapMode::safe, "", ""});
    REQUIRE(report);
    parts += static_cast<int>(report->state_parts);
  }
  is_enough = true;
  first.join();
  second.join();

  const auto sum = (*manager)->call("a", host.message("sum"), infinity);
  REQUIRE(sum);
  CHECK(sum->data == std::to_string(sent));
  CHECK(parts > swaps);
  CHECK(scripts[0].seqs.size() + scripts[1].seqs.size() == static_cast<std::size_t>(sent));
}

TEST_CASE("a manager that stops in the middle of swaps leaves nothing behind", "[handover]") {
  PartedScript old_script;
  PartedScript new_script;
  ThreadedHost host(3);
  for (int round = 0; round < 50; ++round) {
    auto manager = EventManager::start(host.runtime, "log", {});
    REQUIRE(manager);
    REQUIRE((*manager)->add_handler({"a", old_script.factory(), {}}));
    for (int key = 0; key < 500; ++key) {
      const std::string text = std::to_string(key);
      const Message event = host.message("count", text);
      REQUIRE((*manager)->notify({&event, 1}));
    }
    std::string answer;
    std::thread swapper([&] {
      const auto report =
          (*manager)->swap_handler({"a", {"a", new_script.factory(), {}}, SwapMode::safe, "", ""});
      answer = report ? "done" : code_of(report);
    });
    REQUIRE((*manager)->stop(ExitReason::shutdown(), infinity));
    swapper.join();
    CHECK((answer == "done" || answer == "process_ended"));
  }
  const auto count = [](const PartedScript& script, std::string_view what) {
    return std::count(script.trace.begin(), script.trace.end(), what);
  };
  CHECK(count(old_script, "destroyed") == 50);
  CHECK(count(new_script, "destroyed") == count(new_script, "waits for parts"));
}
