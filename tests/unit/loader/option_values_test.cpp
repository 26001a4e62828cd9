// SPDX-License-Identifier: Apache-2.0
#include "host/loader/option_values.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace baton;

namespace {

OptionSpec spec(std::string name, OptionType type) {
  OptionSpec result;
  result.name = std::move(name);
  result.type = type;
  return result;
}

tl::expected<Option, std::string> read_as(OptionType type, const std::string& text) {
  return read_option(spec("x", type), {"x", text}, "/etc/baton");
}

OptionSpec with_default(OptionSpec result, std::int64_t integer) {
  result.default_value = Option{result.name, result.type, integer, 0, {}, {}};
  return result;
}

Offer logger() {
  OptionSpec level = spec("level", OptionType::text);
  level.values = {"short", "full"};
  OptionSpec count = with_default(spec("max_messages", OptionType::integer), 1000);
  count.min = 1;
  count.max = 5000;
  OptionSpec file = spec("file", OptionType::path);
  file.required = true;
  Offer offer;
  offer.name = "LoggerHandler";
  offer.options = {count, level, file, spec("words", OptionType::list)};
  return offer;
}

/// "name: text" of every problem.
std::vector<std::string> problems(const std::vector<RawOption>& given) {
  const auto completed = complete_options(logger(), given, "/etc/baton");
  std::vector<std::string> texts;
  if (!completed) {
    std::ranges::transform(completed.error(), std::back_inserter(texts), [](const OptionProblem& problem) {
      return problem.option + " | " + problem.text;
    });
  }
  return texts;
}

}  // namespace

TEST_CASE("a scalar is read by the type that the manifest gives it", "[option_values]") {
  CHECK(read_as(OptionType::boolean, "true")->integer == 1);
  CHECK(read_as(OptionType::integer, "-9223372036854775808")->integer ==
        std::numeric_limits<std::int64_t>::min());
  CHECK(read_as(OptionType::number, "2.5e3")->number == 2500);
  CHECK(read_as(OptionType::text, "007")->text == "007");
  CHECK(read_as(OptionType::duration, "2m")->integer == 120000);
  CHECK(read_as(OptionType::size, "64KiB")->integer == 65536);
}

TEST_CASE("a scalar that is not of the type is refused", "[option_values]") {
  for (const char* text : {"yes", "True", "1", ""}) {
    CHECK_FALSE(read_as(OptionType::boolean, text));
  }
  for (const char* text : {"", "1.0", "1e3", "9223372036854775808", "12 ", "0x10"}) {
    CHECK_FALSE(read_as(OptionType::integer, text));
  }
  for (const char* text : {"", "nan", "inf", "1e999", "1,5"}) {
    CHECK_FALSE(read_as(OptionType::number, text));
  }
  CHECK_FALSE(read_as(OptionType::duration, "5"));
  CHECK_FALSE(read_as(OptionType::size, "ten"));
  CHECK_FALSE(read_as(OptionType::path, ""));
}

TEST_CASE("a path is made absolute against the folder of the config file", "[option_values]") {
  CHECK(read_as(OptionType::path, "log/../store.db")->text == "/etc/baton/store.db");
  CHECK(read_as(OptionType::path, "/var/store.db")->text == "/var/store.db");
}

TEST_CASE("a list is taken for a list only, and a scalar for a scalar only", "[option_values]") {
  const RawOption list{"x", std::vector<std::string>{"a", "b"}};

  CHECK(read_option(spec("x", OptionType::list), list, "/")->items == std::vector<std::string>{"a", "b"});
  CHECK_FALSE(read_option(spec("x", OptionType::text), list, "/"));
  CHECK(read_as(OptionType::list, "a").error() == "is a list; write [a]");
}

TEST_CASE("options come back complete and in the order of the manifest", "[option_values]") {
  const std::vector<RawOption> given = {{"file", "store.db"}, {"max_messages", "20"}};

  const auto options = complete_options(logger(), given, "/etc/baton");

  REQUIRE(options);
  REQUIRE(options->size() == 4);
  CHECK((*options)[0].integer == 20);
  CHECK((*options)[1].name == "level");
  CHECK((*options)[1].text.empty());
  CHECK((*options)[2].text == "/etc/baton/store.db");
  CHECK((*options)[3].type == OptionType::list);
  CHECK(complete_options(logger(), std::vector<RawOption>{{"file", "x"}}, "/")->at(0).integer == 1000);
}

TEST_CASE("all problems of a set of options are reported at once, each with its option", "[option_values]") {
  CHECK(problems({{"max_mesages", "5"}, {"max_messages", "0"}, {"level", "ful"}, {"level", "full"}}) ==
        std::vector<std::string>{
            "max_mesages | LoggerHandler has no option \"max_mesages\"; did you mean \"max_messages\"?",
            "level | \"level\" is given twice",
            "max_messages | max_messages: 0 is less than the minimum, 1",
            "level | level: \"ful\" is not one of short, full; did you mean \"full\"?",
            "file | LoggerHandler needs the option \"file\" (path)",
        });
}

TEST_CASE("as one error, each problem is a line that names its option once", "[option_values]") {
  const std::vector<RawOption> given = {{"max_messages", "0"}};
  const auto options = complete_options(logger(), given, "/");
  REQUIRE_FALSE(options);
  CHECK(options_error(options.error()).text ==
        "max_messages: 0 is less than the minimum, 1\n"
        "LoggerHandler needs the option \"file\" (path)");
}

TEST_CASE("an unknown option far from all others is answered with what there is", "[option_values]") {
  CHECK(problems({{"file", "x"}, {"colour", "red"}}) ==
        std::vector<std::string>{
            "colour | LoggerHandler has no option \"colour\"; it has max_messages, level, file, words"});
}
