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

TEST_CASE("values of options complete without a host", "[completion]") {
  Client nobody("/nonexistent/baton.sock");

  CHECK(completions({"add", "log", "X", "--on-crash", "re"}, false, nobody) ==
        Words{"remove", "restart", "restart_with_state"});
  CHECK(completions({"status", "-o", "j"}, false, nobody) == Words{"json"});
  CHECK(completions({"status", "--output", ""}, true, nobody) == Words{"elixir", "json", "text"});
  CHECK(completions({"swap", "a/b", "X", "--redo", "f"}, false, nobody) == Words{"failed"});
  CHECK(completions({"add", "--id", ""}, false, nobody).empty());
  CHECK(completions({"help", "swa"}, true, nobody) == Words{"swap"});
}

TEST_CASE("options of the program are passed over, and complete themselves", "[completion]") {
  Client nobody("/nonexistent/baton.sock");

  CHECK(completions({"-o", "json", "sw"}, false, nobody) == Words{"swap"});
  CHECK(completions({"--socket", "/x", "swap", "--d"}, false, nobody) == Words{"--destructive"});
  CHECK(completions({"-o", "el"}, false, nobody) == Words{"elixir"});
  CHECK(completions({"--so"}, false, nobody) == Words{"--socket"});
}

TEST_CASE("each shell has its script, and no other", "[completion]") {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    CHECK(completion_script(shell).find("baton __complete --") != std::string_view::npos);
  }
  CHECK(completion_script("csh").empty());
}
