// SPDX-License-Identifier: Apache-2.0
// A swap whose state goes over in parts: docs/decisions/0006-large-state-goes-over-in-parts.md.
#include "tests/unit/behaviour/handover_fixture.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

using namespace baton;
using namespace baton::test;

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

TEST_CASE_METHOD(HandoverTest, "a handler whose state goes over takes part in no upgrade meanwhile",
                 "[handover][upgrade]") {
  std::string upgrade;
  new_script.on_load_part = [&] {
    if (upgrade.empty()) {
      upgrade = "asked";
      REQUIRE(manager->sys().suspend());
      std::vector<SwapRequest> requests;
      requests.push_back(request());
      upgrade = code_of(manager->prepare_swaps(std::move(requests)));
      REQUIRE(manager->sys().resume());
    }
  };

  CHECK(swap());

  CHECK(upgrade == "refused");
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

TEST_CASE_METHOD(HandoverTest, "a manager that waits for its end because of a swap answers nobody any more",
                 "[handover]") {
  std::optional<Request<Reply>> late;
  new_script.on_load_part = [&] {
    if (!late) {
      REQUIRE(manager->exit(ExitReason::shutdown()));
      settle();  // it has been told, and waits for this callback
      late.emplace(manager->send_request("a", host.message("sum")));
      settle();
    }
  };

  CHECK(code_of(swap()) == "process_ended");

  REQUIRE(late);
  CHECK(code_of(*late->wait_response(infinity).result) == "process_ended");
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
