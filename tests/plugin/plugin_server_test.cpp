// SPDX-License-Identifier: Apache-2.0
#include "host/loader/plugin_server.hpp"

#include "tests/plugin/loader_fixture.hpp"

#include <catch2/catch.hpp>

using namespace baton;
using namespace baton::test;

namespace {

using Verdict = ServerOutcome::Verdict;

std::unique_ptr<Server> obedient_server(Loader& loader) {
  auto factory = loader.catalog.server_factory_from_file(PLUGIN_obedient_server, "ObedientServer");
  REQUIRE(factory);
  auto server = (*factory)->create({}, loader.services);
  REQUIRE(server);
  return std::move(*server);
}

ServerOutcome casts(Server& server, std::string_view type, std::string_view handled, std::size_t count) {
  const std::vector<Message> requests(count, message(type, handled));
  return server.handle_casts(requests);
}

}  // namespace

TEST_CASE("each answer of a server to a call becomes what its process has to do", "[plugin_server]") {
  Loader loader;
  const auto server = obedient_server(loader);

  const ServerOutcome answered = server->handle_call(message("ok"), 'A');
  CHECK(answered.verdict == Verdict::ok);
  CHECK(answered.reply->data == "A");
  CHECK(server->handle_call(message("no_reply"), 1).verdict == Verdict::no_reply);
  CHECK(server->handle_call(message("other"), 1).verdict == Verdict::unknown_request);
  CHECK(server->handle_call(message("refuse"), 1).verdict == Verdict::refused);
  CHECK(server->handle_call(message("refuse"), 1).reason == "handle_call refused without a reason");
  CHECK(server->handle_call(message("fail"), 1).verdict == Verdict::failed);
  CHECK(server->handle_call(message("garbage"), 1).reason ==
        "bad return: handle_call answered with status 99");
}

TEST_CASE("a server stops with its reason, and with a reply only when it wrote one", "[plugin_server]") {
  Loader loader;
  const auto server = obedient_server(loader);

  const ServerOutcome silent = server->handle_call(message("stop"), 1);
  CHECK(silent.verdict == Verdict::stop);
  CHECK(silent.reason == "enough");
  CHECK_FALSE(silent.reply);
  const ServerOutcome polite = server->handle_call(message("stop_with_reply"), 1);
  CHECK(polite.reason.empty());
  CHECK(polite.reply->data == "bye");
}

TEST_CASE("casts are counted, and a count that cannot be is a failure", "[plugin_server]") {
  Loader loader;
  const auto server = obedient_server(loader);

  CHECK(casts(*server, "ok", "123", 3).verdict == Verdict::ok);
  CHECK(casts(*server, "ok", "12", 3).verdict == Verdict::failed);
  CHECK(casts(*server, "stop", "12", 3).handled == 2);
  CHECK(casts(*server, "stop", "", 3).verdict == Verdict::failed);
  CHECK(casts(*server, "fail", "1", 3).handled == 1);
  CHECK(casts(*server, "no_reply", "123", 3).verdict == Verdict::failed);
}

TEST_CASE("infos and terminate of a server, and what it does not have", "[plugin_server]") {
  Loader loader;
  const auto server = obedient_server(loader);

  CHECK(server->handle_info(message("ok")).verdict == Verdict::ok);
  CHECK(server->handle_info(message("stop")).verdict == Verdict::stop);
  CHECK(server->handle_info(message("other")).verdict == Verdict::failed);
  CHECK(server->terminate({}));
  CHECK_FALSE(server->save()->has_value());
}

TEST_CASE("what is to follow a callback of a server, and what cannot", "[plugin_server]") {
  Loader loader;
  const auto server = obedient_server(loader);
  const auto then = [&server](std::string_view data) {
    return server->handle_info(message("then", data));
  };

  CHECK(then("0").then.kind == Then::Kind::nothing);
  CHECK(then("1").then.kind == Then::Kind::timeout);
  CHECK(then("1").then.timeout == std::chrono::hours(24 * 3650));  // of more than ten years
  CHECK(then("2").then.kind == Then::Kind::hibernate);
  const ServerOutcome goes_on = then("3load");
  CHECK(goes_on.then.kind == Then::Kind::handle_continue);
  CHECK(goes_on.then.what == "load");
  CHECK(then("3").verdict == Verdict::failed);
  CHECK(then("3").reason == "bad return: a continue with 0 bytes");
  CHECK(then("3" + std::string(70'000, 'x')).verdict == Verdict::failed);
  CHECK(then("4").reason == "bad return: then 4");
  CHECK(server->handle_call(message("then", "3load"), 1).then.what == "load");
  CHECK(server->handle_call(message("then", "9"), 1).verdict == Verdict::failed);
}

TEST_CASE("a batch of casts may be handled in part when it wants to continue, and only then",
          "[plugin_server]") {
  Loader loader;
  const auto server = obedient_server(loader);

  // As many are handled as there are bytes: "3c" are two.
  const ServerOutcome part = casts(*server, "then", "3c", 5);
  CHECK(part.verdict == Verdict::ok);
  CHECK(part.handled == 2);
  CHECK(part.then.what == "c");
  CHECK(casts(*server, "then", "2x", 5).verdict == Verdict::failed);
  CHECK(casts(*server, "then", "2x", 2).then.kind == Then::Kind::hibernate);
  CHECK(casts(*server, "then", "3xyz", 2).verdict == Verdict::failed);
  const ServerOutcome unknown = casts(*server, "then", "7x", 2);
  CHECK(unknown.verdict == Verdict::failed);
  CHECK(unknown.handled == 1);
}

TEST_CASE("a server without handle_continue and without handle_info says so", "[plugin_server]") {
  Loader loader;
  const auto server = obedient_server(loader);

  CHECK(server->handle_continue(message("load")).reason == "undef: it has no handle_continue");
  CHECK(server->handle_call(message("ignore"), 1).reason == "bad return: handle_call answered with status 5");
  StatusView view{"", "m", "r"};
  CHECK(server->format_status(StatusPurpose::normal, view));
  CHECK(view.message == "m");
}
