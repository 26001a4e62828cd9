// SPDX-License-Identifier: Apache-2.0
#include "host/control/state_documents.hpp"

#include "tests/support/code_of.hpp"

#include <catch2/catch.hpp>

using namespace baton;
using namespace baton::test;

namespace {

std::string why_not(const std::string& text) {
  const auto state = read_state(text);
  return state ? "it is one" : state.error().text;
}

}  // namespace

TEST_CASE("a state is read as it was written, whatever its bytes are", "[try]") {
  const std::string data = GENERATE(std::string(), std::string("{\"count\":3}"), std::string("\xff\0\n\"", 4),
                                    std::string(1, '\0'));

  const auto read = read_state(state_document("CounterHandler", {7, data, {}}).dump(2));

  REQUIRE(read);
  CHECK(read->type == "CounterHandler");
  CHECK(read->state.version == 7);
  CHECK(read->state.data == data);
}

TEST_CASE("a state that is text is text in its file", "[try]") {
  CHECK(state_document("A", {2, "{\"count\":3}", {}}).dump() ==
        R"({"type":"A","version":2,"data":"{\"count\":3}"})");
  CHECK(state_document("A", {2, "\xff", {}}).dump() == R"({"type":"A","version":2,"data_base64":"/w=="})");
  CHECK(read_state(R"({"version":4294967295,"type":"A","data":"x","note":"of mine"})"));
}

TEST_CASE("what is no state is told apart", "[try]") {
  CHECK(why_not("Hello") == "it is no JSON object");
  CHECK(why_not("[]") == "it is no JSON object");
  CHECK(why_not(R"({"version":1,"data":""})") == "it has no `type`");
  CHECK(why_not(R"({"type":1,"version":1,"data":""})") == "`type` is no text");
  for (const char* version : {"", R"("version":0,)", R"("version":-1,)", R"("version":4294967296,)",
                              R"("version":1.5,)", R"("version":"1",)"}) {
    CHECK(why_not(R"({"type":"A",)" + std::string(version) + R"("data":""})") ==
          "its `version` is no number from 1 on");
  }
  CHECK(why_not(R"({"type":"A","version":1})") == "it has neither `data` nor `data_base64`");
  CHECK(why_not(R"({"type":"A","version":1,"data_base64":"="})") == "`data_base64` is no base64");
}
