// SPDX-License-Identifier: Apache-2.0
// gen_event and GenEvent: what becomes of events and infos, and of the handlers that they make leave.
#include "tests/conformance/gen_event_fixture.hpp"

using namespace baton;
using namespace baton::test;

namespace {

/// What a handler does at an event, and what that does to it.
struct Effect {
  const char* type;
  const char* terminate;  // after "a terminate ", with more or less behind it; empty: it stays
  bool is_reported;
};

const Effect effects[] = {
    {"msg", "", false},
    {"remove", "remove", false},
    {"throw", "error thrown", true},
    {"throw_int", "error an exception that is not a std::exception", true},
    {"fail", "error failed", true},
    {"bad_return", "error bad return", true},
};

}  // namespace

TEST_CASE_METHOD(GenEvent, "each way out of handle_event has its terminate, and costs nobody else anything",
                 "[ge-008][xe-010][xe-013][ge-g04][ge-g05][ge-g06][ge-g07][ee-g05]") {
  const Mode mode = GENERATE(Mode::async, Mode::sync, Mode::ack);
  const Effect effect = GENERATE(from_range(std::begin(effects), std::end(effects)));
  CAPTURE(effect.type);
  restart({{}, GENERATE(DispatchOrder::oldest_first, DispatchOrder::newest_first)}, {"before", "a", "after"});

  send(mode, effect.type, "a");
  send(mode, "msg", "next");

  const bool stays = std::string(effect.terminate).empty();
  CHECK(which() == (stays ? Ids{"after", "a", "before"} : Ids{"after", "before"}));
  CHECK(times("before " + std::string(effect.type) + " a") == 1);
  CHECK(times("after " + std::string(effect.type) + " a") == 1);
  CHECK(times("after msg next") == 1);
  CHECK(times_begun(std::string("a terminate ") + effect.terminate) == (stays ? 0 : 1));
  CHECK(host.log.count("handler_crashed") == (effect.is_reported ? 1U : 0U));
  CHECK(host.log.count_at_least(LogLevel::warning) == (effect.is_reported ? 1U : 0U));
}

TEST_CASE_METHOD(GenEvent, "with OTP's order a crash is handled before the older handlers see the event",
                 "[ge-g04][ge-g07]") {
  const auto [type, terminate] =
      GENERATE(table<std::string, std::string>({{"throw", "error thrown"}, {"remove", "remove"}}));
  restart({{}, DispatchOrder::newest_first}, {"h1", "h2", "h3"});

  sync_notify(type, "h2");

  Trace expected = {"h3 " + type + " h2", "h2 terminate " + terminate, "h1 " + type + " h2", "h2 destroyed"};
  if (type == "remove") {
    expected.insert(expected.begin() + 1, "h2 remove h2");
  }
  CHECK(taken() == expected);
  sync_notify("msg", "next");
  CHECK(taken() == Trace{"h3 msg next", "h1 msg next"});
  REQUIRE(manager->stop(ExitReason::normal(), infinity));
  CHECK(taken() ==
        Trace{"h3 terminate stop normal", "h3 destroyed", "h1 terminate stop normal", "h1 destroyed"});
}

TEST_CASE_METHOD(GenEvent, "every effect of an event is there when sync_notify returns",
                 "[ge-008][xe-013][ee-g09]") {
  add({"a", "b"});

  sync_notify("remove", "a");

  CHECK(script.trace == Trace{"a remove a", "a terminate remove", "b remove a", "a destroyed"});
}

TEST_CASE_METHOD(GenEvent, "notify returns before any handler runs", "[ee-g09][ge-g39]") {
  add({"a"});

  notify("msg");

  CHECK(script.trace.empty());
  host.scheduler.run_all();
  CHECK(script.trace == Trace{"a msg"});
}

TEST_CASE_METHOD(GenEvent, "ack_notify returns when all before its event is done", "[ee-g09]") {
  add({"a"});
  notify("msg", "before");
  const Message event = host.message("msg", "event");

  // tests/threads shows that nothing of the event itself is waited for.
  REQUIRE(manager->ack_notify(event));

  CHECK(script.trace.at(0) == "a msg before");
}

TEST_CASE_METHOD(GenEvent, "messages of one sender are handled in the order in which they were sent",
                 "[ge-g29][ge-g41]") {
  add({"a"});

  notify("msg", "1");
  notify("msg", "2");
  CHECK(call("a", "count") == "2");
  sync_notify("msg", "3");
  notify("msg", "4");
  REQUIRE(manager->delete_handler("a", {}));
  const Trace before_delete = script.trace;

  CHECK(before_delete ==
        Trace{"a msg 1", "a msg 2", "a msg 3", "a msg 4", "a terminate deleted", "a destroyed"});
}

TEST_CASE_METHOD(GenEvent, "what was sent before stop is handled, what comes later is refused", "[ge-g41]") {
  add({"a"});
  notify("msg", "1");
  notify("msg", "2");

  REQUIRE(manager->stop(ExitReason::normal(), infinity));

  const Message late = host.message("msg", "too_late");
  CHECK(code_of(manager->notify({&late, 1})) == "process_ended");
  CHECK(script.trace == Trace{"a msg 1", "a msg 2", "a terminate stop normal", "a destroyed"});
}

TEST_CASE_METHOD(GenEvent, "an event that is accepted behind a stop that waits is lost", "[ge-g41]") {
  add({"a"});
  std::string code;
  script.on_run = [&](Services& services) {
    code = code_of(services.notify("log", host.message("msg", "too_late")));
  };
  notify("msg", "1");
  notify("run");

  REQUIRE(manager->stop(ExitReason::normal(), infinity));  // is in the queue when `run` is handled

  CHECK(code == "ok");
  CHECK(script.trace == Trace{"a msg 1", "a run", "a terminate stop normal", "a destroyed"});
}

TEST_CASE_METHOD(GenEvent,
                 "an event is finished for all handlers before the next one when batches are of one",
                 "[ge-g39][ge-g01]") {
  EventManagerOptions options;
  options.process.batch_max = 1;
  restart(options, {"a", "b"});

  notify("msg", "1");
  notify("msg", "2");
  host.scheduler.run_all();

  CHECK(script.trace == Trace{"a msg 1", "b msg 1", "a msg 2", "b msg 2"});
}

TEST_CASE_METHOD(GenEvent, "a slow handler delays all the others and who calls them, and no sender",
                 "[ge-g39]") {
  EventManagerOptions options;
  options.process.batch_max = 1;
  options.order = DispatchOrder::newest_first;
  restart(options, {"h1", "h2"});
  script.on_run = [&](Services&) {
    host.clock.advance_to(host.clock.steady_now() + Duration(150));
  };
  const SteadyTime begin = host.clock.steady_now();

  notify("run", "h2");
  for (const char* number : {"1", "2", "3"}) {
    notify("msg", number);
  }

  CHECK(host.clock.steady_now() == begin);
  CHECK(manager->mailbox_counters().waiting == 4);
  CHECK(call("h1", "count") == "4");
  CHECK(host.clock.steady_now() - begin == Duration(150));
  CHECK(script.trace == Trace{"h2 run h2", "h1 run h2", "h2 msg 1", "h1 msg 1", "h2 msg 2", "h1 msg 2",
                              "h2 msg 3", "h1 msg 3"});
}

TEST_CASE_METHOD(GenEvent,
                 "a handler that notifies its own manager is queued behind, and one that waits is refused",
                 "[ge-g30]") {
  add({"a", "b"});
  Trace codes;
  script.on_run = [&](Services& services) {
    if (!codes.empty()) {
      return;
    }
    const Message inner = host.message("msg", "inner");
    REQUIRE(services.notify("log", inner));
    codes = {code_of(manager->sync_notify({&inner, 1})),
             code_of(manager->ack_notify(inner)),
             code_of(manager->call("b", inner)),
             code_of(manager->add_handler(spec("c"))),
             code_of(manager->delete_handler("b", {})),
             code_of(manager->swap_handler({"b", spec("c"), SwapMode::safe, {}, {}})),
             code_of(manager->send_info(inner)),
             code_of(manager->stream()),
             code_of(manager->which_handlers()),
             code_of(manager->status()),
             code_of(manager->stop(ExitReason::normal(), infinity))};
  };

  sync_notify("run");
  host.scheduler.run_all();

  CHECK(codes == Trace(11, "calling_self"));
  CHECK(script.trace == Trace{"a run", "b run", "a msg inner", "b msg inner"});
}

TEST_CASE_METHOD(GenEvent, "each way out of handle_info has its terminate, and the others get the info",
                 "[ge-010][ge-g06][ge-g07][ge-g27]") {
  const auto [type, terminate, is_reported] =
      GENERATE(table<std::string, std::string, bool>({{"hello", "", false},
                                                      {"remove", "remove", false},
                                                      {"throw", "error thrown", true},
                                                      {"bad_return", "error bad return", true}}));
  CAPTURE(type);
  add({"a", "b"});

  send_info(type, "a");

  CHECK(which() == (terminate.empty() ? Ids{"b", "a"} : Ids{"b"}));
  CHECK(times_begun("a terminate " + terminate) == (terminate.empty() ? 0 : 1));
  CHECK(times("b info " + type) == 1);
  const auto reports = host.log.all("handler_crashed");
  REQUIRE(reports.size() == (is_reported ? 1U : 0U));
  if (is_reported) {
    CHECK(reports[0].fields.at("callback") == "handle_info");
    CHECK(reports[0].fields.at("last_message") == type + " \"a\"");
  }
}

TEST_CASE_METHOD(GenEvent, "an info at which all handlers leave reaches each of them", "[ge-g07]") {
  restart({{}, DispatchOrder::newest_first}, {"h1", "h3"});

  send_info("remove");

  CHECK(which().empty());
  CHECK(script.trace == Trace{"h3 info remove", "h3 terminate remove", "h1 info remove",
                              "h1 terminate remove", "h3 destroyed", "h1 destroyed"});
}

TEST_CASE_METHOD(GenEvent,
                 "a handler that hibernates makes the manager give its buffers back until a message",
                 "[xe-004][ge-g31][differs]") {
  // Ours has nothing to say it with in init. What is given back is what the mailbox keeps.
  add({"a", "b"});
  const std::vector<Message> many(1000, host.message("msg", "x"));
  for (int i = 0; i < 2; ++i) {  // one buffer that is filled and one that is emptied
    REQUIRE(manager->notify(many));
    host.scheduler.run_all();
  }
  REQUIRE_FALSE(manager->is_hibernating());
  const std::uint64_t kept = manager->mailbox_counters().buffer_bytes;

  SECTION("after an event") {
    sync_notify("hibernate", "a");
  }
  SECTION("after a call") {
    CHECK(call("a", "hibernate") == "good night");
  }
  SECTION("after an info") {
    send_info("hibernate", "a");
  }

  CHECK(manager->is_hibernating());
  CHECK(manager->mailbox_counters().buffer_bytes < kept / 10);
  sync_notify("msg", "wake");
  CHECK_FALSE(manager->is_hibernating());
  CHECK(manager->mailbox_counters().buffer_bytes < kept / 10);  // now it is the other one
  CHECK(times("b msg wake") == 1);
}

TEST_CASE_METHOD(GenEvent, "a manager hibernates after the messages that it has, not between them",
                 "[xe-004][ge-g31]") {
  add({"a"});
  bool was_hibernating = false;
  script.on_run = [&](Services&) {
    was_hibernating = manager->is_hibernating();
  };

  notify("hibernate");
  notify("run");
  host.scheduler.run_all();
  CHECK_FALSE(was_hibernating);

  notify("hibernate");
  host.scheduler.run_all();
  CHECK(manager->is_hibernating());
}

TEST_CASE_METHOD(GenEvent, "an idle manager hibernates by itself, and again after whatever wakes it",
                 "[ge-012][differs]") {
  EventManagerOptions options;
  options.process.hibernate_after = Duration(100);
  restart(options, {"a"});
  CHECK_FALSE(manager->is_hibernating());
  host.scheduler.advance(Duration(100));
  CHECK(manager->is_hibernating());

  SECTION("a system message") {
    CHECK(manager->sys().get_state());
  }
  SECTION("a call") {
    CHECK(call("a", "count") == "0");
  }
  SECTION("an event") {
    sync_notify("msg");
  }
  SECTION("an info") {
    send_info("hello", "a");
  }

  CHECK_FALSE(manager->is_hibernating());
  host.scheduler.advance(Duration(99));
  CHECK_FALSE(manager->is_hibernating());
  host.scheduler.advance(Duration(1));
  CHECK(manager->is_hibernating());
}

TEST_CASE_METHOD(GenEvent, "a crash report has these fields and no others, cut to a length",
                 "[ge-026][ge-g04][differs]") {
  restart({}, {"a"});
  std::string reason = "thrown";
  SECTION("an event") {
    sync_notify("throw");
  }
  SECTION("a reason that is a book, cut between two characters") {
    std::string book(4 * 1024 - 1, 'x');
    script.on_run = [&](Services&) {
      throw std::runtime_error(book + "\xc3\xa4" + book);
    };
    reason = book + "... (8192 bytes)";
    sync_notify("run");
  }

  const auto reports = host.log.all("handler_crashed");
  REQUIRE(reports.size() == 1);
  auto fields = reports[0].fields;
  CHECK(fields.at("reason") == reason);
  fields.erase("reason");
  CHECK(fields.at("last_message").substr(3) == (reason == "thrown" ? "ow seq=1" : " seq=1"));
  fields.erase("last_message");
  CHECK(fields == std::map<std::string, std::string>{{"manager", "log"},
                                                     {"id", "a"},
                                                     {"type", "ScriptedHandler"},
                                                     {"version", "1"},
                                                     {"instance", "1"},
                                                     {"callback", "handle_event"},
                                                     {"state", "-"},
                                                     {"label", "-"},
                                                     {"action", "removed"}});
}

TEST_CASE_METHOD(GenEvent, "a crash report shows the manager's label when it has one", "[n7-001][differs]") {
  const std::string label = GENERATE("", "events of the night shift");
  EventManagerOptions options;
  options.label = label;
  restart(options, {"a"});

  sync_notify("throw");

  const auto fields = host.log.all("handler_crashed").at(0).fields;
  CHECK(fields.at("label") == (label.empty() ? "-" : label));
}
