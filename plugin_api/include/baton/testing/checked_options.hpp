// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/abi.h>
#include <baton/detail/manifest.hpp>
#include <baton/detail/views.hpp>
#include <baton/options.hpp>
#include <baton/testing/json_value.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace baton::inline v1::testing {

using OptionSetting = std::variant<bool, std::int64_t, double, std::string, std::vector<std::string>>;

/// The options of a config file. Integers also set durations (ms) and sizes (bytes).
using OptionSettings = std::map<std::string, OptionSetting>;

/// Options further apart than this header's baton_option, as a newer host would lay them out: a plugin that
/// ignores the stride fails its tests.
struct WideOption {
  baton_option option;
  std::uint64_t of_a_newer_host;
};

/// Checks settings against the options of a manifest and fills in defaults, as the host does. Throws
/// std::invalid_argument with a text for the author of the test.
class CheckedOptions {
 public:
  CheckedOptions(const JsonValue& provided, OptionSettings settings) {
    if (const JsonValue* options = provided.find("options")) {
      values_.reserve(options->array().size());
      for (const JsonValue& option : options->array()) {
        const auto node = settings.extract(option.at("name").text());
        add(option, node.empty() ? std::nullopt : std::optional(node.mapped()));
      }
    }
    if (!settings.empty()) {
      throw std::invalid_argument("unknown option '" + settings.begin()->first + "'");
    }
    for (Value& value : values_) {
      raw_.push_back({raw_option(value), 0});
    }
  }

  [[nodiscard]] const std::vector<WideOption>& raw() const { return raw_; }

  /// The first option that has another value than in `before`, of the same manifest, and is not hot; empty:
  /// there is none.
  [[nodiscard]] std::string cold_change_since(const CheckedOptions& before) const {
    for (std::size_t i = 0; i < values_.size(); ++i) {
      const Value& now = values_[i];
      const Value& then = before.values_[i];
      const bool is_same = now.integer == then.integer && now.number == then.number &&
                           now.text == then.text && now.items == then.items;
      if (!is_same && !now.is_hot) {
        return now.name;
      }
    }
    return {};
  }

 private:
  struct Value {
    std::string name;
    OptionType type = OptionType::text;
    bool is_hot = false;
    std::int64_t integer = 0;
    double number = 0;
    std::string text;
    std::vector<std::string> items;
    std::vector<baton_str> item_views;
  };

  static OptionType type_of(std::string_view name) {
    for (std::uint32_t type = BATON_OPTION_BOOL; type <= BATON_OPTION_PATH; ++type) {
      if (detail::type_name(static_cast<OptionType>(type)) == name) {
        return static_cast<OptionType>(type);
      }
    }
    throw std::invalid_argument("the manifest has an option of unknown type '" + std::string(name) + "'");
  }

  static OptionSetting default_of(OptionType type, const JsonValue& option) {
    const std::string& name = option.at("name").text();
    const JsonValue* value = option.find("default");
    if (value == nullptr) {
      throw std::invalid_argument("option '" + name + "' is required");
    }
    switch (type) {
      case OptionType::boolean:
        return value->boolean();
      case OptionType::number:
        return value->number();
      case OptionType::text:
      case OptionType::path:
        return value->text();
      case OptionType::integer:
      case OptionType::duration:
      case OptionType::size:
        return value->integer();
      case OptionType::list:
        break;
    }
    std::vector<std::string> items;
    for (const JsonValue& item : value->array()) {
      items.push_back(item.text());
    }
    return items;
  }

  void add(const JsonValue& option, const std::optional<OptionSetting>& setting) {
    Value value;
    value.name = option.at("name").text();
    value.type = type_of(option.at("type").text());
    const JsonValue* hot = option.find("hot");
    value.is_hot = hot != nullptr && hot->boolean();
    const OptionSetting chosen = setting ? *setting : default_of(value.type, option);
    const bool fits = set(value, chosen);
    if (!fits) {
      throw std::invalid_argument("option '" + value.name + "' is of type " + option.at("type").text() +
                                  (value.type == OptionType::list ? ": std::vector<std::string>{...}" : ""));
    }
    check_bounds(value, option);
    values_.push_back(std::move(value));
  }

  static bool set(Value& value, const OptionSetting& setting) {
    const auto* boolean = std::get_if<bool>(&setting);
    const auto* integer = std::get_if<std::int64_t>(&setting);
    const auto* number = std::get_if<double>(&setting);
    const auto* text = std::get_if<std::string>(&setting);
    const auto* items = std::get_if<std::vector<std::string>>(&setting);
    switch (value.type) {
      case OptionType::boolean:
        value.integer = boolean != nullptr && *boolean ? 1 : 0;
        return boolean != nullptr;
      case OptionType::integer:
      case OptionType::duration:
      case OptionType::size:
        value.integer = integer != nullptr ? *integer : 0;
        return integer != nullptr;
      case OptionType::number:
        value.number = number != nullptr ? *number : integer != nullptr ? static_cast<double>(*integer) : 0;
        return number != nullptr || integer != nullptr;
      case OptionType::text:
      case OptionType::path:
        value.text = text != nullptr ? *text : std::string();
        return text != nullptr;
      case OptionType::list:
        value.items = items != nullptr ? *items : std::vector<std::string>();
        return items != nullptr;
    }
    return false;
  }

  static void check_bounds(const Value& value, const JsonValue& option) {
    const double number =
        value.type == OptionType::number ? value.number : static_cast<double>(value.integer);
    const JsonValue* min = option.find("min");
    const JsonValue* max = option.find("max");
    if ((min != nullptr && number < min->number()) || (max != nullptr && number > max->number())) {
      throw std::invalid_argument("option '" + value.name + "' is out of bounds");
    }
    const JsonValue* values = option.find("values");
    if (values == nullptr) {
      return;
    }
    for (const JsonValue& allowed : values->array()) {
      if (allowed.text() == value.text) {
        return;
      }
    }
    throw std::invalid_argument("option '" + value.name + "' cannot be '" + value.text + "'");
  }

  static baton_option raw_option(Value& value) {
    for (const std::string& item : value.items) {
      value.item_views.push_back(detail::str(item));
    }
    return {.name = detail::str(value.name),
            .type = static_cast<std::uint32_t>(value.type),
            .item_count = static_cast<std::uint32_t>(value.item_views.size()),
            .integer = value.integer,
            .number = value.number,
            .text = detail::str(value.text),
            .items = value.item_views.empty() ? nullptr : value.item_views.data()};
  }

  std::vector<Value> values_;  // does not grow once raw_ has views of it
  std::vector<WideOption> raw_;
};

}  // namespace baton::inline v1::testing
