// SPDX-License-Identifier: Apache-2.0
#include "host/app/words.hpp"

#include <catch2/catch.hpp>

using namespace baton;

namespace {

std::vector<std::string> words(std::string_view line) {
  const auto split = split_words(line);
  REQUIRE(split);
  return *split;
}

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("blanks separate words", "[words]") {
  CHECK(words("call queue dequeue") == Words{"call", "queue", "dequeue"});
  CHECK(words("  call\t queue \n") == Words{"call", "queue"});
  CHECK(words("   ").empty());
}

TEST_CASE("quotes keep blanks, and may stand inside a word", "[words]") {
  CHECK(words(R"(notify log msg "Hello World")") == Words{"notify", "log", "msg", "Hello World"});
  CHECK(words(R"(say 'a "b" c' key="x y")") == Words{"say", "a \"b\" c", "key=x y"});
  CHECK(words(R"(empty "")") == Words{"empty", ""});
}

TEST_CASE("a backslash keeps the next character, in double quotes only a quote or a backslash", "[words]") {
  CHECK(words(R"(a\ b)") == Words{"a b"});
  CHECK(words(R"("a\"b\\c\d")") == Words{"a\"b\\c\\d"});
  CHECK(words(R"('a\b')") == Words{"a\\b"});
}

TEST_CASE("an open quote is told with its place", "[words]") {
  const auto split = split_words("say \"hello");
  REQUIRE_FALSE(split);
  CHECK(split.error().text == "the quote \" at column 5 is not closed");
}
