// SPDX-License-Identifier: Apache-2.0
// A swap in three parts, for a transaction over several processes: prepared, cut over, finished or taken
// back.
#include "tests/support/scripted_server.hpp"
#include "tests/unit/behaviour/prepared_fixture.hpp"

using namespace baton;
using namespace baton::test;

TEST_CASE_METHOD(PreparedTest, "all are made, then all take their places, then the old ones end",
                 "[swap][upgrade]") {
  const auto made = prepare(new_script);
  REQUIRE(made);
  CHECK(made->reports.size() == 2);
  CHECK(old_script.trace.empty());
  CHECK(versions() == "11");

  REQUIRE(manager->cut_over(made->ticket));
  CHECK(old_script.trace.empty());
  CHECK(versions() == "22");

  REQUIRE(manager->finish_swaps(made->ticket, true));
  CHECK(old_script.trace == swapped);
  REQUIRE(manager->sys().resume());
  notify();
  CHECK(count("a") == "2");
  CHECK(count("b") == "2");
}

TEST_CASE_METHOD(PreparedTest, "what is taken back has changed nothing, before the cut and after it",
                 "[swap][upgrade]") {
  const std::uint64_t ticket = prepared();
  SECTION("before") {}
  SECTION("after") {
    REQUIRE(manager->cut_over(ticket));
  }

  REQUIRE(manager->finish_swaps(ticket, false));

  CHECK(old_script.trace.empty());
  CHECK(versions() == "11");
  REQUIRE(manager->sys().resume());
  notify();
  CHECK(count("a") == "2");
}

TEST_CASE_METHOD(PreparedTest, "when one cannot be made, none is left", "[swap][upgrade]") {
  std::vector<SwapRequest> requests;
  requests.push_back({"a", {"a", new_script.factory(), {}}, SwapMode::safe, "", ""});
  HandlerScript broken;
  broken.create_throws = true;
  requests.push_back({"b", {"b", broken.factory(), {}}, SwapMode::safe, "", ""});

  const auto made = manager->prepare_swaps(std::move(requests));

  REQUIRE_FALSE(made);
  CHECK(made.error().text == "log/b: thrown");
  CHECK(new_script.trace ==
        Trace{"a takes over state 1", "a terminate stop the swap was taken back", "a destroyed"});
  CHECK(old_script.trace.empty());
  CHECK(prepare(new_script));
}

TEST_CASE_METHOD(PreparedTest, "a manager that is stopped in between ends what was prepared",
                 "[swap][upgrade]") {
  const std::uint64_t ticket = prepared();

  REQUIRE(manager->stop(ExitReason::shutdown(), infinity));

  CHECK(std::count(new_script.trace.begin(), new_script.trace.end(), "a destroyed") == 1);
  CHECK(std::count(new_script.trace.begin(), new_script.trace.end(), "b destroyed") == 1);
  CHECK(code_of(manager->finish_swaps(ticket, true)) == "process_ended");
}

TEST_CASE("a server takes part in the same way", "[swap][upgrade]") {
  ManualHost host;
  ServerScript old_script;
  ServerScript new_script;
  new_script.version = "2";
  const auto server = *ServerProcess::start(host.runtime, {"queue", old_script.factory(), {}, {}});
  const auto version = [&] {
    return server->status()->version;
  };
  const auto endings = [&] {
    return std::count_if(old_script.trace.begin(), old_script.trace.end(),
                         [](const std::string& line) { return line.starts_with("terminate swapped"); });
  };
  REQUIRE(server->sys().suspend());
  const auto made = server->prepare_swap({{"queue", new_script.factory(), {}, {}}});
  REQUIRE(made);
  CHECK(made->reports.size() == 1);
  REQUIRE(server->cut_over(made->ticket));
  CHECK(version() == "2");
  SECTION("and stays") {
    REQUIRE(server->finish_swap(made->ticket, true));
    CHECK(version() == "2");
    CHECK(endings() == 1);
  }
  SECTION("or is taken back") {
    REQUIRE(server->finish_swap(made->ticket, false));
    CHECK(version() == "1");
    CHECK(endings() == 0);
  }
}

TEST_CASE_METHOD(PreparedTest,
                 "each handler of an upgrade is watched for itself, from the end of the old one on",
                 "[swap][upgrade][watch]") {
  std::vector<SwapRequest> requests;
  std::vector<Pending<WatchOutcome>> ends;
  for (const char* id : {"a", "b"}) {
    auto [pending, end] = make_question<WatchOutcome>();
    ends.push_back(std::move(pending));
    requests.push_back({id, {id, new_script.factory(), {}}, SwapMode::safe, "", ""});
    requests.back().watch.window = Duration(30'000);
    requests.back().watch.redo = Redo::none;
    requests.back().watch_end.emplace(std::move(end));
  }
  const auto made = manager->prepare_swaps(std::move(requests));
  REQUIRE(made);
  REQUIRE(manager->cut_over(made->ticket));
  CHECK_FALSE(ends[0].is_answered());

  SECTION("what is taken back has not been watched") {
    REQUIRE(manager->finish_swaps(made->ticket, false));
    CHECK(code_of(ends[0].take()) == "process_ended");
    CHECK(code_of(ends[1].take()) == "process_ended");
    REQUIRE(manager->sys().resume());
  }
  SECTION("one that crashes goes back alone, with the state that it has") {
    REQUIRE(manager->finish_swaps(made->ticket, true));
    REQUIRE(manager->sys().resume());
    notify();
    const Message fault = host.message("throw", "a");
    REQUIRE(manager->notify({&fault, 1}));
    host.scheduler.run_all();
    CHECK(versions() == "12");
    CHECK(ends[0].take()->verdict == WatchOutcome::Verdict::swapped_back);
    CHECK(count("a") == "2");
    host.scheduler.advance(Duration(30'000));
    CHECK(ends[1].take()->verdict == WatchOutcome::Verdict::passed);
    CHECK(versions() == "12");
  }
}

TEST_CASE("a server of an upgrade is watched, too", "[swap][upgrade][watch][server]") {
  ManualHost host;
  ServerScript old_script;
  ServerScript new_script;
  new_script.version = "2";
  const auto server = *ServerProcess::start(host.runtime, {"queue", old_script.factory(), {}, {}});
  auto [pending, end] = make_question<WatchOutcome>();
  ServerSwap request{{"queue", new_script.factory(), {}, {}}};
  request.watch.window = Duration(30'000);
  request.watch_end.emplace(std::move(end));
  REQUIRE(server->sys().suspend());
  const auto made = server->prepare_swap(std::move(request));
  REQUIRE(made);
  REQUIRE(server->cut_over(made->ticket));
  SECTION("from the end of the old one on") {
    REQUIRE(server->finish_swap(made->ticket, true));
    CHECK(server->status()->is_watched);
    REQUIRE(server->sys().resume());
    new_script.on_call = [](std::string_view /*type*/) -> std::optional<ServerOutcome> {
      throw std::runtime_error("not me");
    };
    CHECK(server->call(host.message("echo", "x"))->data == "x");
    CHECK(pending.take()->verdict == WatchOutcome::Verdict::swapped_back);
  }
  SECTION("but not what is taken back") {
    REQUIRE(server->finish_swap(made->ticket, false));
    CHECK_FALSE(server->status()->is_watched);
    CHECK(code_of(pending.take()) == "process_ended");
    REQUIRE(server->sys().resume());
  }
  CHECK(server->status()->version == "1");
}
