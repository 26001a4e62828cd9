// SPDX-License-Identifier: Apache-2.0
// Plugins that need something newer than the real host of today: what can be done without is not missed, and
// the rest is refused or answered, by name, while everything else goes on.
#include "plugin_api/include/baton/abi.h"
#include "tests/system/running_host.hpp"

using namespace baton::test;

namespace {

const std::string next_abi = "1." + std::to_string(BATON_ABI_MINOR + 1);
const std::string today_abi = "1." + std::to_string(BATON_ABI_MINOR);
const std::string folder = BATON_PLUGINS;

Ran check(const std::string& file) {
  return shell(BATON_BINARY " plugin check " + folder + "/" + file);
}

}  // namespace

TEST_CASE("a newer handler that asks does without what this host does not have", "[abi]") {
  Place place;
  place.start(place.config("managers: {log: {handlers: [Asks]}}\n"));

  CHECK(place.verb("sync-notify log msg a").code == 0);
  CHECK(place.verb("call log/Asks function").output == "not there\n");
  CHECK("1." + place.verb("call log/Asks minor").output == today_abi + "\n");
}

TEST_CASE("a newer handler that cannot do without is not made, and says why", "[abi]") {
  Place place;
  place.start(place.config("managers: {log: {handlers: [Asks]}}\n"));

  const Ran add = place.verb("add log Insists");
  CHECK(add.code == 1);
  CHECK(contains(add.output, "it needs ABI " + next_abi));

  const Ran swap = place.verb("swap log/Asks Insists");
  CHECK(swap.code == 1);
  CHECK(contains(swap.output, "it needs ABI " + next_abi));
  CHECK(place.verb("call log/Asks function").output == "not there\n");
}

TEST_CASE("what a newer manifest and a newer table have more is passed over", "[abi]") {
  Place place;
  place.start(place.config("managers: {log: {handlers: [Answers]}}\n"));

  CHECK(place.verb("sync-notify log msg a").code == 0);
  CHECK(place.verb("call log/Answers outcome").output == "older\n");
  CHECK(contains(place.verb("plugin show answers").output, next_abi));
}

TEST_CASE("an answer that this host does not know is a bad return, of that handler alone", "[abi]") {
  const auto [request, said] = GENERATE(table<std::string, std::string>(
      {{"status", "bad return: handle_call answered with status 1000"}, {"then", "bad return: then 1000"}}));
  Place place;
  place.start(place.config("managers: {log: {handlers: [Answers, Asks]}}\n"));

  const Ran ran = place.verb("call log/Answers " + request);
  CHECK(ran.code == 1);
  CHECK(contains(ran.output, said));
  CHECK(place.verb("call log/Answers outcome").code == 1);
  CHECK(place.verb("call log/Asks function").code == 0);
}

TEST_CASE("a newer kind or type of option is refused before any code of it runs", "[abi]") {
  const auto [file, said] = GENERATE(table<std::string, std::string>(
      {{"kind", R"("stream" is not a kind)"}, {"option_type", R"("colour" is not a type)"}}));

  const Ran ran = check(file + ".so");
  CHECK(ran.code == 1);
  CHECK(contains(ran.output, "bad_manifest"));
  CHECK(contains(ran.output, said));
}

TEST_CASE("plugin check says of a newer plugin that it is newer, and has nothing against it", "[abi]") {
  const Ran ran = check("asks.so");
  CHECK(contains(ran.output, "newer_abi"));
  CHECK(contains(ran.output, next_abi + "; this host has " + today_abi));
}
