// SPDX-License-Identifier: Apache-2.0
// What others do to a process while a swap in three parts is under way in it: they prepare another one,
// resume it, crash in it, or want something else of it.
#include "tests/unit/behaviour/prepared_fixture.hpp"

using namespace baton;
using namespace baton::test;

// ---- Two at once ----------------------------------------------------------------------------------------

TEST_CASE_METHOD(PreparedTest, "who comes second is refused, and takes nothing from the first",
                 "[swap][upgrade]") {
  HandlerScript other;
  other.version = "3";
  const std::uint64_t ticket = prepared();

  CHECK(code_of(prepare(other)) == "refused");
  CHECK(other.trace.empty());
  REQUIRE(manager->cut_over(ticket));
  CHECK(code_of(prepare(other)) == "refused");
  REQUIRE(manager->finish_swaps(ticket, true));

  CHECK(versions() == "22");
  CHECK(old_script.trace == swapped);
  CHECK(prepare(other));
}

TEST_CASE_METHOD(PreparedTest, "a ticket means one swap and no other", "[swap][upgrade]") {
  const std::uint64_t before = prepared();
  SECTION("one that was kept") {
    REQUIRE(manager->cut_over(before));
    REQUIRE(manager->finish_swaps(before, true));
  }
  SECTION("one that was taken back") {
    REQUIRE(manager->finish_swaps(before, false));
  }
  HandlerScript other;
  other.version = "3";
  const auto made = prepare(other);
  REQUIRE(made);
  CHECK(made->ticket != before);
  const std::string old = versions();

  CHECK(code_of(manager->cut_over(before)) == "refused");
  CHECK(code_of(manager->cut_over(0)) == "refused");
  (void)manager->finish_swaps(before, true);
  (void)manager->finish_swaps(before, false);
  CHECK(versions() == old);

  REQUIRE(manager->cut_over(made->ticket));
  (void)manager->finish_swaps(before, true);
  (void)manager->finish_swaps(before, false);
  CHECK(versions() == "33");
  REQUIRE(manager->finish_swaps(made->ticket, false));
  CHECK(versions() == old);
}

TEST_CASE_METHOD(PreparedTest, "a second cut does not undo the first", "[swap][upgrade]") {
  const std::uint64_t ticket = prepared();
  REQUIRE(manager->cut_over(ticket));

  CHECK(code_of(manager->cut_over(ticket)) == "refused");

  CHECK(versions() == "22");
  REQUIRE(manager->finish_swaps(ticket, true));
  CHECK(old_script.trace == swapped);
}

TEST_CASE_METHOD(PreparedTest, "what has not been cut over cannot be kept", "[swap][upgrade]") {
  const std::uint64_t ticket = prepared();

  CHECK(code_of(manager->finish_swaps(ticket, true)) == "refused");

  CHECK(versions() == "11");
  CHECK(new_script.trace == taken_back);
  CHECK(manager->finish_swaps(ticket, false));
}

TEST_CASE_METHOD(PreparedTest, "a handler is swapped once, and keeps its id", "[swap][upgrade]") {
  CHECK(code_of(prepare(new_script, {"a", "a"})) == "bad_request");
  std::vector<SwapRequest> requests;
  requests.push_back({"a", {"b", new_script.factory(), {}}, SwapMode::safe, "", ""});
  CHECK(code_of(manager->prepare_swaps(std::move(requests))) == "bad_request");

  CHECK(std::count(new_script.trace.begin(), new_script.trace.end(), "a destroyed") == 1);
  CHECK(old_script.trace.empty());
  CHECK(prepare(new_script));
}

// ---- It goes on in between ------------------------------------------------------------------------------

TEST_CASE_METHOD(PreparedTest, "a manager that goes on before the cut does so with the old handlers alone",
                 "[swap][upgrade]") {
  const std::uint64_t ticket = prepared();
  REQUIRE(manager->sys().resume());
  CHECK(new_script.trace == taken_back);
  CHECK(code_of(manager->cut_over(ticket)) == "refused");
  CHECK(code_of(prepare(new_script)) == "refused");
  std::string left;
  SECTION("they have events") {
    notify();
    left = "11";
  }
  SECTION("one is deleted") {
    REQUIRE(manager->delete_handler("a", ""));
    left = "1";
  }
  SECTION("one crashes without an event") {
    CHECK(code_of(manager->call("a", host.message("throw"))) == "crashed");
    left = "1";
  }
  REQUIRE(manager->sys().suspend());

  CHECK(code_of(manager->cut_over(ticket)) == "refused");
  CHECK(code_of(manager->finish_swaps(ticket, true)) == "refused");
  CHECK(manager->finish_swaps(ticket, false));

  CHECK(versions() == left);
}

TEST_CASE_METHOD(PreparedTest, "a manager that goes on after the cut does so with the new handlers alone",
                 "[swap][upgrade]") {
  const std::uint64_t ticket = prepared();
  REQUIRE(manager->cut_over(ticket));
  REQUIRE(manager->sys().resume());
  CHECK(old_script.trace == swapped);
  notify("throw", "a");
  CHECK(versions() == "2");
  REQUIRE(manager->sys().suspend());

  CHECK(code_of(manager->finish_swaps(ticket, false)) == "refused");
  CHECK(manager->finish_swaps(ticket, true));

  CHECK(versions() == "2");
  REQUIRE(manager->sys().resume());
  notify();
  CHECK(count("b") == "3");
}

TEST_CASE_METHOD(PreparedTest, "whoever dies after prepare leaves nothing that a resume does not end",
                 "[swap][upgrade]") {
  (void)prepared();

  REQUIRE(manager->sys().resume());

  CHECK(new_script.trace == taken_back);
  notify();
  CHECK(count("a") == "2");
  REQUIRE(manager->sys().suspend());
  CHECK(prepare(new_script));
}

TEST_CASE_METHOD(PreparedTest, "a manager that ends after the cut takes it back first", "[swap][upgrade]") {
  const std::uint64_t ticket = prepared();
  REQUIRE(manager->cut_over(ticket));
  SECTION("in order") {
    REQUIRE(manager->stop(ExitReason::shutdown(), infinity));
    CHECK(new_script.trace == taken_back);
    CHECK(old_script.trace.size() == 4);
    CHECK(old_script.trace.front() == "b terminate stop shutdown");
  }
  SECTION("or it is given up, and nobody is told") {
    manager->abandon();
    host.scheduler.run_all();
    CHECK(std::count(new_script.trace.begin(), new_script.trace.end(), "a destroyed") == 1);
    CHECK(std::count(old_script.trace.begin(), old_script.trace.end(), "b destroyed") == 1);
  }
  CHECK(code_of(manager->finish_swaps(ticket, true)) == "process_ended");
}

// ---- Other wishes ---------------------------------------------------------------------------------------

TEST_CASE_METHOD(PreparedTest, "new code and new states have to wait for the end of the swap",
                 "[swap][upgrade][sys]") {
  HandlerScript other;
  other.version = "3";
  const CodeChange change{"ScriptedHandler", other.factory(), std::nullopt, {}};
  const ReplaceState state = [](const std::string&, const State&) -> Result<State> {
    return State{1, "70", {}};
  };
  const std::uint64_t ticket = prepared();
  std::string expected = "11";
  SECTION("before the cut") {}
  SECTION("after it") {
    REQUIRE(manager->cut_over(ticket));
    expected = "22";
  }

  CHECK(code_of(manager->change_code(change)) == "refused");
  CHECK(code_of(manager->update_code(change)) == "refused");
  CHECK(code_of(manager->sys().replace_state(state)) == "refused");

  CHECK(other.trace.empty());
  CHECK(versions() == expected);
  REQUIRE(manager->finish_swaps(ticket, false));
  CHECK(manager->change_code(change));
  CHECK(manager->sys().replace_state(state));
}

TEST_CASE_METHOD(PreparedTest, "what is sent meanwhile meets the handlers that are there afterwards",
                 "[swap][upgrade]") {
  const std::uint64_t ticket = prepared();
  const Message event = host.message("msg", "2");
  REQUIRE(manager->notify({&event, 1}));
  auto asked = manager->send_request("a", host.message("count"));
  REQUIRE(manager->cut_over(ticket));
  REQUIRE(manager->finish_swaps(ticket, true));
  REQUIRE(manager->sys().resume());

  CHECK((*asked.receive_response(infinity).result)->data == "2");
  CHECK(std::count(new_script.trace.begin(), new_script.trace.end(), "a msg 2") == 1);
}

// ---- Policies -------------------------------------------------------------------------------------------

TEST_CASE_METHOD(PreparedTest, "a handler is restarted as the policy of who is in the place says",
                 "[swap][upgrade][crash]") {
  CrashPolicy restart;
  restart.on_crash = OnCrash::restart;
  std::vector<SwapRequest> requests;
  requests.push_back({"a", {"a", new_script.factory(), {}}, SwapMode::safe, "", ""});
  requests.back().replacement.crash_policy = restart;
  const auto made = manager->prepare_swaps(std::move(requests));
  REQUIRE(made);
  REQUIRE(manager->cut_over(made->ticket));
  std::string after;
  SECTION("the new one's, which is kept") {
    REQUIRE(manager->finish_swaps(made->ticket, true));
    after = "21";
  }
  SECTION("the old one's, which has come back") {
    REQUIRE(manager->finish_swaps(made->ticket, false));
    after = "1";
  }
  REQUIRE(manager->sys().resume());

  notify("throw", "a");
  host.scheduler.advance(Duration(60'000));

  CHECK(versions() == after);
}

TEST_CASE_METHOD(PreparedTest, "a place begins to count its restarts anew, as with every swap",
                 "[swap][upgrade][crash]") {
  CrashPolicy restart;
  restart.on_crash = OnCrash::restart;
  REQUIRE(manager->sys().resume());
  REQUIRE(manager->adjust_handler("a", restart, 0));
  notify("throw", "a");
  host.scheduler.advance(Duration(60'000));
  const auto restarts = [this] {
    return manager->status()->handlers.back().restarts;
  };
  REQUIRE(restarts() == 1);
  REQUIRE(manager->sys().suspend());
  const std::uint64_t ticket = prepared();
  REQUIRE(manager->cut_over(ticket));
  SECTION("when it is kept") {
    REQUIRE(manager->finish_swaps(ticket, true));
    CHECK(restarts() == 0);
  }
  SECTION("but not when it is taken back") {
    REQUIRE(manager->finish_swaps(ticket, false));
    CHECK(restarts() == 1);
  }
}
