// SPDX-License-Identifier: Apache-2.0
// Options that are changed while a handler or a server goes on.
#include "host/behaviour/option_change.hpp"

#include "tests/support/scripted_server.hpp"
#include "tests/unit/behaviour/crash_fixture.hpp"

#include <utility>

using namespace baton;
using namespace baton::test;

namespace {

/// `limit` is hot, `mode` is not.
Options options(std::int64_t limit, std::int64_t mode = 0) {
  Option first;
  first.name = "limit";
  first.type = OptionType::integer;
  first.integer = limit;
  Option second = first;
  second.name = "mode";
  second.integer = mode;
  return {first, second};
}

std::int64_t limit_of(const Options& options) {
  return options.at(0).integer;
}

using Verdict = OptionsOutcome::Verdict;

struct HotTest : CrashTest {
  HotTest() { script.hot_options = {"limit"}; }

  void install(const CrashPolicy& policy = {}) {
    REQUIRE(manager->add_handler({"before", other.factory(), {}}));
    REQUIRE(manager->add_handler({"a", script.factory(), options(1), {}, policy}));
    REQUIRE(manager->add_handler({"after", other.factory(), {}}));
    script.trace.clear();
    other.trace.clear();
  }

  std::int64_t limit() {
    const auto spec = manager->handler_spec("a");
    REQUIRE(spec);
    return limit_of(spec->options);
  }
};

struct HotServerTest {
  ManualHost host;
  ServerScript script;
  std::shared_ptr<ServerProcess> server;

  HotServerTest() {
    script.hot_options = {"limit"};
    auto started = ServerProcess::start(host.runtime, {"queue", script.factory(), options(1), {}});
    REQUIRE(started);
    server = *started;
  }

  std::int64_t limit() {
    const auto spec = server->spec();
    REQUIRE(spec);
    return limit_of(spec->options);
  }

  std::string call(const std::string& type, const std::string& data = {}) {
    const auto reply = server->call(host.message(type, data));
    return reply ? reply->data : code_of(reply);
  }

  void cast(const std::string& data) {
    const Message request = host.message("add", data);
    REQUIRE(server->cast({&request, 1}));
  }
};

}  // namespace

TEST_CASE("options differ by their values, and when only one side has them", "[options]") {
  Options more = options(1);
  more.push_back(more[0]);
  more[2].name = "new";

  CHECK(changed_options(options(1), options(1)).empty());
  CHECK(changed_options(options(1), options(2)) == Trace{"limit"});
  CHECK(changed_options(options(1, 1), options(2, 2)) == Trace{"limit", "mode"});
  CHECK(changed_options(options(1), more) == Trace{"new"});
  CHECK(changed_options(more, options(1)) == Trace{"new"});
}

// ---- Handlers ---------------------------------------------------------------------------------------

TEST_CASE_METHOD(HotTest, "new options come between two events, and the instance goes on", "[options]") {
  install();
  const std::uint64_t instance = status().handlers.at(1).instance;
  notify("msg", "1");

  const auto report = manager->change_options("a", options(5));
  notify("msg", "2");

  REQUIRE(report);
  CHECK(script.trace == Trace{"a msg 1", "a options limit=5 mode=0", "a msg 2"});
  CHECK(report->instance == instance);
  CHECK(limit_of(report->old_options) == 1);
  CHECK(report->at_message == 1);
  CHECK(status().handlers.at(1).instance == instance);
  CHECK(count() == "2");
  CHECK(limit() == 5);
  CHECK(other.trace == Trace{"before msg 1", "after msg 1", "before msg 2", "after msg 2"});
  const auto logged = host.log.all("options_changed");
  REQUIRE(logged.size() == 1);
  CHECK(logged[0].fields.at("options") == "limit");
}

TEST_CASE_METHOD(HotTest, "an option that is not hot is not changed, nor are those beside it", "[options]") {
  install();

  const auto report = manager->change_options("a", options(5, 7));

  CHECK(code_of(report) == "not_supported");
  CHECK(report.error().text ==
        "the option \"mode\" of ScriptedHandler 1 is not hot: it needs a new instance");
  CHECK(script.trace.empty());
  CHECK(limit() == 1);
}

TEST_CASE_METHOD(HotTest, "options that are what they were are nobody's business", "[options]") {
  install();

  const auto report = manager->change_options("a", options(1));

  REQUIRE(report);
  CHECK(limit_of(report->old_options) == 1);
  CHECK(script.trace.empty());
  CHECK(host.log.count("options_changed") == 0);
}

TEST_CASE_METHOD(HotTest, "a handler that refuses goes on with the options that it has", "[options]") {
  install();
  script.on_change_options = [](const Options&) {
    return OptionsOutcome{Verdict::refused, "too small"};
  };

  const auto report = manager->change_options("a", options(0));
  notify("msg");

  CHECK(code_of(report) == "refused");
  CHECK(report.error().text == "it refuses these options and keeps those it has: too small");
  CHECK(limit() == 1);
  CHECK(count() == "1");
  CHECK(status().crashes == 0);
  CHECK(host.log.count("options_refused") == 1);
}

TEST_CASE_METHOD(HotTest, "a failure over new options is a crash as any other", "[options]") {
  install();
  std::string code = "crashed";
  SECTION("it throws") {
    script.on_change_options = [](const Options&) -> OptionsOutcome {
      throw std::runtime_error("half way");
    };
  }
  SECTION("it says so") {
    script.on_change_options = [](const Options&) {
      return OptionsOutcome{Verdict::failed, "half way"};
    };
  }
  SECTION("it wants what cannot be") {
    code = "bad_return";
    script.on_change_options = [](const Options&) {
      return OptionsOutcome{Verdict::ok, {}, {Then::Kind::timeout, std::chrono::milliseconds(-1), {}}};
    };
  }

  const auto report = manager->change_options("a", options(5));
  notify("msg");

  CHECK(code_of(report) == code);
  CHECK(report.error().text.starts_with("handler `log/a` crashed and was removed: "));
  CHECK(ids() == Ids{"after", "before"});
  CHECK(script.trace.at(1).starts_with("a terminate error"));
  CHECK(other.trace == Trace{"before msg", "after msg"});
  REQUIRE(records.list().size() == 1);
  CHECK(records.list()[0].callback == "change_options");
}

TEST_CASE_METHOD(HotTest,
                 "who crashes later is restarted with the new options, who crashes over them with the old",
                 "[options]") {
  install(restarting());
  REQUIRE(manager->change_options("a", options(5)));
  crash();
  host.scheduler.advance(Duration(100));
  CHECK(limit() == 5);

  script.on_change_options = [](const Options&) -> OptionsOutcome {
    throw std::runtime_error("half way");
  };
  const auto report = manager->change_options("a", options(6));
  CHECK(report.error().text == "handler `log/a` crashed and is going to be restarted: half way");
  CHECK(code_of(manager->change_options("a", options(7))) == "restarting");
  host.scheduler.advance(Duration(200));

  CHECK(ids() == Ids{"after", "a", "before"});
  CHECK(limit() == 5);
}

TEST_CASE_METHOD(HotTest, "a handler that is not there gets no options", "[options]") {
  CHECK(code_of(manager->change_options("a", options(5))) == "not_found");
}

TEST_CASE_METHOD(HotTest, "a successor that has the old options has gone when there are new ones",
                 "[options]") {
  install();
  REQUIRE(manager->sys().suspend());
  std::vector<SwapRequest> requests;
  requests.push_back({"a", {"a", script.factory(), options(1)}, SwapMode::safe, {}, {}});
  const auto made = manager->prepare_swaps(std::move(requests));
  REQUIRE(made);
  REQUIRE(manager->sys().resume());

  CHECK(manager->change_options("a", options(5)));
  REQUIRE(manager->sys().suspend());
  CHECK(code_of(manager->cut_over(made->ticket)) == "refused");
  REQUIRE(manager->sys().resume());
  CHECK(limit() == 5);
}

TEST_CASE_METHOD(HotTest, "a suspended manager changes them when it goes on", "[options]") {
  install();
  REQUIRE(manager->sys().suspend());

  host.scheduler.start(Duration(5), [this] {
    CHECK(script.trace.empty());
    REQUIRE(manager->sys().resume());
  });
  REQUIRE(manager->change_options("a", options(5)));

  CHECK(limit() == 5);
}

TEST_CASE_METHOD(HotTest, "a change that was given up before the manager goes on does not happen",
                 "[options]") {
  install();
  REQUIRE(manager->sys().suspend());

  CHECK(code_of(manager->change_options("a", options(5), Duration(10))) == "timed_out");
  REQUIRE(manager->sys().resume());
  host.scheduler.run_all();

  CHECK(script.trace.empty());
}

TEST_CASE_METHOD(HotTest, "new code has the new options, and an old version that comes back has them too",
                 "[options]") {
  install();
  HandlerScript newer;
  newer.version = "2";
  newer.hot_options = {"limit"};
  SECTION("new code") {
    REQUIRE(manager->change_options("a", options(5)));
    REQUIRE(manager->update_code({"ScriptedHandler", newer.factory(), std::nullopt, {}}));
    CHECK(status().handlers.at(1).version == "2");
  }
  SECTION("a watched one that comes back") {
    SwapRequest request{"a", {"a", newer.factory(), options(1)}, SwapMode::safe, {}, {}};
    request.watch.window = std::chrono::seconds(30);
    REQUIRE(manager->swap_handler(std::move(request)));
    REQUIRE(manager->change_options("a", options(5)));
    CHECK(limit() == 5);
    CHECK(code_of(call("throw")) == "crashed");
    CHECK(status().handlers.at(1).version == "1");
  }
  CHECK(limit() == 5);
}

TEST_CASE_METHOD(HotTest, "a watched handler that crashes over new options is swapped back", "[options]") {
  install();
  HandlerScript newer;
  newer.version = "2";
  newer.hot_options = {"limit"};
  newer.on_change_options = [](const Options&) -> OptionsOutcome {
    throw std::runtime_error("half way");
  };
  SwapRequest request{"a", {"a", newer.factory(), options(1)}, SwapMode::safe, {}, {}};
  request.watch.window = std::chrono::seconds(30);
  REQUIRE(manager->swap_handler(std::move(request)));

  const auto report = manager->change_options("a", options(5));

  CHECK(report.error().text == "handler `log/a` crashed and was swapped back: half way");
  CHECK(status().handlers.at(1).version == "1");
  CHECK(limit() == 1);
}

TEST_CASE_METHOD(HotTest, "a handler may hibernate over new options", "[options]") {
  install();
  script.on_change_options = [](const Options&) {
    return OptionsOutcome{Verdict::ok, {}, {Then::Kind::hibernate, {}, {}}};
  };

  REQUIRE(manager->change_options("a", options(5)));
  host.scheduler.run_all();

  CHECK(manager->is_hibernating());
}

// ---- Servers ----------------------------------------------------------------------------------------

TEST_CASE_METHOD(HotServerTest, "a server gets new options between two messages, and goes on", "[options]") {
  cast("a");
  const auto report = server->change_options(options(5));
  cast("b");

  REQUIRE(report);
  CHECK(limit_of(report->old_options) == 1);
  CHECK(report->instance == server->status()->instance);
  CHECK(script.trace == Trace{"options limit=5 mode=0"});
  CHECK(call("sum") == "ab");
  CHECK(limit() == 5);
  CHECK(host.log.count("options_changed") == 1);
}

TEST_CASE_METHOD(HotServerTest, "what is not hot, or is refused, or is in vain, leaves a server as it is",
                 "[options]") {
  CHECK(code_of(server->change_options(options(5, 7))) == "not_supported");
  CHECK(server->change_options(options(1)));
  CHECK(script.trace.empty());
  script.on_change_options = [](const Options&) {
    return OptionsOutcome{Verdict::refused, "too small"};
  };

  const auto report = server->change_options(options(0));

  CHECK(code_of(report) == "refused");
  CHECK(report.error().text == "it refuses these options and keeps those it has: too small");
  CHECK(limit() == 1);
  CHECK(call("echo", "x") == "x");
}

TEST_CASE_METHOD(HotServerTest, "a server that fails over new options ends as from any other callback",
                 "[options]") {
  script.on_change_options = [](const Options&) -> OptionsOutcome {
    throw std::runtime_error("half way");
  };

  const auto report = server->change_options(options(5));

  CHECK(code_of(report) == "crashed");
  CHECK(report.error().text == "server `queue` crashed: half way");
  CHECK(script.trace == Trace{"options limit=5 mode=0", "terminate error half way"});
  REQUIRE(server->exit_reason());
  CHECK(to_string(*server->exit_reason()) == "half way");
  CHECK(host.registry.whereis("queue") == nullptr);
}

TEST_CASE_METHOD(HotServerTest, "a suspended server takes them, and continues when it goes on", "[options]") {
  script.on_change_options = [](const Options&) {
    return OptionsOutcome{Verdict::ok, {}, {Then::Kind::handle_continue, {}, "rest"}};
  };
  REQUIRE(server->sys().suspend());

  REQUIRE(server->change_options(options(5)));
  CHECK(script.trace == Trace{"options limit=5 mode=0"});
  REQUIRE(server->sys().resume());

  CHECK(script.trace == Trace{"options limit=5 mode=0", "continue rest"});
}

TEST_CASE_METHOD(HotServerTest, "a wait of a server starts anew, or is the one that it wants now",
                 "[options]") {
  script.on_change_options = [](const Options&) {
    return OptionsOutcome{Verdict::ok, {}, {Then::Kind::timeout, std::chrono::milliseconds(50), {}}};
  };
  REQUIRE(server->change_options(options(5)));
  host.scheduler.advance(Duration(40));
  script.on_change_options = nullptr;
  REQUIRE(server->change_options(options(6)));
  script.trace.clear();

  host.scheduler.advance(Duration(40));
  CHECK(script.trace.empty());
  host.scheduler.advance(Duration(10));

  CHECK(script.trace == Trace{"info timeout"});
}

TEST_CASE_METHOD(HotServerTest, "a server whose successor is prepared gets no new options", "[options]") {
  REQUIRE(server->sys().suspend());
  ServerSwap swap;
  swap.replacement = {"queue", script.factory(), options(1), {}};
  const auto made = server->prepare_swap(std::move(swap));
  REQUIRE(made);

  CHECK(code_of(server->change_options(options(5))) == "refused");
  REQUIRE(server->finish_swap(made->ticket, false));
  CHECK(server->change_options(options(5)));
}
