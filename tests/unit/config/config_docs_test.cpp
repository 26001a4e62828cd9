// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/config/config_lines.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>
#include <regex>

using namespace baton;

namespace {

/// A row of a table of keys in docs/config.md.
struct DocumentedKey {
  std::string name;  // in full: "managers.NAME.capacity"
  std::string type;
  std::string default_value;

  [[nodiscard]] std::string last_part() const { return name.substr(name.rfind('.') + 1); }
};

std::string content_of(const std::string& name) {
  std::ifstream file(std::string(BATON_SOURCE_DIR) + "/" + name, std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<DocumentedKey> documented_keys() {
  static const std::regex row("\\| `([^`]+)` \\| ([^|]+) \\| ([^|]+) \\| [^|]+ \\|");
  const std::string docs = content_of("docs/config.md");
  std::vector<DocumentedKey> keys;
  for (std::sregex_iterator match(docs.begin(), docs.end(), row), end; match != end; ++match) {
    keys.push_back({match->str(1), match->str(2), match->str(3)});
  }
  return keys;
}

/// The problems of a file with nothing in it but `key: value`, and what the key needs around it.
Lines problems_with(const DocumentedKey& key, const std::string& value) {
  std::string text = key.last_part() + ": " + value;
  if (key.name.starts_with("servers.")) {
    text = "type: T, " + text;
  }
  std::string_view around(key.name);
  while (around.find('.') != std::string_view::npos) {
    around.remove_suffix(around.size() - around.rfind('.'));
    const std::string_view section = around.substr(around.rfind('.') + 1);
    if (section == "handlers") {
      // All of its keys have an effect then.
      const bool is_policy = key.last_part() == "on_crash";
      const std::string policy = is_policy ? "" : "on_crash: restart_with_state, ";
      text = "handlers: [{type: T, " + policy + text + "}]";
      continue;
    }
    text = (section == "NAME" ? "n" : std::string(section)) + ": {" + text + "}";
  }
  return problems_of(text);
}

/// A value above every limit of such a key.
std::string too_much(const DocumentedKey& key) {
  if (key.type.starts_with("duration")) {
    return "9999h";
  }
  return key.type.starts_with("size") ? "9999TiB" : "99999999999";
}

}  // namespace

TEST_CASE("the limits of docs/config.md are those of the reader", "[config]") {
  static const std::regex limits("([0-9]\\S*) to ([0-9]\\S*)$");
  std::size_t checked = 0;
  for (const DocumentedKey& key : documented_keys()) {
    std::string type = key.type;
    std::erase(type, ',');
    std::smatch match;
    if (!std::regex_search(type, match, limits)) {
      continue;
    }
    CAPTURE(key.name, key.type);
    const Lines problems = problems_with(key, too_much(key));
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].ends_with(match.str()));
    ++checked;
  }
  CHECK(checked == 32);
}

TEST_CASE("the words of docs/config.md are those of the reader, in its order", "[config]") {
  static const std::regex words("(`[a-z_]+`, )+`[a-z_]+`");
  std::size_t checked = 0;
  for (const DocumentedKey& key : documented_keys()) {
    if (!std::regex_match(key.type, words)) {
      continue;
    }
    std::string expected = key.type;
    std::erase(expected, '`');
    CAPTURE(key.name, key.type);
    const Lines problems = problems_with(key, "none-of-these");
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].ends_with("expected one of: " + expected));
    ++checked;
  }
  CHECK(checked == 19);
}

TEST_CASE("the defaults of docs/config.md are those of the annotated example", "[config]") {
  // That the example spells out what the structs say is tested elsewhere.
  static const std::regex value("^`([^`]+)`(:.*)?$");
  const std::string example = content_of("config/baton.yaml");
  std::size_t checked = 0;
  for (const DocumentedKey& key : documented_keys()) {
    std::smatch match;
    if (key.name == "host.socket" || !std::regex_match(key.default_value, match, value)) {
      continue;  // a rule, not a value
    }
    CAPTURE(key.name, key.default_value);
    const bool is_spelt_out = example.find(key.last_part() + ": " + match.str(1)) != std::string::npos;
    const bool is_in_comment = example.find("# default " + match.str(1) + ";") != std::string::npos;
    CHECK((is_spelt_out || is_in_comment));
    ++checked;
  }
  CHECK(checked == 55);
}
