// SPDX-License-Identifier: Apache-2.0
#include "host/config/yaml_tree.hpp"

#include "tests/unit/config/config_lines.hpp"

#include <catch2/catch.hpp>

using namespace baton;

namespace {

YamlNode root_of(std::string_view text) {
  YamlTree tree = parse_yaml(SourceText(text));
  REQUIRE(lines_of(tree.diagnostics) == Lines{});
  return tree.root;
}

Lines errors_of(std::string_view text) {
  return lines_of(parse_yaml(SourceText(text)).diagnostics);
}

Lines character_errors_of(std::string_view text) {
  return lines_of(check_characters(SourceText(text)));
}

std::string place_text(const Place& place) {
  return std::to_string(place.line) + ":" + std::to_string(place.column) + "+" + std::to_string(place.length);
}

}  // namespace

TEST_CASE("every node of a YAML tree knows its place in characters", "[config]") {
  const YamlNode root = root_of("hé: wörld\r\nb:\n  - 'it''s'\n  - \"ä\\\"\" # c\n  -\nc: [1, {d: 2}]\n");

  REQUIRE(root.entries.size() == 3);
  CHECK(place_text(root.entries[0].key_place) == "1:1+2");
  CHECK(place_text(root.entries[0].place) == "1:5+5");
  const YamlNode& list = root.entries[1];
  CHECK(list.kind == YamlNode::Kind::list);
  CHECK(place_text(list.entries[0].place) == "3:5+7");
  CHECK(list.entries[0].text == "it's");
  CHECK(list.entries[0].is_quoted);
  CHECK(place_text(list.entries[1].place) == "4:5+5");
  CHECK(list.entries[2].kind == YamlNode::Kind::null);
  CHECK(place_text(root.entries[2].entries[1].entries[0].place) == "6:12+1");
}

TEST_CASE("a key without a value is at the place of its key", "[config]") {
  const YamlNode root = root_of("a: 1\nbcd:\ne: 2\n");
  CHECK(root.entries[1].kind == YamlNode::Kind::null);
  CHECK(place_text(root.entries[1].place) == "2:1+3");
}

TEST_CASE("a text of several lines goes into a block", "[config]") {
  const YamlNode root = root_of("a: |\n  it's \"so\n  b\nc: >\n  d\n");
  CHECK(root.entries[0].text == "it's \"so\nb\n");
  CHECK(root.entries[1].text == "d\n");
}

TEST_CASE("a key that is there twice is reported with both places, in every map", "[config]") {
  CHECK(errors_of("a: 1\nb: {c: 1, c: 2}\na: 3\n") ==
        Lines{"2:11+1 the key `c` is there twice, first at 2:5",
              "3:1+1 the key `a` is there twice, first at 1:1"});
  CHECK(errors_of("a: 1\n\"a\": 2\n").size() == 1);
}

TEST_CASE("a quote that is not closed on its line is reported where it opens", "[config]") {
  const Lines expected = {"1:4+1 this quote is not closed on its line"};
  CHECK(errors_of("a: \"foo\nb: 2\n") == expected);
  CHECK(errors_of("a: \"foo") == expected);
  CHECK(errors_of("a: 'foo\nb: 'bar'\n") == expected);
  CHECK(errors_of("a: \"foo\nb: \"bar\"\n") == expected);
  CHECK(errors_of("a: \"foo\\\"\nb: 2\n") == expected);
  CHECK(errors_of("a: [1, 2\n  , 'x]\n") == Lines{"2:5+1 this quote is not closed on its line"});
}

TEST_CASE("a quote inside a plain text is just a character", "[config]") {
  CHECK(root_of("a: it's\nb: 5\" x\n").entries[0].text == "it's");
  CHECK(errors_of("a: it's, 'so\nb: x: y\n") == Lines{"2:5+1 a `:` where no value can start"});
}

TEST_CASE("aliases, anchors, merge keys and tags are refused, each at its place", "[config]") {
  CHECK(errors_of("a: &x {b: 1}\nc: *x\n<<: *x\nd: !!str 3\n") ==
        Lines{"1:4+1 an anchor (`&`), which is not supported here",
              "2:4+1 an alias (`*`), which is not supported here",
              "3:1+2 a merge key (`<<`), which is not supported here",
              "3:5+1 an alias (`*`), which is not supported here",
              "4:4+1 a tag (`!`), which is not supported here"});
  CHECK(errors_of("a: *nobody\n") == Lines{"1:4+1 an alias (`*`), which is not supported here"});
  CHECK_FALSE(errors_of("a: &a [1, *a]\n").empty());
}

TEST_CASE("a second document is refused", "[config]") {
  CHECK(errors_of("a: 1\n---\nb: 2\n") == Lines{"2:1+1 a second document starts here, expected one"});
  CHECK(errors_of("a: 1\n...\n\nb: 2\n") == Lines{"4:1+1 a second document starts here, expected one"});
  CHECK(errors_of("- a\nb: 1\n") == Lines{"2:1+1 this does not continue what stands before it"});
  CHECK(errors_of("---\na: 1\n...\n") == Lines{});
}

TEST_CASE("keys are words", "[config]") {
  CHECK(errors_of("? [a]\n: b\n") == Lines{"1:3+1 found a list, expected a key"});
  CHECK(errors_of(": x\n") == Lines{"1:1+1 nothing stands where a key is expected"});
  CHECK(errors_of("null: x\n") == Lines{"1:1+1 nothing stands where a key is expected"});
  CHECK(root_of("\"null\": x\n").entries.at(0).key == "null");
}

TEST_CASE("what is no YAML is explained in words that help", "[config]") {
  CHECK(errors_of("host\n  name: x\n") == Lines{"2:7+1 a `:` where no value can start"});
  CHECK(errors_of("a:\n    b: 1\n  c: 2\n") == Lines{"3:3+1 this does not belong to the keys before it"});
  CHECK(errors_of("a: [1, 2\nb: 3\n") == Lines{"2:2+1 a `[` before this is not closed"});
  CHECK(errors_of("a: {b: 1\n") == Lines{"1:9+1 a `{` before this is not closed"});
  CHECK(errors_of("a: ]\n") == Lines{"1:4+1 a bracket is closed that was not opened"});
  CHECK(errors_of("a: @x\n") == Lines{"1:4+1 no value can start with this character"});
  CHECK(errors_of("a: \"\\q\"\n") == Lines{"1:7+1 this is not YAML: unknown escape character: q"});
}

TEST_CASE("a tree has limits of depth and size", "[config]") {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  CHECK(errors_of(nested(yaml_depth_max)) == Lines{});
  CHECK(errors_of(nested(yaml_depth_max + 1)) == Lines{"1:65+1 nested deeper than 64 levels"});
  CHECK(errors_of(std::string(4000, '[')).size() == 1);

  std::string fits;
  for (std::size_t i = 0; i + 1 < yaml_nodes_max; ++i) {
    fits += "- 1\n";
  }
  CHECK(errors_of(fits) == Lines{});
  CHECK(errors_of(fits + "- 1\n") == Lines{"100000:3+1 more than 100000 values in one file"});
}

TEST_CASE("text that is not UTF-8 is reported at its first byte in each line", "[config]") {
  CHECK(character_errors_of("a: \xc3\xa4\nb: \xe4x\n") == Lines{"2:4+1 the byte 0xe4 is not UTF-8"});
  CHECK(character_errors_of("\xc0\x80") == Lines{"1:1+1 the byte 0xc0 is not UTF-8"});
  CHECK(character_errors_of("\xed\xa0\x80").size() == 1);
  CHECK(character_errors_of("\xf4\x90\x80\x80").size() == 1);
  CHECK(character_errors_of("\xf0\x9f\x8f\x83 \xe2\x82\xac\n").empty());
}

TEST_CASE("a byte order mark is refused where it is not the first character", "[config]") {
  const Lines expected = {"1:1+1 a byte order mark (U+FEFF) inside the file"};
  CHECK(problems_of("\xef\xbb\xbf\xef\xbb\xbfhost: {name: x}\n") == expected);
  CHECK(problems_of("\xef\xbb\xbfhost: {name: x}\n") == Lines{});
  CHECK(character_errors_of("host:\n  \xef\xbb\xbfname: x\n") ==
        Lines{"2:3+1 a byte order mark (U+FEFF) inside the file"});
}

TEST_CASE("tabs as indentation, control characters and endless lines are refused", "[config]") {
  CHECK(character_errors_of("a:\n\tb: 1\n  \tc: 1\nd:\t1 #\t\n") ==
        Lines{"2:1+1 a tab in the indentation", "3:3+1 a tab in the indentation"});
  CHECK(character_errors_of("a: \x1b[2J\n") == Lines{"1:4+1 the control character U+001B"});
  CHECK(character_errors_of(std::string("a\0b", 3)) == Lines{"1:2+1 the control character U+0000"});
  CHECK(character_errors_of("a: 1\rb: 2\n") == Lines{"1:5+1 the control character U+000D"});
  CHECK(character_errors_of(std::string(config_line_max + 1, 'x')) ==
        Lines{"1:1+1 a line of more than 4096 bytes"});
  CHECK(character_errors_of(std::string(config_size_max + 1, '\n')) ==
        Lines{"4194305:1+1 the file is larger than 4 MiB, which end here"});
}
