// SPDX-License-Identifier: Apache-2.0
// What -o json gives for verbs that need no host, and for mistakes.
#include "tests/system/running_host.hpp"

using namespace baton::test;

TEST_CASE("check tells as a document what is wrong, each thing with its place", "[documents]") {
  const Place place;
  const std::string good = place.config(log_with_logger).string();
  CHECK(place.verb("check " + good + " -o json").output == "[]\n");
  CHECK(place.verb("check " + good + " -o json").code == 0);

  const std::string bad =
      place.write("bad.yaml", "managers:\n  log: {handlers: [{type: A, id: a b}]}\nnonsense: 1\n").string();
  const Ran ran = place.verb("-o json check " + bad + " 2>/dev/null");
  CHECK(ran.code == 78);
  CHECK(
      contains(ran.output, R"([{"file":")" + bad +
                               R"(","severity":"error","line":2,"column":34,"text":"`a b` cannot be an id",)"
                               R"("help":"use 1 to 64 letters)"));
  CHECK(contains(ran.output, R"("line":3,"column":1,)"));

  const Ran none = place.verb("check -o json /nonexistent.yaml");
  CHECK(none.code == 78);
  CHECK(none.output.starts_with("["));
}

TEST_CASE("the version and a wrong usage are documents when they are asked for", "[documents]") {
  const Place place;
  CHECK(contains(place.verb("version -o json").output, R"({"version":")"));
  CHECK(place.verb("--version").output == place.verb("version").output);
  CHECK(place.verb("-V").code == 0);

  const Ran wrong = place.verb("call -o json 2>/dev/null");
  CHECK(wrong.code == 64);
  CHECK(wrong.output.starts_with(R"({"error":{"code":"usage","text":"baton call: )"));
  CHECK(place.verb("bench log --rate fast -o json 2>/dev/null")
            .output.starts_with(R"({"error":{"code":"usage")"));
}
