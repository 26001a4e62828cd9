// SPDX-License-Identifier: Apache-2.0
#include "host/app/elixir_terms.hpp"

#include <catch2/catch.hpp>

using namespace baton;

TEST_CASE("replies are spelled as Elixir's terms", "[elixir]") {
  const ElixirTerms terms;

  CHECK(terms.reply("null", "application/json") == "nil");
  CHECK(terms.reply("[1,2, null]", "application/json") == "[1, 2, nil]");
  CHECK(terms.reply(R"(["a\"b"])", "application/json") == R"(["a\"b"])");
  CHECK(terms.reply(R"({"a": [true]})", "application/json") == R"(%{"a" => [true]})");
  CHECK(terms.reply("1", "text/plain; charset=utf-8") == "\"1\"");
}

TEST_CASE("processes are numbered by their first appearance", "[elixir]") {
  ElixirTerms terms;

  CHECK(terms.started("queue#1") == "{:ok, #PID<1>}");
  CHECK(terms.started("log#1") == "{:ok, #PID<2>}");
  CHECK(terms.error({Errc::already_started, "`queue` is running already: queue#1"}) ==
        "{:error, {:already_started, #PID<1>}}");
  CHECK(terms.error({Errc::not_found, "whatever"}) == "{:error, :not_found}");
}
