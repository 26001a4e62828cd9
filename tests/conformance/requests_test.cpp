// SPDX-License-Identifier: Apache-2.0
// send_request and its responses, of servers and of event managers.
#include "tests/conformance/both_ways.hpp"

using namespace baton;
using namespace baton::test;

namespace {

using Kind = Response<Reply>::Kind;
using Trace = BothWays::Trace;

std::string outcome_of(const Response<Reply>& response) {
  return response.result ? BothWays::text_of(*response.result) : "no response";
}

struct Requests : BothWays {
  Request<Reply> ask(ServerProcess& server, const std::string& orders) {
    return server.send_request(host.message("do", orders));
  }

  Request<Reply> ask(EventManager& manager, const std::string& id, const std::string& orders) {
    return manager.send_request(id, host.message("do", orders));
  }
};

}  // namespace

TEST_CASE_METHOD(Requests, "a request is answered while its sender does something else", "[gs-014]") {
  const auto server = start("srv");
  auto request = ask(*server, "reply x");
  CHECK(request.check_response().kind == Kind::no_reply);

  host.scheduler.run_all();

  CHECK(outcome_of(request.check_response()) == "x");
  CHECK(request.check_response().kind == Kind::no_request);
}

TEST_CASE_METHOD(Requests, "a wait for a response may time out and then succeed", "[gs-014]") {
  const auto server = start("srv");
  const auto found = std::dynamic_pointer_cast<ServerProcess>(host.registry.whereis("srv"));
  auto request = ask(*found, "later");

  CHECK(request.wait_response(Duration(100)).kind == Kind::timeout);
  tell(*server, "answer at_last");

  CHECK(outcome_of(request.wait_response(infinity)) == "at_last");
}

TEST_CASE_METHOD(Requests, "a late reply to an abandoned request is dropped, and the server is told",
                 "[gs-014]") {
  const auto server = start("srv");
  auto request = ask(*server, "later");
  CHECK(request.receive_response(Duration(100)).kind == Kind::timeout);

  tell(*server, "answer too_late");

  CHECK(trace().back() == "answered not_found");
  CHECK(request.receive_response(infinity).kind == Kind::no_request);
}

TEST_CASE_METHOD(Requests, "what goes wrong is a response", "[gs-014][differs]") {
  const auto server = start("srv");
  auto to_itself = std::optional<Request<Reply>>();
  server->post([&] { to_itself.emplace(ask(*server, "reply x")); });
  auto unanswered = ask(*server, "later");
  auto unknown = server->send_request(host.message("no_such_request"));
  auto bad_return = ask(*server, "forbidden");
  auto behind = ask(*server, "reply x");
  host.scheduler.run_all();
  auto nobody = ask(*server, "reply x");

  CHECK(outcome_of(to_itself->wait_response(infinity)) == "calling_self");
  CHECK(outcome_of(unknown.wait_response(infinity)) == "unknown_request");
  CHECK(outcome_of(bad_return.wait_response(infinity)) == "crashed");
  CHECK(outcome_of(unanswered.wait_response(infinity)) == "process_ended");
  CHECK(outcome_of(behind.wait_response(infinity)) == "process_ended");
  CHECK(outcome_of(nobody.wait_response(infinity)) == "process_ended");

  const auto other = start("other");
  auto pending = ask(*other, "later");
  host.scheduler.run_all();
  REQUIRE(other->stop(ExitReason::shutdown(), infinity));
  const auto response = pending.wait_response(infinity);
  REQUIRE(response.result);
  CHECK(response.result->error().text == "`other` ended: shutdown");
}

TEST_CASE_METHOD(Requests, "a collection receives responses in the order of their arrival, with their labels",
                 "[gs-015]") {
  const auto slow = start("slow");
  const auto fast = start("fast");
  const auto stopping = start("stopping");
  RequestCollection<Reply> all(host.runtime);
  REQUIRE(all.add(ask(*slow, "later, timeout 100"), "slow"));
  REQUIRE(all.add(ask(*fast, "reply at_once"), "fast"));
  REQUIRE(all.add(ask(*stopping, "later, timeout 50"), "stopping"));
  CHECK(all.size() == 3);
  host.scheduler.run_all();

  auto first = all.receive_response(infinity, Answered::kept);
  CHECK((first.label == "fast" && outcome_of(first) == "at_once"));
  CHECK(all.size() == 3);

  host.scheduler.advance(Duration(10));
  REQUIRE(stopping->stop(ExitReason::shutdown(), infinity));
  auto second = all.receive_response(host.clock.steady_now() + Duration(5));
  CHECK((second.label == "stopping" && outcome_of(second) == "process_ended"));
  CHECK(all.size() == 2);

  auto foreign = ask(*fast, "reply x");
  REQUIRE(all.add(std::move(foreign), "again"));
  // NOLINTNEXTLINE(bugprone-use-after-move): that is the question
  CHECK(code_of(all.add(std::move(foreign), "twice")) == "bad_request");
  CHECK(all.receive_response(infinity).label == "again");

  CHECK(all.receive_response(host.clock.steady_now() + Duration(1)).kind == Kind::timeout);
  tell(*slow, "answer too_late");
  CHECK(trace().back() == "answered not_found");
  CHECK(all.receive_response(Duration(0)).kind == Kind::no_request);
}

TEST_CASE_METHOD(Requests, "a collection that is asked without waiting says what there is",
                 "[gs-017][differs]") {
  const auto server = start("srv");
  RequestCollection<Reply> all(host.runtime);
  CHECK(all.check_response().kind == Kind::no_request);
  REQUIRE(all.add(ask(*server, "reply x"), "good"));
  REQUIRE(all.add(ask(*server, "later"), "open"));
  REQUIRE(all.add(ask(*server, "refuse no"), "bad"));
  CHECK(all.check_response().kind == Kind::no_reply);
  host.scheduler.run_all();

  const auto good = all.check_response();
  const auto bad = all.check_response(Answered::kept);

  CHECK((good.label == "good" && outcome_of(good) == "x"));
  CHECK((bad.label == "bad" && outcome_of(bad) == "refused"));
  CHECK(all.check_response().kind == Kind::no_reply);
  CHECK(all.labels() == Trace{"open", "bad"});
}

TEST_CASE_METHOD(Requests, "requests to handlers are received in the order of arrival, errors too",
                 "[ge-028][gs-g25]") {
  const auto manager = host.manager();
  REQUIRE(manager->add_handler(handler("h")));
  RequestCollection<Reply> all(host.runtime);
  REQUIRE(all.add(ask(*manager, "h", "reply one"), "one"));
  REQUIRE(all.add(ask(*manager, "nobody", "reply x"), "bad_module"));
  REQUIRE(all.add(ask(*manager, "h", "reply two"), "two"));

  auto first = all.receive_response(infinity);
  auto second = all.receive_response(infinity, Answered::kept);
  auto third = all.receive_response(infinity);

  CHECK((first.label == "one" && outcome_of(first) == "one"));
  CHECK((second.label == "bad_module" && outcome_of(second) == "not_found"));
  CHECK((third.label == "two" && outcome_of(third) == "two"));
  CHECK(all.size() == 1);

  REQUIRE(manager->stop(ExitReason::normal(), infinity));
  auto gone = ask(*manager, "h", "reply x");
  REQUIRE(all.add(std::move(gone), "noproc"));
  // NOLINTNEXTLINE(bugprone-use-after-move): that is the question
  CHECK(code_of(all.add(std::move(gone), "twice")) == "bad_request");
  CHECK(outcome_of(all.receive_response(infinity)) == "process_ended");

  auto [pending, from] = make_question<Reply>();
  REQUIRE(all.add({host.runtime, std::move(pending)}, "never"));
  CHECK(all.receive_response(Duration(20)).kind == Kind::timeout);
  CHECK_FALSE(from.reply(Reply{"too late"}));
  CHECK(all.receive_response(infinity).kind == Kind::no_request);
}

TEST_CASE_METHOD(Requests, "a wait that times out leaves the requests to handlers as they were", "[ge-029]") {
  const auto manager = host.manager();
  REQUIRE(manager->add_handler(handler("h")));
  RequestCollection<Reply> all(host.runtime);
  auto [pending, from] = make_question<Reply>();
  REQUIRE(all.add({host.runtime, std::move(pending)}, "slow"));
  REQUIRE(all.add(ask(*manager, "h", "reply x"), "fast"));
  REQUIRE(all.add(ask(*manager, "nobody", "reply x"), "bad_module"));

  CHECK(all.wait_response(infinity).label == "fast");
  CHECK(outcome_of(all.wait_response(infinity)) == "not_found");
  CHECK(all.wait_response(Duration(20)).kind == Kind::timeout);
  CHECK(all.wait_response(host.clock.steady_now()).kind == Kind::timeout);

  CHECK(from.reply(Reply{"at last"}));
  const auto last = all.wait_response(Duration(20));
  CHECK((last.label == "slow" && outcome_of(last) == "at last"));
  CHECK(all.wait_response(infinity).kind == Kind::no_request);
}

TEST_CASE_METHOD(Requests, "requests to handlers can be asked for without waiting", "[ge-030][differs]") {
  const auto manager = host.manager();
  REQUIRE(manager->add_handler(handler("h")));
  RequestCollection<Reply> all(host.runtime);
  CHECK(all.check_response().kind == Kind::no_request);
  REQUIRE(all.add(ask(*manager, "h", "reply x"), "good"));
  REQUIRE(all.add(ask(*manager, "nobody", "reply x"), "bad"));
  CHECK(all.check_response().kind == Kind::no_reply);
  host.scheduler.run_all();

  CHECK(outcome_of(all.check_response()) == "x");
  CHECK(outcome_of(all.check_response()) == "not_found");
  CHECK(all.check_response().kind == Kind::no_request);
}
