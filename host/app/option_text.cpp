// SPDX-License-Identifier: Apache-2.0
#include "host/app/option_text.hpp"

#include "host/app/document_text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cstdint>
#include <string_view>

namespace baton {
namespace {

using Json = nlohmann::ordered_json;

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

/// With the largest unit of which it is a whole number. Units: from the largest to one of factor 1.
template <std::size_t n>
std::string with_unit(std::int64_t value, const std::array<Unit, n>& units) {
  for (const Unit& unit : units) {
    if (value != 0 && value % unit.factor == 0) {
      return fmt::format("{}{}", value / unit.factor, unit.name);
    }
  }
  return "0";
}

std::string listed(const Json& values) {
  std::string text;
  for (const Json& value : values) {
    text += (text.empty() ? "" : ", ") + value.get<std::string>();
  }
  return text;
}

}  // namespace

std::string option_value_text(const std::string& type, const Json& value) {
  static constexpr std::array durations = {Unit{"d", 86'400'000}, Unit{"h", 3'600'000}, Unit{"m", 60'000},
                                           Unit{"s", 1'000}, Unit{"ms", 1}};
  static constexpr std::array sizes = {Unit{"GiB", 1 << 30}, Unit{"MiB", 1 << 20}, Unit{"KiB", 1 << 10},
                                       Unit{"", 1}};
  if (type == "duration") {
    return with_unit(value.get<std::int64_t>(), durations);
  }
  if (type == "size") {
    return with_unit(value.get<std::int64_t>(), sizes);
  }
  if (value.is_array()) {
    return fmt::format("[{}]", listed(value));
  }
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::string default_text(const Json& option) {
  if (option.value("required", false)) {
    return "required";
  }
  const std::string text =
      option.contains("default") ? option_value_text(shown_at(option, "type"), option["default"]) : "";
  return text.empty() ? "-" : text;
}

std::string allowed_text(const Json& option) {
  if (option.contains("values")) {
    return listed(option["values"]);
  }
  const auto bound = [&option](const char* key) {
    return option.contains(key) ? option_value_text(shown_at(option, "type"), option[key]) : std::string();
  };
  const std::string min = bound("min");
  const std::string max = bound("max");
  if (min.empty() || max.empty()) {
    return min.empty() && max.empty() ? "any" : max.empty() ? "at least " + min : "at most " + max;
  }
  return min + " to " + max;
}

}  // namespace baton
