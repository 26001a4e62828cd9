// SPDX-License-Identifier: Apache-2.0
#include "host/config/config_edit.hpp"

#include "host/config/config_reader.hpp"

#include <catch2/catch.hpp>

using namespace baton;

namespace {

using Lines = std::vector<std::string>;

/// Every type has the options `limit`, 0 if not given, and `path`.
Result<Offered> offered(OfferKind kind, const std::string& type, const std::filesystem::path& /*file*/) {
  Offer offer;
  offer.kind = kind;
  offer.name = type;
  OptionSpec limit;
  limit.name = "limit";
  limit.type = OptionType::integer;
  OptionSpec note;
  note.name = "note";
  offer.options = {limit, note};
  return Offered{offer, "1.0.0"};
}

HostShape shape(const std::string& yaml) {
  const ReadConfig read = parse_config(yaml, "/etc/baton/baton.yaml");
  INFO(yaml);
  REQUIRE(read.is_valid());
  auto made = shape_of(read.config, offered);
  REQUIRE(made);
  return *made;
}

Result<EditedConfig> edit(const std::string& file, const HostShape& running) {
  const HostShape wanted = shape(file);
  return edited_config(file, make_plan(wanted, running, wanted), running, wanted, offered);
}

/// What becomes of `file` when the host runs what `running` says.
std::string edited(const std::string& file, const std::string& running) {
  const auto made = edit(file, shape(running));
  REQUIRE(made);
  // Whatever it looks like: it says what runs.
  CHECK(make_plan(shape(made->text), shape(running), shape(made->text)).is_empty());
  return made->text;
}

const std::string block = R"(# The night shift
managers:
  log:               # one log
    capacity: 1000   # enough

    handlers:
      # the first one
      - type: A      # of ours
        options:
          limit: 5   # not more
      - B            # plain

      # the last one
      - type: C
        id: c
servers:
  queue:
    type: Q          # of theirs
# the end
)";

}  // namespace

TEST_CASE("a config that says what runs is left as it is", "[config_edit]") {
  CHECK(edited(block, block) == block);
}

TEST_CASE("a handler that was added stands behind the others, in the style of the list", "[config_edit]") {
  const std::string added =
      "managers: {log: {capacity: 1000, handlers: [{type: A, options: {limit: 5}}, B, {type: C, "
      "id: c}, {type: D, id: d, options: {limit: 7, note: \"a: b\"}}, E]}}\n"
      "servers: {queue: {type: Q}}\n";
  std::string expected = block;
  expected.insert(expected.find("servers:"),
                  "      - {type: D, id: d, options: {limit: 7, note: \"a: b\"}}\n      - {type: E}\n");
  CHECK(edited(block, added) == expected);
  CHECK(edited("managers: {log: {handlers: [A]}}  # all\n",
               "managers: {log: {handlers: [A, {type: D, id: d}]}}\n") ==
        "managers: {log: {handlers: [A, {type: D, id: d}]}}  # all\n");
  CHECK(edited("managers: {log: {handlers: []}}\n", "managers: {log: {handlers: [A, B]}}\n") ==
        "managers: {log: {handlers: [{type: A}, {type: B}]}}\n");
}

TEST_CASE("a handler that was removed goes with its lines, and no comment of another", "[config_edit]") {
  std::string expected = block;
  expected.erase(expected.find("      - B "), std::string("      - B            # plain\n").size());
  CHECK(
      edited(
          block,
          "managers: {log: {capacity: 1000, handlers: [{type: A, options: {limit: 5}}, {type: C, id: c}]}}\n"
          "servers: {queue: {type: Q}}\n") == expected);
  CHECK(edited("managers: {log: {handlers: [A, B, C]}}\n", "managers: {log: {handlers: [A, C]}}\n") ==
        "managers: {log: {handlers: [A, C]}}\n");
  CHECK(edited("managers: {log: {handlers: [A, B]}}\n", "managers: {log: {handlers: [A]}}\n") ==
        "managers: {log: {handlers: [A]}}\n");
}

TEST_CASE("the last handler that was removed, and one that was added, change places", "[config_edit]") {
  const std::string file =
      "managers:\n  log:\n    handlers:\n      - A\n      - B  # old\nservers: {q: {type: Q}}\n";
  CHECK(edited(file, "managers: {log: {handlers: [A, C]}}\nservers: {q: {type: Q}}\n") ==
        "managers:\n  log:\n    handlers:\n      - A\n      - {type: C}\nservers: {q: {type: Q}}\n");
}

TEST_CASE("options that were changed are written in the place of the old ones", "[config_edit]") {
  const std::string running =
      "managers: {log: {capacity: 1000, handlers: [{type: A, options: {limit: 9}}, {type: B, "
      "options: {note: hi}}, {type: C, id: c, options: {limit: 1}}]}}\n"
      "servers: {queue: {type: Q, options: {limit: 2}}}\n";
  const std::string text = edited(block, running);
  CHECK(text.find("        options: {limit: 9}   # not more\n") != std::string::npos);
  CHECK(text.find("      - {type: B, options: {note: hi}}            # plain\n") != std::string::npos);
  CHECK(text.find("        id: c\n        options: {limit: 1}\n") != std::string::npos);
  CHECK(text.find("    type: Q          # of theirs\n    options: {limit: 2}\n# the end\n") !=
        std::string::npos);
}

TEST_CASE("a handler that was swapped to another type keeps its name", "[config_edit]") {
  const std::string text = edited("managers:\n  log:\n    handlers:\n      - type: A\n      - B\n",
                                  "managers: {log: {handlers: [{type: X, id: A}, {type: Y, id: B}]}}\n");
  CHECK(text ==
        "managers:\n  log:\n    handlers:\n      - type: X\n        id: A\n        options: {}\n"
        "      - {type: Y, id: B}\n");
}

TEST_CASE("servers that were started and stopped", "[config_edit]") {
  CHECK(edited("managers: {log: {}}\n", "managers: {log: {}}\nservers: {q: {type: Q}}\n") ==
        "managers: {log: {}}\n\nservers:\n  q: {type: Q}\n");
  CHECK(edited("servers:\n  a: {type: Q}  # first\n  b: {type: Q}\n",
               "servers: {a: {type: Q}, c: {type: Q, options: {limit: 3}}}\n") ==
        "servers:\n  a: {type: Q}  # first\n  c: {type: Q, options: {limit: 3}}\n");
}

TEST_CASE("the changes are told", "[config_edit]") {
  const auto made = edit("managers: {log: {handlers: [A, B]}}\n",
                         shape("managers: {log: {handlers: [{type: A, options: {limit: 1}}, C]}}\n"));
  REQUIRE(made);
  CHECK(made->changes == Lines{"* log/A  A  {limit: 1}", "- log/B", "+ log/C  {type: C}"});
}

TEST_CASE("what cannot be written without losing something is refused, all of it at once", "[config_edit]") {
  const auto made = edit("managers: {log: {capacity: 10, handlers: [A, B]}}\n",
                         shape("managers: {log: {capacity: 20, handlers: [B, A]}, more: {}}\n"));
  REQUIRE_FALSE(made);
  CHECK(made.error().code == Errc::not_supported);
  for (const char* part : {"adjust log: capacity 20 -> 10", "reorder log: A, B", "remove more"}) {
    CAPTURE(part, made.error().text);
    CHECK(made.error().text.find(part) != std::string::npos);
  }
}
