// SPDX-License-Identifier: Apache-2.0
#include "host/app/given_call.hpp"
#include "tests/unit/app/parsed_words.hpp"

#include <catch2/catch.hpp>

using namespace baton;
using namespace baton::test;

TEST_CASE("what follows the first blank of a call is its data, as it is", "[try]") {
  const auto is_read_as = [](std::string_view text, std::string_view request, std::string_view data) {
    const GivenCall call = read_call(text);
    return call.request == request && call.data == data;
  };
  CHECK(is_read_as("top", "top", ""));
  CHECK(is_read_as("count to be", "count", "to be"));
  CHECK(is_read_as("set {\"a\": \"b c\"}", "set", "{\"a\": \"b c\"}"));
  CHECK(is_read_as("say  x ", "say", " x "));
  CHECK(is_read_as("top ", "top", ""));
}

TEST_CASE("`try` takes several calls, and where its state comes from and goes to", "[try]") {
  const Invocation both = invocation({"try", "a.so", "k=v", "--call", "top", "--call", "count to", "--state",
                                      "s.json", "--save", "t.json", "--replay", "-", "--event-type", "line"},
                                     false);
  CHECK(both.calls == Words{"top", "count to"});
  CHECK(both.settings == Words{"k=v"});
  CHECK(both.state_from == "s.json");
  CHECK(both.state_to == "t.json");
  CHECK(both.replay == "-");
}

TEST_CASE("a call needs a request, and lines need to come from somewhere", "[try]") {
  CHECK(contains(usage_error({"try", "a.so", "--call", " x"}), "--call needs a request"));
  CHECK(contains(usage_error({"plugin", "check", "a.so", "--call", ""}), "--call needs a request"));
  CHECK(contains(usage_error({"try", "a.so", "--event-type", "line"}), "--event-type is for the lines of"));
  CHECK(contains(usage_error({"try", "a.so", "--handler", "A", "--server", "B"}), "--handler"));
  CHECK(contains(usage_error({"try"}), "FILE"));
}
