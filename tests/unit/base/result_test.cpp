// SPDX-License-Identifier: Apache-2.0
#include "host/base/result.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace baton;

TEST_CASE("every error code has a name, a sentence and a number of its own", "[result]") {
  std::set<std::string_view> names;
  std::set<int> numbers;
  const auto check = [&](Errc code) {
    CHECK_FALSE(errc_sentence(code).empty());
    CHECK(names.insert(errc_name(code)).second);
    CHECK(numbers.insert(static_cast<int>(code)).second);
    CHECK(errc_from_name(errc_name(code)) == code);
  };
#define BATON_ERRC(name, number, sentence) check(Errc::name);
#include "host/base/errc.def"
#undef BATON_ERRC
}

TEST_CASE("an unknown error name is told", "[result]") {
  CHECK(errc_from_name("no_such_code").error() == "no error code is called `no_such_code`");
}
