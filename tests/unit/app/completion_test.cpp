// SPDX-License-Identifier: Apache-2.0
#include "host/app/completion.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace baton;

using Words = std::vector<std::string>;

TEST_CASE("verbs complete without a host", "[completion]") {
  Client nobody("/nonexistent/baton.sock");

  CHECK(completions({"sw"}, false, nobody) == Words{"swap"});
  CHECK(completions({"not"}, false, nobody) == Words{"notify"});
  CHECK(completions({"swap", "--d"}, false, nobody) == Words{"--destructive"});
  CHECK(completions({"call", ""}, false, nobody).empty());
}

TEST_CASE("each shell has its script, and no other", "[completion]") {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    CHECK(completion_script(shell).find("baton __complete --") != std::string_view::npos);
  }
  CHECK(completion_script("csh").empty());
}
