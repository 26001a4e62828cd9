// SPDX-License-Identifier: Apache-2.0
#include "host/runtime/request.hpp"

#include "tests/support/manual_host.hpp"

#include <catch2/catch.hpp>

using namespace baton;
using namespace baton::test;

namespace {

using Kind = Response<int>::Kind;

struct RequestTest {
  ManualHost host;
  std::map<std::string, From<int>> askers;

  Request<int> ask(const std::string& who) {
    auto [pending, from] = make_question<int>();
    askers.emplace(who, std::move(from));
    return {host.runtime, std::move(pending)};
  }

  bool answer(const std::string& who, Result<int> value) { return askers.at(who).reply(std::move(value)); }
};

}  // namespace

TEST_CASE_METHOD(RequestTest, "a wait that times out leaves the request as it was", "[request][otp]") {
  auto request = ask("a");

  CHECK(request.wait_response(Duration(10)).kind == Kind::timeout);
  CHECK(request.check_response().kind == Kind::no_reply);
  CHECK(answer("a", 1));

  CHECK(request.wait_response(Duration(0)).result == 1);
  CHECK(request.wait_response(infinity).kind == Kind::no_request);
}

TEST_CASE_METHOD(RequestTest, "a receive that times out abandons the request", "[request][otp]") {
  auto request = ask("a");

  CHECK(request.receive_response(Duration(10)).kind == Kind::timeout);

  CHECK_FALSE(answer("a", 1));
  CHECK(request.receive_response(infinity).kind == Kind::no_request);
}

TEST_CASE_METHOD(RequestTest, "a dropped question is answered by an error", "[request][otp]") {
  auto request = ask("a");
  askers.clear();

  CHECK(code_of(*request.check_response().result) == "process_ended");
}

TEST_CASE_METHOD(RequestTest, "an answer that is there wins over a deadline that has passed",
                 "[request][otp]") {
  auto request = ask("a");
  auto late = ask("late");
  host.scheduler.advance(Duration(10));
  answer("a", 1);

  CHECK(request.wait_response(SteadyTime{}).result == 1);
  CHECK(late.wait_response(SteadyTime{}).kind == Kind::timeout);
}

TEST_CASE_METHOD(RequestTest, "a negative timeout is refused and costs the request nothing", "[request]") {
  RequestCollection<int> all(host.runtime);
  auto request = ask("a");

  CHECK(request.receive_response(Duration(-1)).kind == Kind::bad_timeout);
  REQUIRE(all.add(std::move(request), "a"));
  CHECK(all.receive_response(Duration(-1)).kind == Kind::bad_timeout);
  CHECK(answer("a", 1));
}

TEST_CASE_METHOD(RequestTest, "a collection hands out answers in the order of their arrival",
                 "[request][otp]") {
  RequestCollection<int> all(host.runtime);
  for (const char* label : {"a", "b", "c"}) {
    REQUIRE(all.add(ask(label), label));
  }
  CHECK(all.labels() == std::vector<std::string>{"a", "b", "c"});
  answer("c", 3);
  answer("a", 1);

  const auto first = all.wait_response(infinity);
  const auto second = all.receive_response(Duration(10));

  CHECK((first.label == "c" && first.result == 3));
  CHECK((second.label == "a" && second.result == 1));
  CHECK(all.check_response().kind == Kind::no_reply);
  CHECK(all.size() == 1);
}

TEST_CASE_METHOD(RequestTest, "an answered request that is kept counts and is not answered again",
                 "[request][otp]") {
  RequestCollection<int> all(host.runtime);
  REQUIRE(all.add(ask("a"), "a"));
  answer("a", 1);

  CHECK(all.check_response(Answered::kept).result == 1);

  CHECK(all.size() == 1);
  CHECK(all.check_response().kind == Kind::no_reply);
  CHECK(all.wait_response(Duration(5)).kind == Kind::timeout);
  CHECK(all.wait_response(infinity).kind == Kind::timeout);  // nothing can come any more
}

TEST_CASE_METHOD(RequestTest, "a receive that times out abandons the whole collection", "[request][otp]") {
  RequestCollection<int> all(host.runtime);
  REQUIRE(all.add(ask("a"), "a"));
  REQUIRE(all.add(ask("b"), "b"));
  CHECK(all.wait_response(Duration(5)).kind == Kind::timeout);
  CHECK(all.size() == 2);

  CHECK(all.receive_response(Duration(5)).kind == Kind::timeout);

  CHECK_FALSE(answer("a", 1));
  CHECK_FALSE(answer("b", 2));
  CHECK(all.receive_response(infinity).kind == Kind::no_request);
  REQUIRE(all.add(ask("c"), "c"));
  answer("c", 3);
  CHECK(all.receive_response(infinity).result == 3);
}

TEST_CASE_METHOD(RequestTest, "a request is added once", "[request][otp]") {
  RequestCollection<int> all(host.runtime);
  RequestCollection<int> others(host.runtime);
  auto request = ask("a");
  REQUIRE(all.add(std::move(request), "a"));

  // NOLINTNEXTLINE(bugprone-use-after-move): that is the question
  CHECK(code_of(others.add(std::move(request), "again")) == "bad_request");

  CHECK(others.size() == 0);
  answer("a", 1);
  CHECK(all.wait_response(infinity).label == "a");
}

TEST_CASE_METHOD(RequestTest, "a request that was answered before it was added is answered at once",
                 "[request]") {
  RequestCollection<int> all(host.runtime);
  auto request = ask("a");
  answer("a", 1);
  REQUIRE(all.add(std::move(request), "a"));

  CHECK(all.wait_response(Duration(0)).result == 1);
  CHECK(all.wait_response(infinity).kind == Kind::no_request);
}

TEST_CASE_METHOD(RequestTest, "an answer may come after its collection is gone", "[request]") {
  {
    RequestCollection<int> all(host.runtime);
    REQUIRE(all.add(ask("a"), "a"));
  }
  CHECK_FALSE(answer("a", 1));
}
