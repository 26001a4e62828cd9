// SPDX-License-Identifier: Apache-2.0
// What others do to a server while a swap in three parts is under way in it.
#include "tests/support/manual_host.hpp"
#include "tests/support/scripted_server.hpp"

#include <algorithm>

using namespace baton;
using namespace baton::test;

namespace {

/// A suspended server of version 1 with the state `x`.
struct ServerInPartsTest {
  ManualHost host;
  ServerScript old_script;
  ServerScript new_script;
  ServerScript other;
  std::shared_ptr<ServerProcess> server =
      *ServerProcess::start(host.runtime, {"queue", old_script.factory(), {}, {}});

  ServerInPartsTest() {
    new_script.version = "2";
    other.version = "3";
    cast("x");
    REQUIRE(server->sys().suspend());
    old_script.trace.clear();
  }

  void cast(const std::string& data) {
    const Message request = host.message("add", data);
    REQUIRE(server->cast({&request, 1}));
    host.scheduler.run_all();
  }

  std::string sum() { return server->call(host.message("sum"))->data; }

  std::string version() { return server->status()->version; }

  Result<PreparedSwaps> prepare(ServerScript& script) {
    return server->prepare_swap({{"queue", script.factory(), {}, {}}});
  }

  /// It has to succeed. Returns the ticket.
  std::uint64_t prepared() {
    const auto made = prepare(new_script);
    REQUIRE(made);
    return made->ticket;
  }

  static auto endings(const ServerScript& script, const std::string& kind) {
    return std::count_if(script.trace.begin(), script.trace.end(),
                         [&](const std::string& line) { return line.starts_with("terminate " + kind); });
  }
};

}  // namespace

TEST_CASE_METHOD(ServerInPartsTest, "of two who prepare a server the second is refused",
                 "[swap][upgrade][server]") {
  const std::uint64_t ticket = prepared();
  CHECK(code_of(prepare(other)) == "refused");
  REQUIRE(server->cut_over(ticket));
  CHECK(code_of(server->cut_over(ticket)) == "refused");
  CHECK(code_of(prepare(other)) == "refused");
  CHECK(version() == "2");
  REQUIRE(server->finish_swap(ticket, true));

  CHECK(other.trace.empty());
  CHECK(endings(old_script, "swapped") == 1);
  const auto made = prepare(other);
  REQUIRE(made);
  CHECK(code_of(server->cut_over(ticket)) == "refused");
  REQUIRE(server->cut_over(made->ticket));
  (void)server->finish_swap(ticket, false);
  CHECK(version() == "3");
  REQUIRE(server->finish_swap(made->ticket, false));
  CHECK(version() == "2");
}

TEST_CASE_METHOD(ServerInPartsTest, "a server that goes on has only the code that is in its place",
                 "[swap][upgrade][server]") {
  const std::uint64_t ticket = prepared();
  SECTION("before the cut the old one") {
    REQUIRE(server->sys().resume());
    CHECK(endings(new_script, "stop the swap was taken back") == 1);
    cast("y");
    REQUIRE(server->sys().suspend());
    CHECK(code_of(server->cut_over(ticket)) == "refused");
    CHECK(code_of(server->finish_swap(ticket, true)) == "refused");
    CHECK(server->finish_swap(ticket, false));
    CHECK(version() == "1");
  }
  SECTION("after it the new one") {
    REQUIRE(server->cut_over(ticket));
    REQUIRE(server->sys().resume());
    CHECK(endings(old_script, "swapped") == 1);
    cast("y");
    REQUIRE(server->sys().suspend());
    CHECK(code_of(server->finish_swap(ticket, false)) == "refused");
    CHECK(server->finish_swap(ticket, true));
    CHECK(version() == "2");
  }
  REQUIRE(server->sys().resume());
  CHECK(sum() == "xy");
}

TEST_CASE_METHOD(ServerInPartsTest, "a server that has gone on takes what is prepared along when it crashes",
                 "[swap][upgrade][server]") {
  const std::uint64_t ticket = prepared();
  REQUIRE(server->sys().resume());

  CHECK(code_of(server->call(host.message("throw"))) == "crashed");

  CHECK(endings(new_script, "stop the swap was taken back") == 1);
  CHECK(code_of(server->finish_swap(ticket, true)) == "process_ended");
}

TEST_CASE_METHOD(ServerInPartsTest, "other code and another state of a server wait for the end of the swap",
                 "[swap][upgrade][server]") {
  const ReplaceState state = [](const std::string&, const State&) -> Result<State> {
    return State{1, "z", {}};
  };
  const ServerSpec spec{"queue", other.factory(), {}, {}};
  const std::uint64_t ticket = prepared();
  std::string expected = "1";
  SECTION("before the cut") {}
  SECTION("after it") {
    REQUIRE(server->cut_over(ticket));
    expected = "2";
  }

  CHECK(code_of(server->swap(spec, "")) == "refused");
  CHECK(code_of(server->change_code(spec, "")) == "refused");
  CHECK(code_of(server->sys().replace_state(state)) == "refused");

  CHECK(other.trace.empty());
  CHECK(version() == expected);
  REQUIRE(server->finish_swap(ticket, false));
  CHECK(server->sys().replace_state(state));
  CHECK(server->swap(spec, ""));
  REQUIRE(server->sys().resume());
  CHECK(sum() == "z");
}

TEST_CASE_METHOD(ServerInPartsTest,
                 "a server that is not suspended, or not cut over, is not swapped in parts",
                 "[swap][upgrade][server]") {
  const std::uint64_t ticket = prepared();
  CHECK(code_of(server->finish_swap(ticket, true)) == "refused");
  CHECK(version() == "1");
  CHECK(endings(new_script, "stop the swap was taken back") == 1);

  REQUIRE(server->sys().resume());
  CHECK(code_of(prepare(new_script)) == "refused");
}
