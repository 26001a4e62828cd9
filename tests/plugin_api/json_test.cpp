// SPDX-License-Identifier: Apache-2.0
#include <baton/json.hpp>
#include <baton/testing/json_value.hpp>

#include <catch2/catch.hpp>

#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>

TEST_CASE("a JSON string escapes what it must and replaces what is not UTF-8") {
  CHECK(baton::json_string("a\"\\\n\t\r\x01\x7f") == R"("a\"\\\n\t\r\u0001\u007f")");
  CHECK(baton::json_string("gr\xc3\xbc\xc3\x9f") == "\"gr\xc3\xbc\xc3\x9f\"");
  CHECK(baton::json_string("\xff|\xc3|\xed\xa0\x80") ==
        "\"\xef\xbf\xbd|\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

TEST_CASE("UTF-8 is well-formed UTF-8: no overlong form, no surrogate, nothing above U+10FFFF") {
  for (const char* good :
       {"", "abc", "\xc2\x80", "\xe0\xa0\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    CHECK(baton::is_utf8(good));
  }
  for (const char* bad : {"\x80", "\xc0\x80", "\xc2", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80",
                          "\xf4\x90\x80\x80", "\xf5\x80\x80\x80"}) {
    CHECK_FALSE(baton::is_utf8(bad));
  }
}

TEST_CASE("a scalar is shown as it is when it is JSON, else as a string") {
  const auto shown = [](std::string_view text) {
    std::string out;
    baton::append_json_scalar(out, text);
    return out;
  };
  for (const char* json : {"20", "-0.5", "1e9", "0", "true", "null"}) {
    CHECK(shown(json) == json);
  }
  for (const char* text : {"", "020", "1.", ".5", "+1", "0x1", "1e", "True", "twenty", "20 "}) {
    CHECK(shown(text) == baton::json_string(text));
  }
}

TEST_CASE("the test kit's JSON reader is strict") {
  using baton::testing::JsonValue;
  const JsonValue value = JsonValue::parse(R"({"a": [1, -9223372036854775808, "\u00fc\n", true, null]})");

  CHECK(value.at("a").array()[1].integer() == std::numeric_limits<std::int64_t>::min());
  CHECK(value.at("a").array()[2].text() == "\xc3\xbc\n");
  for (const char* bad : {"", "{", "[1,]", "{\"a\"}", "01", "[1] 2", "\"\n\"", "nul", "'a'"}) {
    CHECK_THROWS_AS(JsonValue::parse(bad), std::runtime_error);
  }
}

TEST_CASE("what is taken out of a JSON value that was never kept stays valid") {
  using baton::testing::JsonValue;
  std::string seen;

  for (const JsonValue& item : JsonValue::parse(R"({"a": ["x", "y"]})").at("a").array()) {
    seen += item.text();
  }

  CHECK(seen == "xy");
}
