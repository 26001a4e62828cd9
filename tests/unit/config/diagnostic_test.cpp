// SPDX-License-Identifier: Apache-2.0
#include "host/config/diagnostic.hpp"

#include <catch2/catch.hpp>

using namespace baton;

namespace {

using Severity = Diagnostic::Severity;

Diagnostic error_at(Place place, std::string message, std::string help = {}) {
  return {Severity::error, place, std::move(message), std::move(help)};
}

}  // namespace

TEST_CASE("a diagnostic shows the line with carets under the place, and the help", "[config]") {
  CHECK(render_diagnostics({error_at({2, 3, 4}, "unknown key `nmae`", "did you mean `name`?")}, "a.yaml",
                           "host:\n  nmae: x\n") ==
        "a.yaml:2:3: error: unknown key `nmae`\n"
        "   2 |   nmae: x\n"
        "     |   ^^^^\n"
        "help: did you mean `name`?\n");
}

TEST_CASE("diagnostics come in the order of their places", "[config]") {
  const std::string text = render_diagnostics(
      {error_at({2, 1, 1}, "second"), error_at({1, 2, 1}, "first"), error_at({}, "whole file")}, "f",
      "ab\ncd\n");
  CHECK(text ==
        "f: error: whole file\n"
        "f:1:2: error: first\n   1 | ab\n     |  ^\n"
        "f:2:1: error: second\n   2 | cd\n     | ^\n");
}

TEST_CASE("columns and carets count characters, not bytes", "[config]") {
  CHECK(render_diagnostics({error_at({1, 5, 3}, "m")}, "f", "äöü hé! x") ==
        "f:1:5: error: m\n   1 | äöü hé! x\n     |     ^^^\n");
}

TEST_CASE("carets stop at the end of the line", "[config]") {
  CHECK(render_diagnostics({error_at({1, 2, 50}, "m")}, "f", "abc\r\nd") ==
        "f:1:2: error: m\n   1 | abc\n     |  ^^\n");
  CHECK(render_diagnostics({error_at({1, 4, 1}, "m")}, "f", "abc") ==
        "f:1:4: error: m\n   1 | abc\n     |    ^\n");
}

TEST_CASE("a long line is shown around the place only", "[config]") {
  const std::string line = std::string(200, 'a') + "HERE" + std::string(200, 'b');
  const std::string text = render_diagnostics({error_at({1, 201, 4}, "m")}, "f", line);
  CHECK(text == "f:1:201: error: m\n   1 | " + std::string(40, 'a') + "HERE" + std::string(76, 'b') +
                    "\n     | " + std::string(40, ' ') + "^^^^\n");
}

TEST_CASE("nothing in a file reaches the terminal as a control sequence", "[config]") {
  const std::string text = render_diagnostics({error_at({1, 1, 1}, "key `\x1b[31m`", "not `\xff`")}, "f\n",
                                              "\x1b[2J\xc2\x9b\xe2\x80\xae x\tb");
  CHECK(text ==
        "f\\u000a:1:1: error: key `\\u001b[31m`\n"
        "   1 | ?[2J?? x b\n"
        "     | ^\n"
        "help: not `\\xff`\n");
}

TEST_CASE("colour comes only when asked for", "[config]") {
  const std::vector<Diagnostic> diagnostics = {error_at({1, 1, 1}, "m", "h")};
  CHECK(render_diagnostics(diagnostics, "f", "x").find('\x1b') == std::string::npos);
  CHECK(render_diagnostics(diagnostics, "f", "x", true).find("\x1b[1;31merror") != std::string::npos);
}

TEST_CASE("errors and warnings are counted apart", "[config]") {
  const Diagnostic error = error_at({}, "m");
  const Diagnostic warning = {Severity::warning, {}, "m", ""};
  CHECK(count_diagnostics({}).empty());
  CHECK(count_diagnostics({error}) == "1 error");
  CHECK(count_diagnostics({warning, warning}) == "2 warnings");
  CHECK(count_diagnostics({error, warning, error}) == "2 errors, 1 warning");
  CHECK(has_errors({warning, error}));
  CHECK_FALSE(has_errors({warning}));
}

TEST_CASE("a place outside the text is harmless", "[config]") {
  CHECK_FALSE(render_diagnostics({error_at({9, 9, 9}, "m"), error_at({1, 0, 0}, "m")}, "f", "").empty());
}
