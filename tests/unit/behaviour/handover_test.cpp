// SPDX-License-Identifier: Apache-2.0
// A swap whose state goes over in parts: docs/decisions/0006-large-state-goes-over-in-parts.md.
#include "tests/support/manual_host.hpp"
#include "tests/support/parted_handler.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <vector>

using namespace baton;
using namespace baton::test;

namespace {

using Trace = std::vector<std::string>;

constexpr int keys = 200;  // a first turn takes no more than 64 parts, and time stands still

struct HandoverTest {
  PartedScript old_script;  // first: the handlers that write into them go before
  PartedScript new_script;
  ManualHost host;
  std::shared_ptr<EventManager> manager = host.manager();
  int sent = 0;

  HandoverTest() {
    new_script.version = "2";
    new_script.writes = 2;
    REQUIRE(manager->add_handler({"a", old_script.factory(), {}}));
    for (int key = 0; key < keys; ++key) {
      send(key);
    }
    settle();
    old_script.trace.clear();
  }

  void send(int key) {
    const Message event = host.message("count", std::to_string(key));
    REQUIRE(manager->notify({&event, 1}));
    ++sent;
  }

  void settle() { host.scheduler.run_all(); }

  SwapRequest request(const std::string& new_id = "a") {
    return {"a", {new_id, new_script.factory(), {}}, SwapMode::safe, "argument", "extra"};
  }

  Result<SwapReport> swap(const std::string& new_id = "a") {
    auto report = manager->swap_handler(request(new_id));
    settle();
    return report;
  }

  std::string call(const std::string& type, const std::string& data = {}, const std::string& id = "a") {
    const auto reply = manager->call(id, host.message(type, data));
    return reply ? reply->data : code_of(reply);
  }

  /// What holds of every attempt that came to nothing.
  void check_old_goes_on() {
    CHECK(manager->which_handlers()->at(0).version == "1");
    const int before = sent;
    send(3);
    settle();
    CHECK(call("sum") == std::to_string(before + 1));
    CHECK(std::count(old_script.trace.begin(), old_script.trace.end(), "destroyed") == 0);
    for (const std::string& line : old_script.trace) {
      CHECK(line.substr(0, 9) != "terminate");
    }
    for (const std::string& line : new_script.trace) {
      CHECK(line.substr(0, 9) != "terminate");
    }
    CHECK(host.log.count("swap_failed") >= 1);
  }
};

}  // namespace

TEST_CASE_METHOD(HandoverTest, "the old handler goes on handling events while its state goes over",
                 "[handover]") {
  int sent_meanwhile = 0;
  new_script.on_load_part = [&] {
    if (sent_meanwhile < 50) {
      send(sent_meanwhile++);  // keys that have gone over already, and one that is new
      send(1000);
    }
  };

  const auto report = swap();

  REQUIRE(report);
  CHECK(call("sum") == std::to_string(sent));
  CHECK(call("get", "0") == "2");
  CHECK(call("get", "1000") == "50");
  CHECK(report->state_moved);
  CHECK(report->old_state_version == 1);
  CHECK(report->state_parts > keys);  // what changed went once more
  CHECK(report->state_bytes > keys);
  CHECK(old_script.seqs.size() > keys);
}

TEST_CASE_METHOD(HandoverTest, "each event is seen by the old handler or by the new one, in order",
                 "[handover]") {
  new_script.on_load_part = [&] {
    if (sent < 2 * keys) {
      send(sent % 7);
    }
  };

  const auto report = swap();

  REQUIRE(report);
  send(1);
  settle();
  std::vector<std::uint64_t> seqs = old_script.seqs;
  CHECK(seqs.back() == report->at_message);
  seqs.insert(seqs.end(), new_script.seqs.begin(), new_script.seqs.end());
  REQUIRE(seqs.size() == static_cast<std::size_t>(sent));
  for (std::size_t i = 0; i < seqs.size(); ++i) {
    REQUIRE(seqs[i] == i + 1);
  }
}

TEST_CASE_METHOD(HandoverTest, "the old handler ends when the new one has everything", "[handover]") {
  REQUIRE(swap());

  CHECK(new_script.trace == Trace{"waits for parts with extra", "last_part"});
  CHECK(old_script.trace == Trace{"begin_parts", "end_parts", "terminate 4 argument", "destroyed"});
  CHECK(host.log.count("handler_swapped") == 1);
}

TEST_CASE_METHOD(HandoverTest, "a failure anywhere leaves the old handler as if nothing had been",
                 "[handover]") {
  std::string expected = "crashed";
  std::string at;
  int count = 1;
  PartedScript* failing = &new_script;
  SECTION("create") {
    at = "create";
    expected = "init_failed";
  }
  SECTION("the old one cannot begin") {
    failing = &old_script;
    at = "begin_parts";
  }
  SECTION("the old one fails in its first part") {
    failing = &old_script;
    at = "save_part";
  }
  SECTION("the old one fails later") {
    failing = &old_script;
    at = "save_part";
    count = 150;
  }
  SECTION("the new one fails at its first part") {
    at = "load_part";
  }
  SECTION("the new one fails later, beside the manager") {
    at = "load_part";
    count = 100;
  }
  SECTION("the new one fails at the cut") {
    at = "load_part";
    count = keys;
  }
  SECTION("the new one does not like what it has got") {
    at = "last_part";
  }
  failing->fails_at = at;
  failing->fails_at_count = count;

  const auto report = swap();

  CHECK(code_of(report) == expected);
  CHECK(report.error().text.find(at + " is told to fail") != std::string::npos);
  const bool begun = at != "begin_parts";
  CHECK(old_script.trace == (begun ? Trace{"begin_parts", "end_parts"} : Trace{}));
  check_old_goes_on();

  failing->fails_at.clear();
  REQUIRE(swap());
  CHECK(call("sum") == std::to_string(sent));
}

TEST_CASE_METHOD(HandoverTest, "a second swap of the handler is refused while one is under way",
                 "[handover]") {
  std::string second;
  new_script.on_load_part = [&] {
    if (second.empty()) {
      second = "asked";
      second = code_of(manager->swap_handler(request()));
    }
  };

  CHECK(swap());

  CHECK(second == "refused");
}

TEST_CASE_METHOD(HandoverTest, "a swap of a handler that leaves meanwhile says so", "[handover]") {
  bool is_first = true;
  const auto once = [&](auto leave) {
    return [&is_first, leave] {
      if (std::exchange(is_first, false)) {
        leave();
      }
    };
  };
  SECTION("deleted") {
    new_script.on_load_part = once([&] { CHECK(manager->delete_handler("a", "")); });
  }
  SECTION("crashed") {
    new_script.on_load_part = once([&] {
      const Message event = host.message("throw");
      REQUIRE(manager->notify({&event, 1}));
    });
  }

  CHECK(code_of(swap()) == "not_found");

  CHECK(manager->which_handlers()->empty());
  CHECK(new_script.trace == Trace{"waits for parts with extra", "destroyed"});
  CHECK(old_script.trace.back() == "destroyed");
}

TEST_CASE_METHOD(HandoverTest, "a handler that gets new code meanwhile keeps that", "[handover]") {
  PartedScript other_script;
  other_script.version = "1.5";
  new_script.on_load_part = [&, is_first = true]() mutable {
    if (std::exchange(is_first, false)) {
      CHECK(manager->update_code({"PartedHandler", other_script.factory(), {}, ""}));
    }
  };

  CHECK(code_of(swap()) == "not_found");

  CHECK(manager->which_handlers()->at(0).version == "1.5");
  CHECK(call("sum") == std::to_string(sent));
  REQUIRE(manager->delete_handler("a", ""));  // before its script goes
}

TEST_CASE_METHOD(HandoverTest, "a manager that stops meanwhile ends when nothing of the swap is left",
                 "[handover]") {
  bool is_first = true;
  bool is_stopped = false;
  Trace at_the_end;
  manager->monitor([&](const ExitReason&) { at_the_end = new_script.trace; });
  new_script.on_load_part = [&] {
    if (std::exchange(is_first, false)) {
      is_stopped = manager->exit(ExitReason::shutdown());
    }
  };

  CHECK(code_of(swap()) == "process_ended");

  CHECK(is_stopped);
  CHECK(manager->has_ended());
  CHECK(at_the_end == Trace{"waits for parts with extra", "destroyed"});
  CHECK(new_script.trace == Trace{"waits for parts with extra", "destroyed"});
  CHECK(old_script.trace == Trace{"begin_parts", "end_parts", "terminate 1 shutdown", "destroyed"});
}

TEST_CASE_METHOD(HandoverTest, "a manager that is abandoned meanwhile lets go of both", "[handover]") {
  bool is_first = true;
  new_script.on_load_part = [&] {
    if (std::exchange(is_first, false)) {
      manager->abandon();
    }
  };

  CHECK(code_of(swap()) == "process_ended");

  CHECK(new_script.trace.back() == "destroyed");
  CHECK(old_script.trace.back() == "destroyed");
}

TEST_CASE_METHOD(HandoverTest, "a suspended manager takes no parts, and goes on when it is resumed",
                 "[handover]") {
  new_script.on_load_part = [&, is_first = true]() mutable {
    if (std::exchange(is_first, false)) {
      REQUIRE(manager->sys().suspend());
    }
  };

  CHECK(code_of(swap()) == "timed_out");  // nobody would ever do anything more
  const int loaded = new_script.parts_loaded;
  CHECK(loaded < keys);
  settle();
  CHECK(new_script.parts_loaded == loaded);
  REQUIRE(manager->sys().resume());
  settle();

  CHECK(manager->which_handlers()->at(0).version == "2");
  CHECK(call("sum") == std::to_string(sent));
}

TEST_CASE_METHOD(HandoverTest, "a timer of the new handler that fires too early waits for it", "[handover]") {
  new_script.on_create = [&](Services& services) {
    REQUIRE(services.start_timer(Duration(0), host.message("wake")));
  };
  new_script.on_load_part = [&, is_first = true]() mutable {
    if (std::exchange(is_first, false)) {
      host.scheduler.advance(Duration(0));
    }
  };

  REQUIRE(swap());

  CHECK(new_script.trace == Trace{"waits for parts with extra", "last_part", "info wake"});
}

TEST_CASE_METHOD(HandoverTest, "small parts go over although all of them change between two turns",
                 "[handover]") {
  new_script.on_load_part = [&] {
    if (new_script.parts_loaded % 64 == 0 && new_script.parts_loaded < 100 * keys) {
      for (int key = 0; key < keys; ++key) {
        send(key);
      }
    }
  };

  const auto report = swap();

  REQUIRE(report);
  CHECK(new_script.parts_loaded < 100 * keys);  // by longer turns, not by events that ended
  CHECK(call("sum") == std::to_string(sent));
}

TEST_CASE_METHOD(HandoverTest, "a state that changes faster than it goes over stays where it is",
                 "[handover]") {
  old_script.on_save_part = [&] {  // so that a longer turn is of no help
    host.clock.advance_to(host.clock.steady_now() + std::chrono::milliseconds(10));
  };
  new_script.on_load_part = [&] {
    if (new_script.parts_loaded % 64 == 0) {
      host.clock.advance_to(host.clock.steady_now() + std::chrono::seconds(1));
      for (int key = 0; key < keys; ++key) {
        send(key);
      }
    }
  };

  const auto report = swap();

  CHECK(code_of(report) == "timed_out");
  CHECK(report.error().text.find("faster than it goes over") != std::string::npos);
  new_script.on_load_part = nullptr;
  check_old_goes_on();
}

TEST_CASE_METHOD(HandoverTest, "the new id can be taken meanwhile, and then the old handler stays",
                 "[handover]") {
  new_script.on_load_part = [&, is_first = true]() mutable {
    if (std::exchange(is_first, false)) {
      CHECK(manager->add_handler({"b", old_script.factory(), {}}));
    }
  };

  CHECK(code_of(swap("b")) == "already_present");

  CHECK(call("sum") == std::to_string(sent));
}

TEST_CASE_METHOD(HandoverTest, "an owner is told of the swap and owns the new handler", "[handover]") {
  HandlerOwner owner(host.runtime, "owner");
  REQUIRE(manager->swap_sup_handler(request(), owner.ref()));
  settle();
  new_script.trace.clear();
  std::swap(old_script.version, new_script.version);

  REQUIRE(manager->swap_handler({"a", {"a", new_script.factory(), {}}, SwapMode::safe, "", ""}));
  settle();

  const auto told = owner.next_exit(Duration(0));
  REQUIRE(told);
  CHECK(told->kind == HandlerExit::Kind::swapped);
  CHECK_FALSE(told->state);
  CHECK(manager->which_handlers()->at(0).owner == "owner");
}

TEST_CASE_METHOD(HandoverTest, "a state goes over whole when one of the two knows no parts", "[handover]") {
  SECTION("the old one") {
    old_script.gives_parts = false;
  }
  SECTION("the new one") {
    new_script.takes_parts = false;
  }

  const auto report = swap();

  REQUIRE(report);
  CHECK(report->state_parts == 0);
  CHECK(new_script.trace == Trace{"takes over whole"});
  CHECK(call("sum") == std::to_string(sent));
}

TEST_CASE_METHOD(HandoverTest, "a destructive swap takes the state whole", "[handover]") {
  auto destructive = request();
  destructive.mode = SwapMode::destructive;

  REQUIRE(manager->swap_handler(std::move(destructive)));

  CHECK(new_script.trace == Trace{"takes over whole"});
}

// ---- How long events wait ------------------------------------------------------------------------

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
