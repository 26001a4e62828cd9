// SPDX-License-Identifier: Apache-2.0
#include "host/behaviour/callers.hpp"

#include "tests/support/code_of.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace baton;
using namespace baton::test;

namespace {

Reply text(const std::string& data) {
  return {data, BATON_TEXT_PLAIN};
}

struct CallersTest {
  Callers callers;
  Callers::Visitor visitor;

  static std::string answer_of(const Callers::Visitor& visitor) {
    REQUIRE(visitor.answer);
    return *visitor.answer ? (*visitor.answer)->data : code_of(*visitor.answer);
  }
};

}  // namespace

TEST_CASE_METHOD(CallersTest, "a visitor has the server's answer when it leaves", "[callers]") {
  const auto number = callers.add(visitor);
  callers.answer(number, text("here"));
  CHECK_FALSE(callers.leave(visitor));
  CHECK(answer_of(visitor) == "here");
}

TEST_CASE_METHOD(CallersTest, "a visitor whom somebody else answers meanwhile has that answer", "[callers]") {
  const auto number = callers.add(visitor);
  REQUIRE(callers.reply(number, text("from elsewhere")));
  CHECK_FALSE(callers.leave(visitor));
  CHECK(answer_of(visitor) == "from elsewhere");
}

TEST_CASE_METHOD(CallersTest, "a visitor who leaves without an answer gets it as all others do",
                 "[callers]") {
  const auto number = callers.add(visitor);
  auto waits = callers.leave(visitor);
  REQUIRE(waits);
  CHECK_FALSE(waits->is_answered());
  REQUIRE(callers.reply(number, text("later")));
  CHECK(waits->take()->data == "later");
}

TEST_CASE_METHOD(CallersTest, "only the first answer to a visitor counts", "[callers]") {
  const auto number = callers.add(visitor);
  REQUIRE(callers.reply(number, text("first")));
  CHECK(code_of(callers.reply(number, text("second"))) == "not_found");
  callers.answer(number, text("third"));
  CHECK_FALSE(callers.leave(visitor));
  CHECK(answer_of(visitor) == "first");
  CHECK(code_of(callers.reply(number, text("fourth"))) == "not_found");
}

TEST_CASE_METHOD(CallersTest, "what is said to another caller does not reach the visitor", "[callers]") {
  auto [pending, from] = make_question<Reply>();
  const auto other = callers.add(std::move(from));
  const auto number = callers.add(visitor);
  callers.answer(other, text("to the other"));
  CHECK(pending.take()->data == "to the other");
  CHECK(code_of(callers.reply(number + 1, text("to nobody"))) == "not_found");
  CHECK(callers.leave(visitor));
}

TEST_CASE_METHOD(CallersTest, "a visitor waits like those who came before it", "[callers]") {
  auto [pending, from] = make_question<Reply>();
  const auto other = callers.add(std::move(from));
  const auto number = callers.add(visitor);
  CHECK(callers.last() == number);
  CHECK(callers.waiting_since(0) == std::vector<std::uint64_t>{other, number});
  CHECK(callers.waiting_since(other) == std::vector<std::uint64_t>{number});

  SECTION("and is dropped with them") {
    callers.drop_all({Errc::process_ended, "over"});
    CHECK(code_of(pending.take()) == "process_ended");
  }
  SECTION("and can be dropped alone") {
    callers.drop({number}, {Errc::process_ended, "over"});
    CHECK_FALSE(pending.is_answered());
  }
  CHECK_FALSE(callers.leave(visitor));
  CHECK(answer_of(visitor) == "process_ended");
  CHECK(callers.waiting_since(other).empty());
}
