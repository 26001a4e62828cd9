// SPDX-License-Identifier: Apache-2.0
#include "host/loader/plugin_handler.hpp"

#include "host/loader/outcome_sinks.hpp"
#include "tests/plugin/loader_fixture.hpp"

#include <catch2/catch.hpp>

using namespace baton;
using namespace baton::test;

namespace {

/// The code and text with which create() of the plugin is answered.
Error create_error(Loader& loader, const std::filesystem::path& plugin, const InstanceInit& init = {}) {
  auto handler = loader.factory(plugin)->create(init, loader.services);
  REQUIRE_FALSE(handler);
  return handler.error();
}

EventsOutcome outcome_of(Handler& handler, std::string_view type, std::string_view handled,
                         std::size_t count) {
  const std::vector<Message> events(count, message(type, handled));
  return handler.handle_events(events);
}

bool is_bad_return(const std::string& reason) {
  return reason.starts_with("bad return: ");
}

bool is_bad_return(const EventsOutcome& outcome) {
  return outcome.is_bad_return && is_bad_return(outcome.reason);
}

InstanceInit with_state(std::uint32_t version, std::string data) {
  InstanceInit init;
  init.state = State{version, std::move(data), {}};
  return init;
}

}  // namespace

TEST_CASE("a failed create is reported with its code and reason, and leaves nothing loaded",
          "[plugin_handler]") {
  Loader loader;
  InstanceInit with_bad_options;
  with_bad_options.id = "options";

  CHECK(create_error(loader, PLUGIN_create_fails).code == Errc::init_failed);
  CHECK(create_error(loader, PLUGIN_create_fails).text == "no disk");
  CHECK(create_error(loader, PLUGIN_create_fails, with_bad_options).code == Errc::bad_options);
  CHECK(create_error(loader, PLUGIN_create_fails, with_state(1, "x")).code == Errc::state_refused);
  CHECK(create_error(loader, PLUGIN_create_throws).text.find("no disk") != std::string::npos);
  CHECK(is_bad_return(create_error(loader, PLUGIN_create_returns_null).text));
  CHECK(loader.state_of_last() == LibraryState::unloaded);
}

TEST_CASE("state of a version that the manifest does not list is refused without calling the plugin",
          "[plugin_handler]") {
  Loader loader;

  const Error error = create_error(loader, PLUGIN_counter_v1, with_state(2, "12345678"));

  CHECK(error.code == Errc::state_refused);
  CHECK(error.text == "CounterHandler 1.0.0 reads state of version 1; the old one wrote version 2");
}

TEST_CASE("options and state reach the plugin, and a newer version goes on from an older one's state",
          "[plugin_handler]") {
  Loader loader;
  InstanceInit init;
  Option start;
  start.name = "start";
  start.type = OptionType::integer;
  start.integer = 40;
  init.options = {start};
  const auto old_one = loader.handler(PLUGIN_counter_v1, init);
  CHECK(outcome_of(*old_one, "tick", "", 2).handled == 2);

  auto state = old_one->save();
  REQUIRE((state && *state));
  CHECK((*state)->version == 1);
  init.state = **state;
  const auto new_one = loader.handler(PLUGIN_counter_v2, init);

  CHECK(new_one->handle_call(message("count")).reply.data == "2.0.0 42 0");
}

TEST_CASE("a crash in a batch says how far it came and why", "[plugin_handler]") {
  Loader loader;
  const auto handler = loader.handler(PLUGIN_event_fails);

  const EventsOutcome outcome = outcome_of(*handler, "msg", "", 3);

  CHECK(outcome.verdict == HandlerVerdict::failed);
  CHECK(outcome.handled == 2);
  CHECK(outcome.reason == "disk full");
}

TEST_CASE("an answer against the contract is a failure with a text, and blames no event that cannot be",
          "[plugin_handler]") {
  Loader loader;
  const auto too_many = loader.handler(PLUGIN_handled_too_many);
  const auto obedient = loader.handler(PLUGIN_obedient_handler);

  CHECK(outcome_of(*too_many, "msg", "", 3).handled == 0);
  CHECK(is_bad_return(outcome_of(*too_many, "msg", "", 3)));
  CHECK(is_bad_return(outcome_of(*obedient, "ok", "1", 2)));  // fewer than all
  CHECK(outcome_of(*obedient, "ok", "1", 2).handled == 1);
  CHECK(is_bad_return(outcome_of(*obedient, "garbage", "12", 2)));
  CHECK(outcome_of(*obedient, "garbage", "12", 2).handled == 1);  // one is to blame
  CHECK(is_bad_return(outcome_of(*obedient, "remove", "", 2)));
  CHECK(is_bad_return(outcome_of(*obedient, "refuse_none", "1", 2)));
  CHECK(is_bad_return(outcome_of(*obedient, "refuse_too_many", "1", 2)));
  CHECK(is_bad_return(outcome_of(*obedient, "fail", "12", 2)));  // all handled, and yet failed
  const auto garbage = loader.handler(PLUGIN_call_returns_garbage_status)->handle_call(message("any"));
  CHECK(garbage.verdict == CallOutcome::Verdict::failed);
  CHECK(garbage.is_bad_return);
  CHECK(garbage.reason == "bad return: handle_call answered with status 4711");
}

TEST_CASE("removal and refusal of events are passed on with their numbers", "[plugin_handler]") {
  Loader loader;
  const auto handler = loader.handler(PLUGIN_obedient_handler);

  const EventsOutcome removed = outcome_of(*handler, "remove", "12", 3);
  CHECK(removed.verdict == HandlerVerdict::remove);
  CHECK(removed.handled == 2);
  const EventsOutcome refused = outcome_of(*handler, "refuse", "1", 3);
  CHECK(refused.verdict == HandlerVerdict::refused);
  CHECK(refused.handled == 1);
  CHECK(refused.refused == 1);
  CHECK(refused.reason == "as told");
  CHECK(outcome_of(*handler, "ok", "123", 3).reason.empty());
  CHECK(outcome_of(*handler, "silent", "1", 3).reason == "handle_events failed without a reason (an error)");
}

TEST_CASE("calls, infos and terminate are answered as the plugin says", "[plugin_handler]") {
  Loader loader;
  const auto handler = loader.handler(PLUGIN_obedient_handler);

  const CallOutcome json = handler->handle_call(message("json"));
  CHECK(json.reply.data == "[1]");
  CHECK(json.reply.content_type == BATON_APPLICATION_JSON);
  CHECK(handler->handle_call(message("remove")).verdict == CallOutcome::Verdict::reply_and_remove);
  CHECK(handler->handle_call(message("other")).verdict == CallOutcome::Verdict::unknown_request);
  CHECK(handler->handle_call(message("refuse")).verdict == CallOutcome::Verdict::refused);
  CHECK(handler->handle_call(message("refuse")).reason == "as told");
  CHECK(handler->handle_call(message("fail")).verdict == CallOutcome::Verdict::failed);
  CHECK(handler->handle_info(message("ok")).verdict == HandlerVerdict::ok);
  CHECK(handler->handle_info(message("remove")).verdict == HandlerVerdict::remove);
  CHECK(handler->handle_info(message("other")).reason ==
        "handle_info failed without a reason (an exception)");
  CHECK(handler->terminate({TerminateReason::Kind::deleted, "bye"})->data == "bye");
  CHECK(handler->terminate({TerminateReason::Kind::error, ""}).error().code == Errc::crashed);
}

TEST_CASE("a state of another version than the manifest says is not handed on", "[plugin_handler]") {
  Loader loader;

  const auto state = loader.handler(PLUGIN_obedient_handler)->save();

  REQUIRE_FALSE(state);
  CHECK(state.error().code == Errc::bad_return);
}

TEST_CASE("a reply beyond 64 MiB is a failure and not half a reply", "[plugin_handler]") {
  Loader loader;

  const CallOutcome outcome = loader.handler(PLUGIN_obedient_handler)->handle_call(message("flood"));

  CHECK(outcome.verdict == CallOutcome::Verdict::failed);
  CHECK(is_bad_return(outcome.reason));
}

TEST_CASE("callbacks that a plugin does not have are answered as abi.h says", "[plugin_handler]") {
  Loader loader;
  const auto handler = loader.handler(PLUGIN_plain);

  CHECK(handler->handle_call(message("any")).verdict == CallOutcome::Verdict::unknown_request);
  CHECK(handler->handle_info(message("any")).verdict == HandlerVerdict::ok);
  CHECK(handler->terminate({})->data == "ok");
  CHECK_FALSE(handler->save()->has_value());
}

TEST_CASE("a function beyond the size of the plugin's table does not exist", "[plugin_handler]") {
  Loader loader;

  const auto handler = loader.handler(PLUGIN_small_table);

  CHECK(handler->handle_call(message("any")).verdict == CallOutcome::Verdict::unknown_request);
}

TEST_CASE("every service of the host reaches the instance, with atoms filled in", "[plugin_handler]") {
  Loader loader;
  const auto handler = loader.handler(PLUGIN_obedient_handler);

  const CallOutcome outcome = handler->handle_call(message("host", "x"));

  CHECK(outcome.reply.data == "pong");
  CHECK(loader.services.asked ==
        std::vector<std::string>{"start_timer 5 hello#105 x", "cancel_timer 7", "notify other hello#105 x",
                                 "cast other hello#105 x", "call other 1000 hello#105 x"});
}

TEST_CASE("an error of a call is handed to the plugin as a status with its text", "[plugin_handler]") {
  Loader loader;
  loader.services.answer = fail(Errc::calling_self, "a process cannot call itself");

  const CallOutcome outcome = loader.handler(PLUGIN_obedient_handler)->handle_call(message("host", "x"));

  CHECK(outcome.verdict == CallOutcome::Verdict::failed);
  CHECK(outcome.reason == "handle_call failed without a reason (a call to itself)");
}

TEST_CASE("a log level that does not exist is taken as the highest", "[plugin_handler]") {
  Loader loader;

  CHECK(loader.handler(PLUGIN_obedient_handler)->handle_call(message("log")).verdict ==
        CallOutcome::Verdict::reply);
  CHECK(loader.services.asked == std::vector<std::string>{"log error other"});
}

TEST_CASE("a handler may want to hibernate, and nothing else that is for servers", "[plugin_handler]") {
  Loader loader;
  const auto handler = loader.handler(PLUGIN_obedient_handler);

  CHECK(handler->handle_info(message("ok", "0")).then.kind == Then::Kind::nothing);
  CHECK(handler->handle_info(message("ok", "2")).then.kind == Then::Kind::hibernate);
  CHECK(handler->handle_info(message("ok", "1")).verdict == HandlerVerdict::failed);
  CHECK(handler->handle_info(message("ok", "1")).reason == "bad return: what follows is not for handlers");
  CHECK(is_bad_return(handler->handle_info(message("ok", "9")).reason));
}
