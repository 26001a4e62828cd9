// SPDX-License-Identifier: Apache-2.0
// Swaps under load, with versions that do well and versions that do not: what the operator reads, and that
// each event has been counted once. The fixture is worker.c: its handler adds up the numbers in its events.
#include "tests/system/running_host.hpp"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

using namespace baton::test;

namespace {

constexpr std::size_t producers = 4;
constexpr std::uint64_t piece = 1000;

/// Senders that send the numbers from 1 to a thousand, one event each, again and again until stop().
class Load {
 public:
  explicit Load(const Place& place) {
    for (std::size_t i = 0; i < producers; ++i) {
      threads_.emplace_back([this, &place] {
        while (!is_over_) {
          (void)shell(fmt::format("seq 1 {} | BATON_SOCKET={} {} notify work n - -q", piece,
                                  place.path("host.sock").string(), BATON_BINARY));
          ++pieces_;
        }
      });
    }
  }

  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  ~Load() { stop(); }

  void stop() {
    is_over_ = true;
    for (std::thread& thread : threads_) {
      if (thread.joinable()) {
        thread.join();
      }
    }
  }

  /// What a worker answers that has handled each event once.
  [[nodiscard]] std::string all(const std::string& version) const {
    return fmt::format("{} {} {}\n", version, pieces_ * piece, pieces_ * (piece * (piece + 1) / 2));
  }

 private:
  std::atomic<bool> is_over_{false};
  std::atomic<std::uint64_t> pieces_{0};
  std::vector<std::thread> threads_;
};

struct SwapTest {
  Place place;

  explicit SwapTest(const std::string& keys = "") {
    shell("cp " PLUGIN_worker_v1 " " + place.path("plugins").string());
    place.start(place.config("managers: {work: {handlers: [{type: WorkHandler, id: w" + keys + "}]}}\n",
                             place.path("plugins").string()));
  }

  /// What it answers once everything sent before has been handled.
  std::string says() { return place.verb("call work/w count").output; }

  /// Whether events flow.
  void wait_for_events() {
    REQUIRE(eventually([this] { return !contains(says(), " 0 0"); }));
  }
};

struct CanaryTest : SwapTest {
  CanaryTest() : SwapTest(", canary: 50") {}
};

}  // namespace

TEST_CASE_METHOD(SwapTest, "a swap under load tells its steps, and each event is counted once", "[swap]") {
  Load load(place);
  wait_for_events();

  const Ran swapped = place.verb("swap work/w " PLUGIN_worker_v2 " --watch 200ms");

  CAPTURE(swapped.output);
  CHECK(swapped.code == 0);
  CHECK(contains(swapped.output, "swap work/w#1  1.0.0 -> 2.0.0\n  check      ok"));
  std::size_t at = 0;
  for (const char* const step :
       {"check", "copy", "trial", "load", "state", "create", "cut over", "old", "watch", "unload"}) {
    CAPTURE(step);
    at = swapped.output.find(std::string("\n  ") + step, at);
    CHECK(at != std::string::npos);
  }
  CHECK(contains(swapped.output, "version 1 -> 2, 16 bytes"));
  CHECK(contains(swapped.output, "its mapping is gone"));
  CHECK(contains(swapped.output, "0 errors"));
  load.stop();
  CHECK(says() == load.all("2.0.0"));
}

TEST_CASE_METHOD(SwapTest, "a canary for which nothing has been kept says that it was given nothing",
                 "[swap]") {
  const Ran swapped = place.verb("swap work/w " PLUGIN_worker_v2 " --canary 50");

  CHECK(swapped.code == 0);
  CHECK(contains(swapped.output, "given nothing: no events have been kept; up to 50 are from now on"));
}

TEST_CASE_METHOD(CanaryTest, "a version that cannot take over is refused, and the old one never stopped",
                 "[swap]") {
  Load load(place);
  wait_for_events();
  for (const auto& [plugin, step, reason] : std::vector<std::array<std::string, 3>>{
           {PLUGIN_worker_refuses_state, "canary", "entry 7 has no name"},
           {PLUGIN_worker_create_fails, "canary", "no room on the device"},
           {PLUGIN_worker_events_fail, "canary", "map::at"},
           {std::string(PLUGIN_worker_refuses_state) + " --canary 0", "create", "entry 7 has no name"},
           {std::string(PLUGIN_worker_create_fails) + " --canary 0", "create", "no room on the device"}}) {
    const Ran refused = place.verb("swap work/w " + plugin);
    CAPTURE(plugin, refused.output);
    CHECK(refused.code == 1);
    CHECK(contains(refused.output, "\n  " + step));
    CHECK(contains(refused.output, "FAILED"));
    CHECK(contains(refused.output, "the swap failed at the step `" + step + "`: "));
    CHECK(contains(refused.output, reason));
    CHECK(contains(refused.output, "; work/w#1 (1.0.0) never stopped"));
  }
  load.stop();
  CHECK(says() == load.all("1.0.0"));
}

TEST_CASE_METHOD(SwapTest, "a version that fails at one event in a hundred is swapped back, and none is lost",
                 "[swap]") {
  Load load(place);
  wait_for_events();

  const Ran back = place.verb("swap work/w " PLUGIN_worker_refuses_some " --watch 60s --max-error-rate 0.1%");

  CAPTURE(back.output);
  CHECK(back.code == 3);
  CHECK(contains(back.output, "\n  watch      FAILED"));
  CHECK(contains(back.output, "disk full"));
  CHECK(contains(back.output, "\n  back       ok"));
  CHECK(contains(back.output, "state: version 2 converted to 1; 2 events were given to it again"));
  CHECK(contains(back.output, "error[swapped_back]"));
  CHECK(contains(back.output, "work/w#3 (1.0.0) has taken over again"));
  load.stop();
  CHECK(says() == load.all("1.0.0"));
}

TEST_CASE_METHOD(SwapTest,
                 "a version that crashes is swapped back too, and with its own state the old one gets all",
                 "[swap]") {
  Load load(place);
  wait_for_events();
  std::string how;
  std::string told;
  SECTION("converted") {
    told = "1 events were given to it again";
  }
  SECTION("kept") {
    how = " --back kept --redo all";
    told = "1000 events were given to it again";
  }

  const Ran back = place.verb("swap work/w " PLUGIN_worker_crashes_late " --watch 60s" + how);

  CAPTURE(back.output);
  CHECK(back.code == 3);
  CHECK(contains(back.output, "it crashed: the thousandth"));
  CHECK(contains(back.output, told));
  load.stop();
  CHECK(says() == load.all("1.0.0"));
  CHECK(contains(place.log(), "swapped_back"));
}

TEST_CASE_METHOD(SwapTest, "the steps of a swap are in its document, those of a failure too", "[swap]") {
  const Ran refused = place.verb("swap work/w " PLUGIN_worker_create_fails " -o json");
  CHECK(refused.code == 1);
  CHECK(contains(refused.output,
                 R"({"error":{"code":"init_failed","text":"the swap failed at the step `create`)"));
  CHECK(contains(refused.output, R"({"step":"create","ok":false,"took_us":)"));

  const Ran swapped = place.verb("swap work/w " PLUGIN_worker_v2 " -o json");
  CHECK(swapped.code == 0);
  CHECK(contains(swapped.output, R"({"step":"cut over","ok":true,"took_us":)"));

  const Ran without = place.verb("swap work/w " PLUGIN_worker_v1 " --max-errors 3");
  CHECK(without.code == 65);
  CHECK(contains(without.output, "--max-errors is for a watch"));
}

TEST_CASE_METHOD(SwapTest, "a host that ends does not wait for a watch", "[swap]") {
  std::thread swap([this] { (void)place.verb("swap work/w " PLUGIN_worker_v2 " --watch 10h"); });
  CHECK(eventually([this] { return contains(says(), "2.0.0"); }));

  CHECK(place.verb("stop").code == 0);  // in any case, or nothing ends the swap

  CHECK(eventually([this] { return !place.host().is_running(); }));
  swap.join();
}

TEST_CASE("a plugin is upgraded in all managers, or in none", "[swap]") {
  Place place;
  shell("cp " PLUGIN_worker_v1 " " + place.path("plugins").string());
  place.start(
      place.config("managers: {one: {handlers: [{type: WorkHandler, id: a}, {type: WorkHandler, id: b}]}, "
                   "two: {handlers: [WorkHandler]}}\n",
                   place.path("plugins").string()));
  place.verb("sync-notify one n 5");
  place.verb("sync-notify two n 6");

  const Ran refused = place.verb("upgrade " PLUGIN_worker_create_fails);
  CAPTURE(refused.output);
  CHECK(refused.code == 1);
  CHECK(contains(refused.output, "the upgrade failed at the step `create`: "));
  CHECK(contains(refused.output, "no room on the device; nothing was changed"));
  CHECK(place.verb("call one/a count").output == "1.0.0 1 5\n");

  shell("cp " PLUGIN_worker_v2 " " + place.path("plugins").string());
  const Ran upgraded = place.verb("upgrade worker");
  CAPTURE(upgraded.output);
  CHECK(upgraded.code == 0);
  CHECK(contains(upgraded.output, "upgrade worker to 2.0.0\n  check      ok"));
  CHECK(contains(upgraded.output, "3 to swap, 0 unchanged"));
  CHECK(contains(upgraded.output, "its mapping is gone"));
  for (const auto& [target, says] : std::vector<std::pair<std::string, std::string>>{
           {"one/a", "2.0.0 1 5\n"}, {"one/b", "2.0.0 1 5\n"}, {"two/WorkHandler", "2.0.0 1 6\n"}}) {
    CHECK(place.verb("call " + target + " count").output == says);
  }
  place.verb("sync-notify two n 7");
  CHECK(place.verb("call two/WorkHandler count").output == "2.0.0 2 13\n");

  const Ran again = place.verb("upgrade worker");
  CHECK(again.code == 0);
  CHECK(contains(again.output, "0 to swap, 3 unchanged"));
  CHECK(place.verb("upgrade nothing").code == 1);
}

TEST_CASE("an upgrade is for a handler that waits to be restarted, too, which is there at once then",
          "[swap]") {
  Place place;
  shell("cp " PLUGIN_worker_events_fail " " + place.path("plugins").string());
  place.start(
      place.config("managers: {one: {handlers: [{type: WorkHandler, id: a, "
                   "on_crash: restart, backoff: {initial: 1h, max: 1h}}]}}\n",
                   place.path("plugins").string()));
  place.verb("sync-notify one n 5");
  REQUIRE(contains(place.verb("status").output, "DEGRADED"));

  const Ran upgraded = place.verb("upgrade " PLUGIN_worker_v2 " --canary 1 --watch 60s");

  CAPTURE(upgraded.output);
  CHECK(upgraded.code == 0);
  CHECK(contains(upgraded.output, "1 to swap, 0 unchanged"));
  CHECK(contains(upgraded.output, "not begun: it waited to be restarted"));
  CHECK(place.verb("call one/a count").output == "2.0.0 0 0\n");
  CHECK_FALSE(contains(place.verb("status").output, "DEGRADED"));
}
