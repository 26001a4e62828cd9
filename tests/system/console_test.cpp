// SPDX-License-Identifier: Apache-2.0
#include "tests/system/running_host.hpp"

using namespace baton::test;

TEST_CASE("a console takes commands from a pipe and prints their results", "[console]") {
  Place place;
  place.start(place.config("servers: {queue: {type: SimpleQueue, options: {items: [1, 2, 3]}}}\n"));

  const Ran ran = shell(
      "printf '%s\\n' '# comment' 'call queue dequeue' 'repeat 3 call queue dequeue' exit 'call queue x' | " +
      std::string(BATON_BINARY) + " --socket " + place.path("host.sock").string() + " console");

  CHECK(ran.code == 0);
  CHECK(ran.output == "1\n[2, 3, null]\n");
}

TEST_CASE("a console from a pipe ends with the code of the first command that failed, and does the others",
          "[console]") {
  Place place;
  place.start(place.config("servers: {queue: {type: SimpleQueue, options: {items: [1]}}}\n"));

  const Ran ran =
      shell("printf '%s\\n' 'call queue nonsense' 'call queue dequeue' | " + std::string(BATON_BINARY) +
            " --socket " + place.path("host.sock").string() + " console");

  CHECK(ran.code == 1);
  CHECK(contains(ran.output, "unknown_request"));
  CHECK(contains(ran.output, "1\n"));
}

TEST_CASE("run opens a console when told to, and its end is the host's", "[console]") {
  Place place;
  const auto config = place.config("servers: {queue: {type: SimpleQueue, options: {items: [7]}}}\n");

  const Ran ran = shell("echo 'call queue dequeue' | " + std::string(BATON_BINARY) + " run " +
                        config.string() + " --console");

  CHECK(ran.code == 0);
  CHECK(contains(ran.output, "\n7\n"));
}
