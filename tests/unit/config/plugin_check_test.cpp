// SPDX-License-Identifier: Apache-2.0
#include "host/config/plugin_check.hpp"

#include "tests/unit/config/config_lines.hpp"

#include <catch2/catch.hpp>

using namespace baton;

namespace {

OptionSpec option(std::string name, OptionType type, bool required = false) {
  OptionSpec spec;
  spec.name = std::move(name);
  spec.type = type;
  spec.required = required;
  return spec;
}

Offer store_offer() {
  Offer offer;
  offer.kind = OfferKind::handler;
  offer.name = "Store";
  offer.options = {option("path", OptionType::path, true), option("keep", OptionType::integer),
                   option("flush", OptionType::duration)};
  offer.options[1].min = 1;
  offer.options[1].default_value = Option{"keep", OptionType::integer, 10, 0, "", {}};
  return offer;
}

Offer queue_offer() {
  Offer offer;
  offer.kind = OfferKind::server;
  offer.name = "Queue";
  offer.options = {option("items", OptionType::list)};
  return offer;
}

/// A catalog with two plugins. Counts how often it is asked.
class TwoPlugins {
 public:
  OfferLookup lookup() {
    return [this](OfferKind kind, std::string_view name) -> Result<Offer> {
      ++asked_;
      for (const Offer& offer : {store_offer(), queue_offer()}) {
        if (offer.kind == kind && offer.name == name) {
          return offer;
        }
      }
      return fail(Errc::plugin_not_found,
                  "no plugin offers \"" + std::string(name) + "\"; did you mean \"Store\"?");
    };
  }

  [[nodiscard]] int asked() const { return asked_; }

 private:
  int asked_ = 0;
};

std::vector<Diagnostic> check(std::string_view text) {
  const ReadConfig read = parse_config(text, "/etc/baton/baton.yaml");
  REQUIRE(lines_of(read.diagnostics) == Lines{});
  TwoPlugins plugins;
  return check_against_plugins(read.config, plugins.lookup());
}

}  // namespace

TEST_CASE("a config that suits the plugins has no problems", "[config]") {
  CHECK(check("managers: {m: {handlers: [{type: Store, options: {path: x}}]}}\n"
              "servers: {q: {type: Queue, options: {items: [1]}}}\n")
            .empty());
}

TEST_CASE("a type that no plugin offers is reported where it is written, with a suggestion", "[config]") {
  const auto diagnostics = check("managers: {m: {handlers: [Stor]}}\nservers: {q: {type: Qeue}}\n");
  CHECK(lines_of(diagnostics) ==
        Lines{"1:27+4 no plugin offers \"Stor\"", "2:21+4 no plugin offers \"Qeue\""});
  CHECK(diagnostics[0].help == "did you mean \"Store\"?");
}

TEST_CASE("a server among the handlers is told from an unknown type, and the other way round", "[config]") {
  const auto diagnostics = check("managers: {m: {handlers: [Queue]}}\nservers: {s: {type: Store}}\n");
  CHECK(lines_of(diagnostics) == Lines{"1:27+5 `Queue` is a server, expected a handler",
                                       "2:21+5 `Store` is a handler, expected a server"});
  CHECK(diagnostics[0].help == "list it under `servers:`, with a name");
  CHECK(diagnostics[1].help == "add it to the `handlers` of a manager");
}

TEST_CASE("every option that its type does not take is reported at its name or value", "[config]") {
  const auto diagnostics = check(
      "managers:\n  m:\n    handlers:\n      - type: Store\n        options:\n          keep: 0\n"
      "          flsh: 1s\n          flush: 5\n");
  REQUIRE(diagnostics.size() == 4);
  CHECK(lines_of({diagnostics[0]}) == Lines{"4:15+5 Store needs the option \"path\" (path)"});
  CHECK(diagnostics[1].place.line == 6);
  CHECK(diagnostics[1].place.column == 17);
  CHECK(lines_of({diagnostics[2]}) == Lines{"7:11+4 Store has no option \"flsh\""});
  CHECK(diagnostics[2].help == "did you mean \"flush\"?");
  CHECK(lines_of({diagnostics[3]}) == Lines{"8:18+1 flush: \"5\" has no unit"});
}

TEST_CASE("advice is split off outside quotes only", "[config]") {
  const auto diagnostics =
      check("managers: {m: {handlers: [{type: Store, options: {path: x, keep: \"a; b\"}}]}}\n");
  REQUIRE(diagnostics.size() == 1);
  CHECK(diagnostics[0].message.find("\"a; b\" is not an int") != std::string::npos);
}

TEST_CASE("each type is looked up once", "[config]") {
  const ReadConfig read =
      parse_config("servers: {a: {type: Queue}, b: {type: Queue}, c: {type: Queue}}", "/c.yaml");
  TwoPlugins plugins;
  CHECK(check_against_plugins(read.config, plugins.lookup()).empty());
  CHECK(plugins.asked() == 1);
}

TEST_CASE("raw options are what the file says, in its order", "[config]") {
  const ReadConfig read =
      parse_config("servers: {q: {type: Queue, options: {b: \"1\", a: [x, 2]}}}\n", "/c.yaml");
  REQUIRE(read.is_valid());

  const std::vector<RawOption> raw = raw_options(read.config.servers[0].options);

  REQUIRE(raw.size() == 2);
  CHECK(raw[0].name == "b");
  CHECK(std::get<std::string>(raw[0].value) == "1");
  CHECK(raw[1].name == "a");
  CHECK(std::get<Lines>(raw[1].value) == Lines{"x", "2"});
}

TEST_CASE("complete options have defaults filled in and paths from the folder of the file", "[config]") {
  const ReadConfig read = parse_config(
      "managers: {m: {handlers: [{type: Store, options: {path: ../var/x.db}}]}}\n"
      "servers: {q: {type: Queue, options: {items: [1, 2]}}}\n",
      "/etc/baton/baton.yaml");
  REQUIRE(read.is_valid());

  const auto handler =
      complete_handler_options(read.config.managers[0].handlers[0], store_offer(), read.config.file);
  REQUIRE(handler);
  REQUIRE(handler->size() == 3);
  CHECK(handler->at(0).text == "/etc/var/x.db");
  CHECK(handler->at(1).integer == 10);
  CHECK(handler->at(2).integer == 0);

  const auto server = complete_server_options(read.config.servers[0], queue_offer(), read.config.file);
  REQUIRE(server);
  CHECK(server->at(0).items == Lines{"1", "2"});
}

namespace {

Lines all_lines(std::string_view text) {
  TwoPlugins plugins;
  return lines_of(all_diagnostics(parse_config(text, "/etc/baton/baton.yaml"), plugins.lookup()));
}

}  // namespace

TEST_CASE("mistakes of the file do not hide those that plugins know", "[config]") {
  CHECK(all_lines("managers:\n  m:\n    capacity: many\n    handlers:\n      - Stor\n"
                  "      - {type: Store, options: {path: x, keep: 0, pat: 1}}\n      - {id: nobody}\n")
            .size() == 5);
}

TEST_CASE("an option that was reported is not missing, too", "[config]") {
  CHECK(all_lines("managers: {m: {handlers: [{type: Store, options: {path: }}]}}\n").size() == 1);
  CHECK(all_lines("managers: {m: {handlers: [{type: Store, options: {keep: 1}}]}}\n").size() == 1);
}

TEST_CASE("who does not know which plugins are meant says that they were not asked", "[config]") {
  const std::string rest = "managers: {m: {handlers: [Stor]}}\n";
  for (const std::string first : {"plugins: {directories: 5}\n", "pluginz: {directories: [/tmp]}\n"}) {
    CAPTURE(first);
    CHECK(all_lines(first + rest).size() == 1);
    CHECK(unchecked_note(parse_config(first + rest, "/etc/baton/baton.yaml")) ==
          "handlers and options are checked when these are fixed\n");
  }
  CHECK(unchecked_note(parse_config("host: {name: 5 5}\n" + rest, "/etc/baton/baton.yaml")).empty());
}
