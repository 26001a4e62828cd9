// SPDX-License-Identifier: Apache-2.0
// What a person, an editor or somebody hostile may leave in a config file, and how it is refused: each with
// its place, what is wrong there, and what to do. One line of the table is one mistake.
#include "tests/unit/config/config_lines.hpp"

#include <catch2/catch.hpp>

using namespace baton;

namespace {

/// Read as: `text` is refused at `place` because `message`; `help` is what to do.
struct Mistake {
  std::string name;
  std::string text;
  std::string place;
  std::string message;
  std::string help;
};

std::string repeated(std::size_t count, std::string_view part) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += part;
  }
  return text;
}

/// Eight levels of seven aliases each: forty million values when they are written out.
std::string alias_bomb() {
  std::string text = "host: &a [x, x, x, x, x, x, x]\n";
  for (char name = 'b'; name <= 'i'; ++name) {
    const std::string before = std::string("*") + static_cast<char>(name - 1);
    text += std::string("k") + name + ": &" + name + " [" + before + repeated(6, ", " + before) + "]\n";
  }
  return text;
}

// clang-format off
const std::vector<Mistake> mistakes = {
    // Keys
    {"a key twice", "managers:\n  log: {}\n  log: {}\n", "3:3",
     "the key `log` is there twice, first at 2:3", "remove one of the two"},
    {"a key twice, once in quotes", "host:\n  name: a\n  \"name\": b\n", "3:3",
     "the key `name` is there twice, first at 2:3", "remove one of the two"},
    {"a key twice in braces", "managers: {log: {batch: 1, batch: 2}}\n", "1:28",
     "the key `batch` is there twice, first at 1:18", "remove one of the two"},
    {"an unknown section", "manager:\n  log: {}\n", "1:1", "unknown key `manager`", "did you mean `managers`?"},
    {"an unknown key", "host:\n  workres: 3\n", "2:3", "unknown key `workres`", "did you mean `workers`?"},
    {"a key of another section", "host: {overflow: block}\n", "1:8", "unknown key `overflow`",
     "it belongs in `managers.NAME`"},
    {"an unknown key of a handler", "managers: {log: {handlers: [{typ: A}]}}\n", "1:30", "unknown key `typ`",
     "did you mean `type`?"},
    // Quotes, documents
    {"an unclosed quote", "host:\n  name: \"lesson\nmanagers: {}\n", "2:9",
     "this quote is not closed on its line", "close it"},
    {"an unclosed quote of the other kind", "host:\n  name: 'it''s\n", "2:9",
     "this quote is not closed on its line", "close it"},
    {"a quote closed lines later", "host:\n  name: 'a\n\n    b'\n", "2:9",
     "this quote is not closed on its line", "for a text of several lines write `|`"},
    {"a second document", "managers: {}\n---\nservers: {}\n", "2:1",
     "a second document starts here, expected one", "remove this `---`"},
    {"a second document behind the end of the first", "managers: {}\n...\nservers: {}\n", "3:1",
     "a second document starts here, expected one", "the `...` before it"},
    // Anchors and aliases
    {"an alias cycle", "managers: &all\n  log: *all\n", "2:8",
     "an alias (`*`), which is not supported here", "write out what it stands for"},
    {"an alias cycle in a list", "plugins: {directories: &a [plugins, *a]}\n", "1:37",
     "an alias (`*`), which is not supported here", "write out what it stands for"},
    {"an alias bomb", alias_bomb(), "9:9", "an alias (`*`), which is not supported here",
     "write out what it stands for"},
    {"an alias of nothing", "host: *nobody\n", "1:7", "an alias (`*`), which is not supported here",
     "write out what it stands for"},
    {"a merge key", "managers:\n  a: &a {batch: 1}\n  b: {<<: *a}\n", "3:7",
     "a merge key (`<<`), which is not supported here", "write out the keys"},
    {"a tag", "host: {name: !!binary aGk=}\n", "1:14", "a tag (`!`), which is not supported here",
     "remove it"},
    // Bytes
    {"Latin-1", "managers:\n  caf\xe9: {}\n", "2:6", "the byte 0xe9 is not UTF-8", "save the file as UTF-8"},
    {"UTF-16", std::string("\xff\xfeh\0o\0s\0t\0", 10), "1:1", "the byte 0xff is not UTF-8",
     "save the file as UTF-8"},
    {"an overlong encoding", "managers: {a\xc0\xafz: {}}\n", "1:13", "the byte 0xc0 is not UTF-8",
     "save the file as UTF-8"},
    {"a NUL", std::string("host: {name: a\0b}\n", 18), "1:15", "the control character U+0000", "remove it"},
    {"a tab", "host:\n\tname: a\n", "2:1", "a tab in the indentation", "indent with spaces"},
    // Sizes
    {"a scalar of 5 MB", "host:\n  name: " + repeated(5'000'000, "x") + "\n", "2:1",
     "the file is larger than 4 MiB, which end here", "is it the right file?"},
    {"a block of 5 MB", "host:\n  name: |\n" + repeated(1'250'000, "    x\n"), "699051:1",
     "the file is larger than 4 MiB, which end here", "is it the right file?"},
    {"a scalar of 3 MB", "host:\n  name: " + repeated(3'000'000, "x") + "\n", "2:1",
     "a line of more than 4096 bytes", "break it"},
    {"a block of 3 MB", "host:\n  name: |\n" + repeated(600'000, "    x\n"), "2:9",
     "cannot be the name of a host", "use 1 to 64 lower-case letters"},
    {"a million lists in each other", "managers: " + repeated(1'000'000, "["), "1:1",
     "a line of more than 4096 bytes", "break it"},
    {"lists in each other", "managers: " + repeated(2'000, "[") + repeated(2'000, "]") + "\n", "1:74",
     "nested deeper than 64 levels", "is it the right file?"},
    // Types
    {"a list for a number", "managers: {log: {capacity: [1, 2]}}\n", "1:28",
     "`capacity` is a list, expected a whole number of messages from 1 to 16777216", "write one value"},
    {"a map for a word", "managers: {log: {overflow: {block: 1}}}\n", "1:28",
     "`overflow` is a map of keys, expected one of: block, reject, drop_newest, drop_oldest",
     "write one value, without keys"},
    {"a word for a number", "managers: {log: {batch: many}}\n", "1:25",
     "`batch` is `many`, expected a whole number of messages from 1 to 65536", ""},
    {"a number in quotes", "managers: {log: {batch: \"256\"}}\n", "1:25",
     "`batch` is `256`, expected a whole number", "remove the quotes"},
    {"a number with a fraction", "host: {workers: 1.5}\n", "1:17", "`workers` is `1.5`, expected a whole number",
     "write digits and nothing else"},
    {"a negative number", "host: {workers: -1}\n", "1:17", "`workers` is `-1`, expected a whole number", ""},
    {"an octal number", "host: {workers: 010}\n", "1:17", "`workers` is `010`, expected a whole number",
     "remove the leading zero"},
    {"a number beyond 64 bits", "host: {workers: 99999999999999999999}\n", "1:17",
     "expected a whole number of threads from 0 to 256", ""},
    {"a time without its unit", "managers: {log: {block_timeout: 5}}\n", "1:33",
     "`block_timeout` is `5` without a unit, expected a duration", "write 5s for seconds"},
    {"a size without its unit", "managers: {log: {capacity_bytes: 64}}\n", "1:34",
     "`capacity_bytes` is `64` without a unit, expected a size", "write 64B for bytes"},
    {"a truth that is none", "plugins: {watch: yes}\n", "1:18", "`watch` is `yes`, expected one of: true, false",
     "did you mean `true`?"},
    {"a truth that is a number", "plugins: {trial: 0}\n", "1:18", "`trial` is `0`, expected one of: true, false",
     "did you mean `false`?"},
    {"a word with a typo", "managers: {log: {overflow: drop_oldst}}\n", "1:28",
     "`overflow` is `drop_oldst`, expected one of: block, reject", "did you mean `drop_oldest`?"},
    {"a text for a list", "plugins: {directories: /opt}\n", "1:24", "`directories` is `/opt`, expected a list",
     "write the folders as a list"},
    {"a text for a map", "managers: {log: 3}\n", "1:17", "`log` is `3`, expected a map of keys", "write "},
    {"a list for the file", "- host\n", "1:1", "found a list, expected a map of keys", "write "},
    {"a key without its value", "host:\n  name:\n  workers: 2\n", "2:3", "`name` has no value",
     "write one, or leave the key out"},
};

// clang-format on

std::string place_of(const Diagnostic& diagnostic) {
  return std::to_string(diagnostic.place.line) + ":" + std::to_string(diagnostic.place.column);
}

}  // namespace

TEST_CASE("every mistake of the table is refused at its place, with what is wrong and what to do",
          "[config][strictness]") {
  for (const Mistake& mistake : mistakes) {
    INFO(mistake.name);
    const ReadConfig read = parse_config(mistake.text, "/etc/baton/baton.yaml");
    CHECK(has_errors(read.diagnostics));
    const auto found =
        std::find_if(read.diagnostics.begin(), read.diagnostics.end(), [&](const Diagnostic& diagnostic) {
          return place_of(diagnostic) == mistake.place &&
                 diagnostic.message.find(mistake.message) != std::string::npos;
        });
    INFO("found: " << (read.diagnostics.empty() ? "nothing" : lines_of(read.diagnostics).front()));
    CHECK(found != read.diagnostics.end());
    if (found != read.diagnostics.end()) {
      INFO("help: " << found->help);
      CHECK(found->help.find(mistake.help) != std::string::npos);
    }
  }
}

TEST_CASE("no mistake of the table is reported without its place, or as more than a screen",
          "[config][strictness]") {
  for (const Mistake& mistake : mistakes) {
    INFO(mistake.name);
    const ReadConfig read = parse_config(mistake.text, "/etc/baton/baton.yaml");
    for (const Diagnostic& diagnostic : read.diagnostics) {
      INFO(diagnostic.message);
      const bool is_total = diagnostic.message.starts_with("there are ");
      CHECK((is_total || diagnostic.place.line > 0));
      CHECK((!diagnostic.help.empty() || diagnostic.message.find("expected") != std::string::npos));
      const std::string shown = render_diagnostics({diagnostic}, "baton.yaml", read.source);
      CHECK(shown.size() < 1000);
      CHECK((is_total || shown.starts_with("baton.yaml:" + place_of(diagnostic) + ": ")));
    }
  }
}
