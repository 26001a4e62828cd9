// SPDX-License-Identifier: Apache-2.0
// How long events wait while a state goes over in parts.
#include "tests/unit/behaviour/handover_fixture.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

using namespace baton;
using namespace baton::test;

namespace {

using std::chrono::microseconds;

/// Each part takes its time, and nothing else does. Notes how long the turns are in which parts are saved.
struct PauseTest : HandoverTest {
  static constexpr microseconds part_time{400};

  std::vector<microseconds> turns;

  PauseTest() {
    old_script.on_save_part = [this] {
      host.clock.advance_to(host.clock.steady_now() + part_time);
      turns.back() += part_time;
    };
    turns.emplace_back();
  }

  /// To be called by the successor for each part.
  void note_load() {
    if (turns.back() > microseconds(0)) {
      turns.emplace_back();  // who loads is beside the manager: the next save is another turn
    }
  }
};

}  // namespace

TEST_CASE_METHOD(PauseTest, "a turn is as long as its budget and one part more at most", "[handover]") {
  new_script.on_load_part = [&] {
    note_load();
  };

  const auto report = swap();

  REQUIRE(report);
  CHECK(*std::max_element(turns.begin(), turns.end()) == 3 * part_time);  // 1 ms, and what is begun by then
  CHECK(report->pause == 3 * part_time);
  CHECK(turns.size() > keys / 3);
}

TEST_CASE_METHOD(PauseTest, "the cut is made in a short turn", "[handover]") {
  send(keys);  // three parts a turn: now the last turn would be as long as the others
  settle();
  new_script.on_load_part = [&] {
    note_load();
  };

  REQUIRE(swap());

  // The last load is that of the empty part by which the new one knows that it has everything.
  turns.pop_back();
  CHECK(turns.back() == part_time);
  CHECK(call("sum") == std::to_string(sent));
}

TEST_CASE_METHOD(PauseTest, "turns grow when the rest does not shrink, and so it is done in the end",
                 "[handover]") {
  int turn = 0;
  new_script.on_load_part = [&] {
    const auto before = turns.size();
    note_load();
    if (turns.size() > before) {
      ++turn;
      for (int key = 0; key < 4; ++key) {  // more than a first turn takes
        send((turn * 4 + key) % keys);
      }
    }
  };

  const auto report = swap();

  REQUIRE(report);
  CHECK(call("sum") == std::to_string(sent));
  CHECK(report->pause > 3 * part_time);
  CHECK(report->pause <= microseconds(5000) + part_time);
}

TEST_CASE_METHOD(PauseTest, "turns do not grow without end", "[handover]") {
  new_script.on_load_part = [&] {
    const auto before = turns.size();
    note_load();
    if (turns.size() > before) {
      for (int key = 0; key < keys; ++key) {
        send(key);
      }
      host.clock.advance_to(host.clock.steady_now() + std::chrono::seconds(1));
    }
  };

  CHECK(code_of(swap()) == "timed_out");

  CHECK(*std::max_element(turns.begin(), turns.end()) <= microseconds(5000) + part_time);
  CHECK(*std::max_element(turns.begin(), turns.end()) >= microseconds(5000));
}
