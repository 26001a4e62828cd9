// SPDX-License-Identifier: Apache-2.0
#include "host/loader/manifest.hpp"

#include <catch2/catch.hpp>

using namespace baton;

namespace {

std::string with_provides(const std::string& provides) {
  return R"({"name": "logger", "version": "1.0.0", "provides": [)" + provides + "]}";
}

std::string with_options(const std::string& options) {
  return with_provides(R"({"kind": "handler", "name": "LoggerHandler", "options": [)" + options + "]}");
}

/// The text of the refusal; empty when it is accepted.
std::string problem(const std::string& json) {
  const auto manifest = parse_manifest(json, 1, 0);
  return manifest ? "" : manifest.error().text;
}

bool names_place(const std::string& json, std::string_view place) {
  const std::string text = problem(json);
  CAPTURE(text);
  const bool found = text.find(std::string(place) + ": ") != std::string::npos;
  CHECK(found);
  return found;
}

}  // namespace

TEST_CASE("a manifest is read as abi.h describes it", "[manifest]") {
  const auto manifest = parse_manifest(R"({
    "name": "logger", "version": "1.2.0-rc1", "provides": [
      {"kind": "handler", "name": "LoggerHandler", "help": "prints", "state": {"writes": 2, "reads": [1, 2]},
       "capabilities": ["pure"],
       "options": [
         {"name": "max_messages", "type": "int", "default": 1000, "min": 0, "max": 1000000, "hot": true, "help": "few"},
         {"name": "level", "type": "text", "default": "a", "values": ["a", "b"]},
         {"name": "file", "type": "path", "required": true},
         {"name": "every", "type": "duration", "default": "5s", "min": "1s", "max": 60000},
         {"name": "keep", "type": "size", "default": 65536},
         {"name": "rate", "type": "number", "default": 0.5},
         {"name": "on", "type": "bool", "default": true},
         {"name": "words", "type": "list", "default": ["x", "y"]}]},
      {"kind": "server", "name": "LogStore"}]})",
                                       1, 3);

  REQUIRE(manifest);
  CHECK(manifest->name == "logger");
  CHECK(manifest->abi_minor == 3);
  REQUIRE(manifest->provides.size() == 2);
  const Offer& handler = manifest->provides[0];
  CHECK(handler.state_writes == 2);
  CHECK(handler.state_reads == std::vector<std::uint32_t>{1, 2});
  CHECK(handler.capabilities == std::vector<std::string>{"pure"});
  REQUIRE(handler.options.size() == 8);
  CHECK(handler.options[0].default_value->integer == 1000);
  CHECK(handler.options[0].max == 1000000);
  CHECK(handler.options[0].is_hot);
  CHECK_FALSE(handler.options[1].is_hot);
  CHECK(type_info(*manifest, handler).hot_options == std::vector<std::string>{"max_messages"});
  CHECK(handler.options[1].values == std::vector<std::string>{"a", "b"});
  CHECK(handler.options[2].required);
  CHECK(handler.options[3].default_value->integer == 5000);
  CHECK(handler.options[3].min == 1000);
  CHECK(handler.options[5].default_value->number == 0.5);
  CHECK(handler.options[6].default_value->integer == 1);
  CHECK(handler.options[7].default_value->items == std::vector<std::string>{"x", "y"});
  CHECK(manifest->find(OfferKind::server, "LogStore") == &manifest->provides[1]);
  CHECK(manifest->find(OfferKind::handler, "LogStore") == nullptr);
}

TEST_CASE("keys that this host does not know are passed over", "[manifest]") {
  CHECK(problem(R"({"name": "x", "version": "1", "homepage": {"a": [1]}, "provides": [
    {"kind": "handler", "name": "X", "future": null, "options": [{"name": "a", "type": "int", "of": 7}]}]})")
            .empty());
}

TEST_CASE("what is not JSON is refused with the place", "[manifest]") {
  CHECK(problem("").find("not JSON") != std::string::npos);
  CHECK(problem(R"({"name": "x")").find("column") != std::string::npos);
  CHECK(problem("{\"name\": \"\xff\"}").find("not JSON") != std::string::npos);
  CHECK(problem(std::string(100000, '[')).find("not JSON") != std::string::npos);
}

TEST_CASE("a wrong type is refused with its path", "[manifest]") {
  names_place("[]", "manifest");
  names_place(R"({"version": "1", "provides": []})", "name");
  names_place(R"({"name": "x", "version": 1, "provides": []})", "version");
  names_place(R"({"name": "x", "version": "v1", "provides": []})", "version");
  names_place(with_provides(""), "provides");
  names_place(with_provides("7"), "provides[0]");
  names_place(with_provides(R"({"kind": "daemon", "name": "X"})"), "provides[0].kind");
  names_place(with_provides(R"({"kind": "handler", "name": "a/b"})"), "provides[0].name");
  names_place(with_provides(R"({"kind": "handler", "name": "X", "state": {"writes": -1}})"),
              "provides[0].state.writes");
  names_place(with_provides(R"({"kind": "handler", "name": "X", "state": {"reads": [4294967296]}})"),
              "provides[0].state.reads");
  names_place(with_provides(R"({"kind": "handler", "name": "X", "capabilities": [1]})"),
              "provides[0].capabilities");
}

TEST_CASE("an option that contradicts itself is refused with its path", "[manifest]") {
  const std::string first = "provides[0].options[0]";

  names_place(with_options(R"({"name": "a", "type": "integer"})"), first + ".type");
  names_place(with_options(R"({"name": "a", "type": "int", "default": "1"})"), first + ".default");
  names_place(with_options(R"({"name": "a", "type": "int", "default": 1.5})"), first + ".default");
  names_place(with_options(R"({"name": "a", "type": "int", "default": 18446744073709551615})"),
              first + ".default");
  names_place(with_options(R"({"name": "a", "type": "int", "default": 11, "max": 10})"), first + ".default");
  names_place(with_options(R"({"name": "a", "type": "text", "default": "c", "values": ["a"]})"),
              first + ".default");
  names_place(with_options(R"({"name": "a", "type": "int", "min": 2, "max": 1})"), first);
  names_place(with_options(R"({"name": "a", "type": "text", "min": 1})"), first + ".min");
  names_place(with_options(R"({"name": "a", "type": "int", "values": ["1"]})"), first + ".values");
  names_place(with_options(R"({"name": "a", "type": "int", "required": true, "default": 1})"), first);
  names_place(with_options(R"({"name": "a", "type": "int", "required": "yes"})"), first + ".required");
  names_place(with_options(R"({"name": "a", "type": "int", "hot": 1})"), first + ".hot");
  names_place(with_options(R"({"name": "a", "type": "int"}, {"name": "a", "type": "int"})"),
              "provides[0].options");
}

TEST_CASE("what has no bound in JSON has one here", "[manifest]") {
  const std::string server = R"({"kind": "server", "name": "X"},)";
  std::string many;
  for (int i = 0; i < 65; ++i) {
    many += server;
  }
  many.pop_back();

  names_place(with_provides(many), "provides");
  names_place(with_provides(R"({"kind": "handler", "name": "X", "help": ")" + std::string(5000, 'x') + "\"}"),
              "provides[0].help");
  names_place(with_provides(R"({"kind": "handler", "name": ")" + std::string(65, 'x') + "\"}"),
              "provides[0].name");
  names_place(with_provides(R"({"kind": "handler", "name": "X"}, {"kind": "handler", "name": "X"})"),
              "provides");
}
