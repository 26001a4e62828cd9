// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace baton::inline v1::testing {

/// A JSON value, for tests that look into a reply or a manifest. Strict (RFC 8259), at most 64 levels deep;
/// objects keep their order. Every function throws std::runtime_error when the JSON is not what it asks for.
class JsonValue {
 public:
  using Array = std::vector<JsonValue>;
  using Object = std::vector<std::pair<std::string, JsonValue>>;

  static JsonValue parse(std::string_view text);

  [[nodiscard]] bool is_null() const { return std::holds_alternative<std::nullptr_t>(value_); }

  [[nodiscard]] bool boolean() const { return get<bool>("a boolean"); }

  // By value from a temporary: `for (const JsonValue& item : JsonValue::parse(text).array())` is right.
  [[nodiscard]] const std::string& text() const& { return get<std::string>("a string"); }

  [[nodiscard]] std::string text() && { return get<std::string>("a string"); }

  [[nodiscard]] const Array& array() const& { return get<Array>("an array"); }

  [[nodiscard]] Array array() && { return get<Array>("an array"); }

  [[nodiscard]] const Object& object() const& { return get<Object>("an object"); }

  [[nodiscard]] Object object() && { return get<Object>("an object"); }

  [[nodiscard]] double number() const { return std::strtod(get<Number>("a number").text.c_str(), nullptr); }

  [[nodiscard]] std::int64_t integer() const {
    return std::strtoll(get<Number>("a number").text.c_str(), nullptr, 10);
  }

  /// nullptr when the object has no such member.
  [[nodiscard]] const JsonValue* find(std::string_view key) const& {
    for (const auto& [name, value] : object()) {
      if (name == key) {
        return &value;
      }
    }
    return nullptr;
  }

  const JsonValue* find(std::string_view key) && = delete;

  [[nodiscard]] JsonValue at(std::string_view key) && { return std::as_const(*this).at(key); }

  [[nodiscard]] const JsonValue& at(std::string_view key) const& {
    const JsonValue* found = find(key);
    if (found == nullptr) {
      throw std::runtime_error("the JSON object has no member '" + std::string(key) + "'");
    }
    return *found;
  }

 private:
  class Parser;

  struct Number {
    std::string text;  // as written, so that integers of 64 bits stay exact
  };

  template <class T>
  const T& get(const char* expected) const {
    if (const T* value = std::get_if<T>(&value_)) {
      return *value;
    }
    throw std::runtime_error(std::string("the JSON value is not ") + expected);
  }

  std::variant<std::nullptr_t, bool, Number, std::string, Array, Object> value_ = nullptr;
};

class JsonValue::Parser {
 public:
  explicit Parser(std::string_view text) : rest_(text) {}

  JsonValue document() {
    JsonValue value = any(0);
    skip_space();
    if (!rest_.empty()) {
      fail("nothing more");
    }
    return value;
  }

 private:
  static constexpr int max_depth = 64;

  [[noreturn]] void fail(const char* expected) const {
    throw std::runtime_error(std::string("JSON: expected ") + expected + " at '" +
                             std::string(rest_.substr(0, 20)) + "'");
  }

  void skip_space() {
    while (!rest_.empty() && std::string_view(" \t\r\n").find(rest_[0]) != std::string_view::npos) {
      rest_.remove_prefix(1);
    }
  }

  bool accept(std::string_view token) {
    if (!rest_.starts_with(token)) {
      return false;
    }
    rest_.remove_prefix(token.size());
    return true;
  }

  JsonValue any(int depth) {
    if (depth > max_depth) {
      fail("fewer levels");
    }
    skip_space();
    JsonValue value;
    if (accept("null")) {
      return value;
    }
    if (accept("true")) {
      value.value_ = true;
    } else if (accept("false")) {
      value.value_ = false;
    } else if (rest_.starts_with('"')) {
      value.value_ = string();
    } else if (accept("[")) {
      value.value_ = array(depth);
    } else if (accept("{")) {
      value.value_ = object(depth);
    } else {
      value.value_ = number();
    }
    return value;
  }

  Array array(int depth) {
    Array items;
    skip_space();
    if (accept("]")) {
      return items;
    }
    do {
      items.push_back(any(depth + 1));
    } while (has_next("]"));
    return items;
  }

  Object object(int depth) {
    Object members;
    skip_space();
    if (accept("}")) {
      return members;
    }
    do {
      skip_space();
      std::string key = string();
      skip_space();
      if (!accept(":")) {
        fail("':'");
      }
      members.emplace_back(std::move(key), any(depth + 1));
    } while (has_next("}"));
    return members;
  }

  bool has_next(std::string_view end) {
    skip_space();
    if (accept(",")) {
      return true;
    }
    if (!accept(end)) {
      fail("',' or the end");
    }
    return false;
  }

  void digits(std::string& out) {
    const std::size_t before = out.size();
    while (!rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9') {
      take(out);
    }
    if (out.size() == before) {
      fail("a digit");
    }
  }

  void take(std::string& out) {
    out += rest_[0];
    rest_.remove_prefix(1);
  }

  Number number() {
    std::string text;
    if (rest_.starts_with('-')) {
      take(text);
    }
    if (rest_.starts_with('0')) {
      take(text);
    } else {
      digits(text);
    }
    if (rest_.starts_with('.')) {
      take(text);
      digits(text);
    }
    if (rest_.starts_with('e') || rest_.starts_with('E')) {
      take(text);
      if (rest_.starts_with('+') || rest_.starts_with('-')) {
        take(text);
      }
      digits(text);
    }
    return Number{std::move(text)};
  }

  std::string string() {
    std::string out;
    if (!accept("\"")) {
      fail("'\"'");
    }
    while (!accept("\"")) {
      if (rest_.empty() || static_cast<unsigned char>(rest_[0]) < 0x20) {
        fail("the end of a string");
      }
      if (accept("\\")) {
        escape(out);
      } else {
        take(out);
      }
    }
    return out;
  }

  void escape(std::string& out) {
    constexpr std::string_view letters = "\"\\/bfnrt";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    if (accept("u")) {
      return append_utf8(out, code_point());
    }
    const std::size_t index = rest_.empty() ? std::string_view::npos : letters.find(rest_[0]);
    if (index == std::string_view::npos) {
      fail("an escape");
    }
    out += meanings[index];
    rest_.remove_prefix(1);
  }

  std::uint32_t hex4() {
    if (rest_.size() < 4 ||
        rest_.substr(0, 4).find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos) {
      fail("four hexadecimal digits");
    }
    const auto value =
        static_cast<std::uint32_t>(std::strtoul(std::string(rest_.substr(0, 4)).c_str(), nullptr, 16));
    rest_.remove_prefix(4);
    return value;
  }

  std::uint32_t code_point() {
    const std::uint32_t first = hex4();
    if (first < 0xd800 || first > 0xdfff) {
      return first;
    }
    if (first > 0xdbff || !accept("\\u")) {
      fail("a pair of surrogates");
    }
    const std::uint32_t second = hex4();
    if (second < 0xdc00 || second > 0xdfff) {
      fail("a pair of surrogates");
    }
    return 0x10000 + ((first - 0xd800) << 10U) + (second - 0xdc00);
  }

  static void append_utf8(std::string& out, std::uint32_t code) {
    const auto put = [&](std::uint32_t byte) {
      out += static_cast<char>(byte);
    };
    if (code < 0x80) {
      put(code);
    } else if (code < 0x800) {
      put(0xc0U | (code >> 6U));
      put(0x80U | (code & 0x3fU));
    } else if (code < 0x10000) {
      put(0xe0U | (code >> 12U));
      put(0x80U | ((code >> 6U) & 0x3fU));
      put(0x80U | (code & 0x3fU));
    } else {
      put(0xf0U | (code >> 18U));
      put(0x80U | ((code >> 12U) & 0x3fU));
      put(0x80U | ((code >> 6U) & 0x3fU));
      put(0x80U | (code & 0x3fU));
    }
  }

  std::string_view rest_;
};

inline JsonValue JsonValue::parse(std::string_view text) {
  return Parser(text).document();
}

}  // namespace baton::inline v1::testing
