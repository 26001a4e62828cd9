// SPDX-License-Identifier: Apache-2.0
#include "host/app/swap_text.hpp"

#include "host/app/command_line.hpp"
#include "host/app/requests.hpp"
#include "host/app/text_output.hpp"

#include <catch2/catch.hpp>

using namespace baton;

namespace {

Invocation invocation_of(const std::vector<std::string>& words) {
  const auto parsed = parse_command_line(words, false);
  REQUIRE(std::holds_alternative<Invocation>(parsed));
  return std::get<Invocation>(parsed);
}

}  // namespace

TEST_CASE("a swap is told step by step", "[swap_text]") {
  const std::string document =
      R"({"swap":{"old_version":"1.0.0","new_version":"2.0.0","old_instance":1,"new_instance":2,"at_message":7,)"
      R"("pause_us":120,"steps":[{"step":"state","ok":true,"took_us":40,"text":"version 1 -> 2, 96 bytes"},)"
      R"({"step":"watch","ok":true,"took_us":30000000,"text":"5 events, 0 errors"}]}})";

  CHECK(text_of(invocation_of({"swap", "log/a", "B"}), document) ==
        "swap log/a#1  1.0.0 -> 2.0.0\n"
        "  state      ok        0.04 ms  version 1 -> 2, 96 bytes\n"
        "  watch      ok         30.0 s  5 events, 0 errors\n"
        "log/a#2 is 2.0.0  (pause 0.12 ms, at message 7)");
  CHECK(text_of(invocation_of({"swap", "log/a", "B", "--id", "b"}), document).find("\nlog/b#2 is 2.0.0") !=
        std::string::npos);
}

TEST_CASE("a swap to another type names both", "[swap_text]") {
  const std::string document =
      R"({"swap":{"old_type":"Store","new_type":"WordCount","old_version":"1.0.0","new_version":"1.0.0",)"
      R"("old_instance":1,"new_instance":2,"at_message":7,"pause_us":120,"steps":[]}})";

  const std::string text = text_of(invocation_of({"swap", "log/a", "B"}), document);

  CHECK(text.starts_with("swap log/a#1  Store 1.0.0 -> WordCount 1.0.0\n"));
  CHECK(text.find("\nlog/a#2 is WordCount 1.0.0  (pause") != std::string::npos);
}

TEST_CASE("a failure is told with the steps up to it", "[swap_text]") {
  const Invocation swap = invocation_of({"swap", "log/a", "B"});
  CHECK(failed_steps_text(swap,
                          R"({"error":{},"steps":[{"step":"create","ok":false,"took_us":5,"text":"no"}]})") ==
        "swap log/a\n  create     FAILED    0.01 ms  no");
  CHECK(failed_steps_text(swap, R"({"error":{},"steps":[]})").empty());
  CHECK(failed_steps_text(swap, "").empty());
}

TEST_CASE("the options of a watch are sent as they were typed", "[swap_text]") {
  const auto request = request_of(invocation_of({"swap", "log/a", "B", "--canary", "9", "--watch", "30s",
                                                 "--max-error-rate", "0.1%", "--back", "kept"}));
  REQUIRE(request);
  CHECK(request->body.find(R"("canary":9,"watch":{"window":"30s","max_error_rate":"0.1%","back":"kept"})") !=
        std::string::npos);
  CHECK(request_of(invocation_of({"swap", "log/a", "B"}))->body.find("watch") == std::string::npos);
}

TEST_CASE("an upgrade names a plugin or a file", "[swap_text]") {
  const auto named = request_of(invocation_of({"upgrade", "logger"}));
  CHECK(named->path == "/v1/upgrade");
  CHECK(named->body == R"({"extra":"","plugin":"logger"})");
  CHECK(request_of(invocation_of({"upgrade", "./x.so"}))->body.find(R"("file":"/)") != std::string::npos);
  const auto tried = request_of(invocation_of({"upgrade", "logger", "--canary", "9", "--watch", "30s"}));
  CHECK(tried->body.find(R"("plugin":"logger","canary":9,"watch":{"window":"30s"})") != std::string::npos);
  CHECK_FALSE(request_of(invocation_of({"upgrade", "logger", "--redo", "all"})));
}
