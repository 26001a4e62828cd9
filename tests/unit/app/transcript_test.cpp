// SPDX-License-Identifier: Apache-2.0
#include "host/app/transcript.hpp"

#include <catch2/catch.hpp>

using namespace baton;

TEST_CASE("a transcript is commands, each with what it must print", "[transcript]") {
  const auto transcript = parse_transcript(
      "# a comment\niex> Queue.dequeue\nbaton> call queue dequeue\n1\n\nbaton> notify log msg "
      "x\nLogging\nPersisting\n:ok\n",
      "folder/lesson.transcript");

  REQUIRE(transcript);
  CHECK(transcript->name == "lesson");
  REQUIRE(transcript->steps.size() == 2);
  CHECK(transcript->steps[0].reference == "Queue.dequeue");
  CHECK(transcript->steps[0].command == "call queue dequeue");
  CHECK(transcript->steps[0].expected == std::vector<std::string>{"1"});
  CHECK(transcript->steps[0].line == 3);
  CHECK(transcript->steps[1].reference.empty());
  CHECK(transcript->steps[1].expected.size() == 3);
}

TEST_CASE("output before the first command is told with its place", "[transcript]") {
  CHECK(parse_transcript("1\nbaton> x\n", "f").error().text ==
        "f:1: a line of output before the first `baton> `");
}

TEST_CASE("a transcript without commands is an error, not a success", "[transcript]") {
  CHECK_FALSE(parse_transcript("# nothing\n", "f"));
}
