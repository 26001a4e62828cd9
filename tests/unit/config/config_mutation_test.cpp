// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/config/config_lines.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <fstream>
#include <iterator>
#include <random>

using namespace baton;

namespace {

std::string example_text() {
  std::ifstream file(std::string(BATON_SOURCE_DIR) + "/config/baton.yaml", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Reads `text` and renders what comes of it. True: every place is inside the text.
bool survives(const std::string& text) {
  const ReadConfig read = parse_config(text, "/etc/baton/baton.yaml");
  const auto lines = static_cast<std::size_t>(std::ranges::count(read.source, '\n')) + 1;
  const bool in_text = std::ranges::all_of(
      read.diagnostics, [lines](const Diagnostic& diagnostic) { return diagnostic.place.line <= lines; });
  return in_text &&
         render_diagnostics(read.diagnostics, "f", read.source).empty() == read.diagnostics.empty();
}

/// A few random edits, of the kind that find their way into the parser's corners.
class Mutator {
 public:
  explicit Mutator(std::uint32_t seed) : random_(seed) {}

  std::string mutate(std::string text) {
    const std::size_t edits = 1 + pick(4);
    for (std::size_t i = 0; i < edits && !text.empty(); ++i) {
      edit(text);
    }
    return text;
  }

 private:
  std::size_t pick(std::size_t limit) { return random_() % limit; }

  void edit(std::string& text) {
    static constexpr std::array<std::string_view, 24> pieces = {
        "\"", "'",  "[",       "]", "{",   "}",  ":",    ": ",           "- ", "\n", "\t",          "&a ",
        "*a", "<<", "\n---\n", "#", "|\n", "!!", "\xff", "\xef\xbb\xbf", "? ", "\\", "%YAML 1.2\n", ",\n"};
    const std::size_t at = pick(text.size());
    switch (pick(4)) {
      case 0:
        text.insert(at, pieces.at(pick(pieces.size())));
        break;
      case 1:
        text.erase(at, 1 + pick(20));
        break;
      case 2:
        text[at] = static_cast<char>(pick(256));
        break;
      default:
        text.insert(pick(text.size()), text.substr(at, 1 + pick(60)));
    }
  }

  std::mt19937 random_;
};

}  // namespace

TEST_CASE("every prefix of a config is read to its end or refused", "[config]") {
  const std::string text = example_text();
  REQUIRE(text.size() > 1000);
  for (std::size_t size = 0; size < text.size(); ++size) {
    CAPTURE(size);
    REQUIRE(survives(text.substr(0, size)));
  }
}

TEST_CASE("500 broken copies of a config are read to their end or refused", "[config]") {
  const std::string text = example_text();
  for (std::uint32_t seed = 0; seed < 500; ++seed) {
    CAPTURE(seed);
    REQUIRE(survives(Mutator(seed).mutate(text)));
  }
}
