// SPDX-License-Identifier: Apache-2.0
// A swap in three parts, for a transaction over several processes: prepared, cut over, finished or taken
// back.
#include "tests/support/manual_host.hpp"
#include "tests/support/scripted_handler.hpp"
#include "tests/support/scripted_server.hpp"

#include <catch2/catch.hpp>

using namespace baton;
using namespace baton::test;

namespace {

struct PreparedTest {
  ManualHost host;
  HandlerScript old_script;
  HandlerScript new_script;
  std::shared_ptr<EventManager> manager = host.manager();

  PreparedTest() {
    new_script.version = "2";
    REQUIRE(manager->add_handler({"a", old_script.factory(), {}}));
    REQUIRE(manager->add_handler({"b", old_script.factory(), {}}));
    notify();
    REQUIRE(manager->sys().suspend());
    old_script.trace.clear();
  }

  void notify() {
    const Message event = host.message("msg", "1");
    REQUIRE(manager->notify({&event, 1}));
    host.scheduler.run_all();
  }

  Result<std::vector<SwapReport>> prepare() {
    std::vector<SwapRequest> requests;
    for (const char* id : {"a", "b"}) {
      requests.push_back({id, {id, new_script.factory(), {}}, SwapMode::safe, "", "extra"});
    }
    return manager->prepare_swaps(std::move(requests));
  }

  /// Of a and b.
  std::string versions() {
    const auto status = manager->status();
    REQUIRE(status);
    return status->handlers.at(1).version + status->handlers.at(0).version;
  }

  std::string count(const std::string& id) {
    const auto reply = manager->call(id, host.message("count"));
    return reply ? reply->data : code_of(reply);
  }
};

}  // namespace

TEST_CASE_METHOD(PreparedTest, "all are made, then all take their places, then the old ones end",
                 "[swap][upgrade]") {
  const auto reports = prepare();
  REQUIRE(reports);
  CHECK(reports->size() == 2);
  CHECK(old_script.trace.empty());
  CHECK(versions() == "11");

  REQUIRE(manager->cut_over());
  CHECK(old_script.trace.empty());
  CHECK(versions() == "22");

  REQUIRE(manager->finish_swaps(true));
  CHECK(old_script.trace ==
        Trace{"a terminate swapped", "b terminate swapped", "a destroyed", "b destroyed"});
  REQUIRE(manager->sys().resume());
  notify();
  CHECK(count("a") == "2");
  CHECK(count("b") == "2");
}

TEST_CASE_METHOD(PreparedTest, "what is taken back has changed nothing, before the cut and after it",
                 "[swap][upgrade]") {
  REQUIRE(prepare());
  SECTION("before") {}
  SECTION("after") {
    REQUIRE(manager->cut_over());
  }

  REQUIRE(manager->finish_swaps(false));

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

  const auto reports = manager->prepare_swaps(std::move(requests));

  REQUIRE_FALSE(reports);
  CHECK(reports.error().text == "log/b: thrown");
  CHECK(new_script.trace ==
        Trace{"a takes over state 1", "a terminate stop the swap was taken back", "a destroyed"});
  CHECK(old_script.trace.empty());
  CHECK(code_of(manager->cut_over()) == "refused");
}

TEST_CASE_METHOD(PreparedTest, "states that are old by the time of the cut are not used", "[swap][upgrade]") {
  REQUIRE(prepare());
  REQUIRE(manager->sys().resume());
  CHECK(code_of(manager->cut_over()) == "refused");
  CHECK(code_of(prepare()) == "refused");
  notify();
  REQUIRE(manager->sys().suspend());

  CHECK(code_of(manager->cut_over()) == "refused");

  REQUIRE(manager->finish_swaps(true));
  CHECK(versions() == "11");
}

TEST_CASE_METHOD(PreparedTest, "a manager that is stopped in between ends what was prepared",
                 "[swap][upgrade]") {
  REQUIRE(prepare());

  REQUIRE(manager->stop(ExitReason::shutdown(), infinity));

  CHECK(std::count(new_script.trace.begin(), new_script.trace.end(), "a destroyed") == 1);
  CHECK(std::count(new_script.trace.begin(), new_script.trace.end(), "b destroyed") == 1);
  CHECK(code_of(manager->finish_swaps(true)) == "process_ended");
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
  REQUIRE(server->prepare_swap({{"queue", new_script.factory(), {}, {}}}));
  REQUIRE(server->cut_over());
  CHECK(version() == "2");
  SECTION("and stays") {
    REQUIRE(server->finish_swap(true));
    CHECK(version() == "2");
    CHECK(endings() == 1);
  }
  SECTION("or is taken back") {
    REQUIRE(server->finish_swap(false));
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
  REQUIRE(manager->prepare_swaps(std::move(requests)));
  REQUIRE(manager->cut_over());
  CHECK_FALSE(ends[0].is_answered());

  SECTION("what is taken back has not been watched") {
    REQUIRE(manager->finish_swaps(false));
    CHECK(code_of(ends[0].take()) == "process_ended");
    CHECK(code_of(ends[1].take()) == "process_ended");
    REQUIRE(manager->sys().resume());
  }
  SECTION("one that crashes goes back alone, with the state that it has") {
    REQUIRE(manager->finish_swaps(true));
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
  REQUIRE(server->prepare_swap(std::move(request)));
  REQUIRE(server->cut_over());
  SECTION("from the end of the old one on") {
    REQUIRE(server->finish_swap(true));
    CHECK(server->status()->is_watched);
    REQUIRE(server->sys().resume());
    new_script.on_call = [](std::string_view /*type*/) -> std::optional<ServerOutcome> {
      throw std::runtime_error("not me");
    };
    CHECK(server->call(host.message("echo", "x"))->data == "x");
    CHECK(pending.take()->verdict == WatchOutcome::Verdict::swapped_back);
  }
  SECTION("but not what is taken back") {
    REQUIRE(server->finish_swap(false));
    CHECK_FALSE(server->status()->is_watched);
    CHECK(code_of(pending.take()) == "process_ended");
    REQUIRE(server->sys().resume());
  }
  CHECK(server->status()->version == "1");
}
