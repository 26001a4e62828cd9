// SPDX-License-Identifier: Apache-2.0
// sys: log, trace, statistics, install.
#include "tests/support/manual_host.hpp"
#include "tests/support/scripted_handler.hpp"
#include "tests/support/scripted_server.hpp"

#include <catch2/catch.hpp>

using namespace baton;
using namespace baton::test;

namespace {

using Lines = std::vector<std::string>;

struct ServerTest {
  ManualHost host;
  ServerScript script;
  std::shared_ptr<ServerProcess> server =
      *ServerProcess::start(host.runtime, {"srv", script.factory(), {}, {}});

  ServerTest() {
    script.on_format_status = [](StatusPurpose, StatusView&) -> Result<void> {
      return {};  // the state is shown as it is
    };
  }

  Sys sys() { return server->sys(); }

  void call(const std::string& type, const std::string& data = {}) {
    (void)server->call(host.message(type, data));
  }

  void cast(const std::string& data) {
    const Message request = host.message("add", data);
    REQUIRE(server->cast({&request, 1}));
    host.scheduler.run_all();
  }

  Lines traced() {
    Lines lines;
    for (const auto& record : host.log.all("sys_trace")) {
      lines.push_back(record.fields.at("line"));
    }
    return lines;
  }

  Lines logged() {
    const auto events = sys().log_get();
    REQUIRE(events);
    Lines lines;
    for (const SysEvent& event : *events) {
      lines.push_back(debug_line("srv", event));
    }
    return lines;
  }
};

}  // namespace

TEST_CASE_METHOD(ServerTest, "trace prints what comes in and what goes out, until it is turned off",
                 "[sy-004][gs-g23]") {
  REQUIRE(sys().trace(true));
  call("echo", "s0");
  cast("c");
  CHECK(traced() == Lines{"*DBG* srv got call echo s0 from 1", "*DBG* srv sent s0 to 1",
                          "*DBG* srv got cast add c", "*DBG* srv new state c"});

  REQUIRE(sys().trace(false));
  call("echo");
  CHECK(traced().size() == 4);
}

TEST_CASE_METHOD(ServerTest, "the log keeps the last events, and can be turned off and on",
                 "[sy-001][gs-g23]") {
  CHECK(logged().empty());
  REQUIRE(sys().log(3));
  call("echo", "s0");
  cast("c");
  CHECK(logged() == Lines{"*DBG* srv sent s0 to 1", "*DBG* srv got cast add c", "*DBG* srv new state c"});
  CHECK(sys().get_status()->log.size() == 3);

  REQUIRE(sys().log(1));
  CHECK(logged() == Lines{"*DBG* srv new state c"});
  REQUIRE(sys().log(0));
  call("echo");
  CHECK(logged().empty());

  REQUIRE(sys().log());
  for (int i = 0; i < 20; ++i) {
    cast("x");
  }
  CHECK(logged().size() == Sys::log_default);
}

TEST_CASE_METHOD(ServerTest, "statistics count one message in and one out for a call, and none when off",
                 "[sy-003][gs-g23]") {
  CHECK_FALSE(sys().statistics_get()->has_value());
  REQUIRE(sys().statistics(true));
  host.clock.advance_to(host.clock.steady_now() + Duration(3));
  call("echo");

  auto statistics = **sys().statistics_get();
  CHECK(statistics.messages_in == 1);
  CHECK(statistics.messages_out == 1);
  CHECK(statistics.current_time_us - statistics.start_time_us == 3000);

  cast("c");  // in, and nothing out
  const std::vector<Message> batch = {host.message("add", "1"), host.message("add", "2")};
  REQUIRE(server->cast(batch));
  statistics = **sys().statistics_get();
  CHECK(statistics.messages_in == 4);
  CHECK(statistics.messages_out == 1);

  REQUIRE(sys().statistics(false));
  CHECK_FALSE(sys().statistics_get()->has_value());
}

TEST_CASE_METHOD(ServerTest, "a reply that is sent later counts as no message out", "[sy-003]") {
  REQUIRE(sys().statistics(true));
  script.on_run = [](Services&) {
  };
  CHECK(code_of(server->call(host.message("later"), Duration(10))) == "timed_out");
  REQUIRE(script.services->reply(script.from, {"answer", BATON_TEXT_PLAIN}).error().code == Errc::not_found);

  CHECK((*sys().statistics_get())->messages_in == 1);
  CHECK((*sys().statistics_get())->messages_out == 0);
}

TEST_CASE_METHOD(ServerTest, "get_status says whether it runs and who the parent is", "[sy-003]") {
  CHECK_FALSE(sys().get_status()->is_suspended);
  CHECK(sys().get_status()->parent == "srv");  // started by nobody else
  server->set_parent("root");
  REQUIRE(sys().suspend());
  const auto status = sys().get_status();
  CHECK(status->is_suspended);
  CHECK(status->parent == "root");
  CHECK(status->module == "gen_server");
  CHECK(status->header == "Status for generic server srv#1");
}

TEST_CASE_METHOD(ServerTest, "observers see each event and its state, once per id, until they are removed",
                 "[sy-006][gs-g23][differs]") {
  // OTP's function also carries a state of its own; a C++ function object has one anyway.
  Lines seen;
  const auto observer = [&seen](const std::string& name) -> SysObserver {
    return [&seen, name](const SysEvent& event) {
      seen.push_back(name + " " + debug_line("srv", event));
      return true;
    };
  };
  REQUIRE(sys().install("a", observer("a")));
  REQUIRE(sys().install("a", observer("again")));  // no effect
  REQUIRE(sys().install("b", observer("b")));
  cast("c");
  CHECK(seen == Lines{"a *DBG* srv got cast add c", "b *DBG* srv got cast add c", "a *DBG* srv new state c",
                      "b *DBG* srv new state c"});

  seen.clear();
  REQUIRE(sys().remove("a"));
  call("sum");
  CHECK(seen == Lines{"b *DBG* srv got call sum from 1", "b *DBG* srv sent c to 1, new state c"});

  seen.clear();
  REQUIRE(sys().install("a", observer("a")));
  REQUIRE(sys().no_debug());
  cast("d");
  CHECK(seen.empty());
}

TEST_CASE_METHOD(ServerTest, "an observer that has seen enough or throws is removed, and harms nobody",
                 "[sy-006]") {
  int seen = 0;
  int others = 0;
  REQUIRE(sys().install("other", [&others](const SysEvent&) {
    ++others;
    return true;
  }));
  SECTION("enough") {
    REQUIRE(sys().install("once", [&seen](const SysEvent&) {
      ++seen;
      return false;
    }));
    cast("c");
    CHECK(host.log.count("observer_removed") == 0);
  }
  SECTION("throws") {
    REQUIRE(sys().install("once", [&seen](const SysEvent&) -> bool {
      ++seen;
      throw std::runtime_error("thrown");
    }));
    cast("c");
    REQUIRE(host.log.count("observer_removed") == 1);
    CHECK(host.log.all("observer_removed")[0].fields.at("reason") == "thrown");
  }
  cast("c");
  CHECK(seen == 1);
  CHECK(others == 4);
  call("sum");
  CHECK(others == 6);
}

TEST_CASE_METHOD(ServerTest, "no_debug turns everything off", "[sy-006][gs-g23]") {
  REQUIRE(sys().log(5));
  REQUIRE(sys().trace(true));
  REQUIRE(sys().statistics(true));
  REQUIRE(sys().no_debug());
  cast("c");
  CHECK(logged().empty());
  CHECK(traced().empty());
  CHECK_FALSE(sys().statistics_get()->has_value());
}

TEST_CASE_METHOD(ServerTest, "casts of one batch are seen one by one, each followed by its state",
                 "[sy-004]") {
  REQUIRE(sys().log());
  const std::vector<Message> batch = {host.message("add", "1"), host.message("add", "2")};
  REQUIRE(server->cast(batch));
  CHECK(logged() == Lines{"*DBG* srv got cast add 1", "*DBG* srv new state 1", "*DBG* srv got cast add 2",
                          "*DBG* srv new state 12"});
}

TEST_CASE_METHOD(ServerTest, "what follows a message that ends the server is not handled", "[sy-004]") {
  REQUIRE(sys().trace(true));
  const std::vector<Message> batch = {host.message("stop", "1"), host.message("add", "2")};
  REQUIRE(server->cast(batch));
  host.scheduler.run_all();
  CHECK(traced() == Lines{"*DBG* srv got cast stop 1"});
  CHECK(server->has_ended());
}

TEST_CASE_METHOD(ServerTest, "an event is one line and keeps the beginning of its data", "[sy-001]") {
  REQUIRE(sys().log());
  cast("two\nlines \x1b[31m");
  cast(std::string(SysEvent::data_max + 1, 'x'));
  const auto events = *sys().log_get();
  REQUIRE(events.size() == 4);
  CHECK(debug_line("srv", events[0]) == "*DBG* srv got cast add two.lines .[31m");
  CHECK(events[2].data.size() == SysEvent::data_max);
  CHECK(debug_line("srv", events[2]).ends_with("xxx..."));
}

TEST_CASE("a manager's events, calls and infos are seen, and count as messages in",
          "[sy-001][sy-003][sy-004]") {
  ManualHost host;
  HandlerScript script;
  const auto manager = host.manager();
  REQUIRE(manager->add_handler({"a", script.factory(), {}}));
  REQUIRE(manager->sys().log());
  REQUIRE(manager->sys().statistics(true));
  const std::vector<Message> events = {host.message("msg", "1"), host.message("msg", "2")};
  REQUIRE(manager->sync_notify(events));
  REQUIRE(manager->call("a", host.message("echo", "x")));
  script.on_run = [&](Services& services) {
    (void)services.start_timer(Duration(1), host.message("tick"));
  };
  REQUIRE(manager->call("a", host.message("run")));
  host.scheduler.advance(Duration(1));

  Lines lines;
  const auto logged = manager->sys().log_get();
  REQUIRE(logged);
  for (const SysEvent& event : *logged) {
    lines.push_back(debug_line("log", event));
  }
  CHECK(lines == Lines{"*DBG* log got event msg 1", "*DBG* log got event msg 2",
                       "*DBG* log(a) got call echo x", "*DBG* log(a) got call run", "*DBG* log(a) got tick"});
  CHECK((*manager->sys().statistics_get())->messages_in == 5);
  CHECK((*manager->sys().statistics_get())->messages_out == 0);
}

TEST_CASE("a manager that is only counted still gets its events in batches", "[sy-003]") {
  ManualHost host;
  HandlerScript script;
  script.batches = true;
  const auto manager = host.manager();
  REQUIRE(manager->add_handler({"a", script.factory(), {}}));
  REQUIRE(manager->sys().statistics(true));
  const std::vector<Message> events = {host.message("msg", "1"), host.message("msg", "2")};
  REQUIRE(manager->sync_notify(events));
  CHECK(script.trace == Trace{"a batch of 2"});

  REQUIRE(manager->sys().trace(true));
  REQUIRE(manager->sync_notify(events));
  CHECK(script.trace == Trace{"a batch of 2", "a batch of 1", "a batch of 1"});
}
