// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/abi.h>
#include <baton/detail/views.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

/// An option of a handler or server: declared once, as a constant, with name, default, help and limits. The
/// description lists it, and the same constant reads its value, of the right type:
///
/// ```cpp
/// static constexpr auto rate = baton::option("rate", 100, "events a second").at_least(1).hot();
/// static constexpr auto window = baton::option("window", std::chrono::seconds(1), "over which it counts");
/// static constexpr auto mode = baton::option("mode", "drop", "with the rest").one_of({"drop", "refuse"});
/// static constexpr auto target = baton::required<baton::Text>("target", "the manager that gets them");
/// static constexpr auto description = baton::describe("Throttle").options(rate, window, mode, target);
///
/// explicit Throttle(const baton::Init& init) : rate_(init.options()[rate]) {}
/// ```
///
/// Texts must be literals. A mistake (a default below at_least(), two options of one name) does not compile;
/// the compiler prints the rule that was broken.
namespace baton::inline v1 {

enum class OptionType : std::uint32_t {
  boolean = BATON_OPTION_BOOL,
  integer = BATON_OPTION_INT,
  number = BATON_OPTION_NUMBER,
  text = BATON_OPTION_TEXT,
  list = BATON_OPTION_LIST,
  duration = BATON_OPTION_DURATION,
  size = BATON_OPTION_SIZE,
  path = BATON_OPTION_PATH,
};

// The types of options, as a config file and as C++ see them: those without a plain C++ type are named here.

/// A text, as in `required<Text>`; its default is a literal. Read as std::string_view.
struct Text {
  std::string_view text;
};

/// A file or folder. Its default counts from the folder of the config file, if it is relative; read as an
/// absolute std::string_view.
struct Path {
  std::string_view text;
};

/// A number of bytes, "64 KiB" in a config file; read as std::int64_t.
struct ByteCount {
  std::int64_t bytes = 0;
};

/// A list of scalars; read as std::vector<std::string_view>, as they stood in the config file.
class List {
 public:
  static constexpr std::size_t max_items = 8;

  constexpr List() = default;

  constexpr List(std::initializer_list<std::string_view> items) {
    if (items.size() > max_items) {
      throw std::logic_error("a default has at most List::max_items items");
    }
    for (const std::string_view item : items) {
      items_[size_++] = item;
    }
  }

  [[nodiscard]] constexpr std::size_t size() const { return size_; }

  constexpr std::string_view operator[](std::size_t index) const { return items_[index]; }

 private:
  std::array<std::string_view, max_items> items_{};
  std::size_t size_ = 0;
};

namespace detail {

constexpr void require(bool holds, const char* rule) {
  if (!holds) {
    throw std::logic_error(rule);
  }
}

/// A name in a config file: lower case, digits, underscores.
constexpr bool is_option_name(std::string_view name) {
  if (name.empty() || name.size() > 64 || name[0] < 'a' || name[0] > 'z') {
    return false;
  }
  for (const char c : name) {
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) {
      return false;
    }
  }
  return true;
}

/// A default or a bound. Which member counts follows from the type of the option.
struct OptionValue {
  std::int64_t integer = 0;
  double number = 0;
  std::string_view text{};
  List list{};
};

struct OptionFields {
  static constexpr std::size_t max_values = 8;

  std::string_view name;
  std::string_view help;
  OptionType type = OptionType::text;
  bool required = false;
  bool is_hot = false;
  bool has_min = false;
  bool has_max = false;
  OptionValue value;
  OptionValue min;
  OptionValue max;
  std::array<std::string_view, max_values> values{};
  std::size_t value_count = 0;
};

/// What an option of this C++ type is in a config file, how its default and bounds are kept, and what it is
/// read as.
template <class T>
struct OptionTraits;

template <>
struct OptionTraits<bool> {
  using Value = bool;
  static constexpr OptionType type = OptionType::boolean;

  static constexpr OptionValue keep(bool value) { return {.integer = value ? 1 : 0}; }

  static Value read(const baton_option& option) { return option.integer != 0; }
};

template <>
struct OptionTraits<std::int64_t> {
  using Value = std::int64_t;
  static constexpr OptionType type = OptionType::integer;

  static constexpr OptionValue keep(std::int64_t value) { return {.integer = value}; }

  static Value read(const baton_option& option) { return option.integer; }
};

template <>
struct OptionTraits<double> {
  using Value = double;
  static constexpr OptionType type = OptionType::number;

  static constexpr OptionValue keep(double value) { return {.number = value}; }

  static Value read(const baton_option& option) { return option.number; }
};

template <>
struct OptionTraits<Text> {
  using Value = std::string_view;
  static constexpr OptionType type = OptionType::text;

  static constexpr OptionValue keep(Text value) { return {.text = value.text}; }

  static Value read(const baton_option& option) { return view(option.text); }
};

template <>
struct OptionTraits<List> {
  using Value = std::vector<std::string_view>;
  static constexpr OptionType type = OptionType::list;

  static constexpr OptionValue keep(const List& value) { return {.list = value}; }

  static Value read(const baton_option& option) {
    Value items(option.item_count);
    std::transform(option.items, option.items + option.item_count, items.begin(),
                   [](baton_str item) { return view(item); });
    return items;
  }
};

template <>
struct OptionTraits<std::chrono::milliseconds> {
  using Value = std::chrono::milliseconds;
  static constexpr OptionType type = OptionType::duration;

  static constexpr OptionValue keep(std::chrono::milliseconds value) { return {.integer = value.count()}; }

  static Value read(const baton_option& option) { return Value(option.integer); }
};

template <>
struct OptionTraits<ByteCount> {
  using Value = std::int64_t;
  static constexpr OptionType type = OptionType::size;

  static constexpr OptionValue keep(ByteCount value) { return {.integer = value.bytes}; }

  static Value read(const baton_option& option) { return option.integer; }
};

template <>
struct OptionTraits<Path> {
  using Value = std::string_view;
  static constexpr OptionType type = OptionType::path;

  static constexpr OptionValue keep(Path value) { return {.text = value.text}; }

  static Value read(const baton_option& option) { return view(option.text); }
};

template <class T>
concept Integer = std::integral<T> && !std::same_as<T, bool>;

template <class T>
concept Bounded = std::same_as<T, std::int64_t> || std::same_as<T, double> ||
    std::same_as<T, std::chrono::milliseconds> || std::same_as<T, ByteCount>;

}  // namespace detail

/// `T` is one of bool, std::int64_t, double, Text, List, std::chrono::milliseconds, ByteCount, Path. Made by
/// option() and required().
template <class T>
class Option {
 public:
  /// What options()[…] returns.
  using Value = typename detail::OptionTraits<T>::Value;

  constexpr Option(std::string_view name, std::string_view help) {
    detail::require(detail::is_option_name(name), "an option is named in lower case: max_messages");
    fields_.name = name;
    fields_.help = help;
    fields_.type = detail::OptionTraits<T>::type;
    fields_.required = true;
  }

  constexpr Option(std::string_view name, const T& value, std::string_view help) : Option(name, help) {
    fields_.required = false;
    fields_.value = detail::OptionTraits<T>::keep(value);
  }

  /// Bounds; both are allowed values.
  constexpr Option& at_least(const T& bound) {
    static_assert(detail::Bounded<T>, "bounds are for integers, numbers, durations and sizes");
    detail::require(!fields_.has_min, "at_least() twice");
    fields_.has_min = true;
    fields_.min = detail::OptionTraits<T>::keep(bound);
    return check_default();
  }

  constexpr Option& at_most(const T& bound) {
    static_assert(detail::Bounded<T>, "bounds are for integers, numbers, durations and sizes");
    detail::require(!fields_.has_max, "at_most() twice");
    fields_.has_max = true;
    fields_.max = detail::OptionTraits<T>::keep(bound);
    return check_default();
  }

  /// The only values that it may have.
  constexpr Option& one_of(std::initializer_list<std::string_view> values) {
    static_assert(std::same_as<T, Text>, "one_of() is for texts");
    detail::require(values.size() <= detail::OptionFields::max_values, "one_of() takes at most 8 values");
    bool allows_default = fields_.required;
    for (const std::string_view value : values) {
      fields_.values[fields_.value_count++] = value;
      allows_default = allows_default || value == fields_.value.text;
    }
    detail::require(allows_default, "the default is not one of the values");
    return *this;
  }

  /// It can be changed while an instance goes on: the class has change_options(), which gets the new values.
  /// A change of other options makes a new instance, which takes the state over.
  constexpr Option& hot() {
    detail::require(!fields_.is_hot, "hot() twice");
    fields_.is_hot = true;
    return *this;
  }

  [[nodiscard]] constexpr std::string_view name() const { return fields_.name; }

  [[nodiscard]] constexpr const detail::OptionFields& fields() const { return fields_; }

 private:
  constexpr Option& check_default() {
    detail::require(fields_.required || is_default_within_bounds(), "the default is outside its bounds");
    return *this;
  }

  [[nodiscard]] constexpr bool is_default_within_bounds() const {
    const auto is_within = [this](auto detail::OptionValue::*member) {
      return (!fields_.has_min || fields_.value.*member >= fields_.min.*member) &&
             (!fields_.has_max || fields_.value.*member <= fields_.max.*member);
    };
    if constexpr (std::same_as<T, double>) {
      return is_within(&detail::OptionValue::number);
    } else {
      return is_within(&detail::OptionValue::integer);
    }
  }

  detail::OptionFields fields_;
};

/// An option with a default, whose C++ type says what it is: true is a boolean, 10 an integer, 0.5 a number,
/// "text" a text, List{"a"} a list, std::chrono::seconds(1) a duration, ByteCount{4096} a size, Path{"log"} a
/// path.
template <std::same_as<bool> T>
constexpr Option<bool> option(std::string_view name, T value, std::string_view help) {
  return {name, value, help};
}

template <detail::Integer T>
constexpr Option<std::int64_t> option(std::string_view name, T value, std::string_view help) {
  detail::require(std::in_range<std::int64_t>(value), "the default does not fit into an std::int64_t");
  return {name, static_cast<std::int64_t>(value), help};
}

constexpr Option<double> option(std::string_view name, double value, std::string_view help) {
  return {name, value, help};
}

constexpr Option<Text> option(std::string_view name, const char* value, std::string_view help) {
  return {name, Text{value}, help};
}

constexpr Option<List> option(std::string_view name, const List& value, std::string_view help) {
  return {name, value, help};
}

constexpr Option<std::chrono::milliseconds> option(std::string_view name, std::chrono::milliseconds value,
                                                   std::string_view help) {
  return {name, value, help};
}

constexpr Option<ByteCount> option(std::string_view name, ByteCount value, std::string_view help) {
  return {name, value, help};
}

constexpr Option<Path> option(std::string_view name, Path value, std::string_view help) {
  return {name, value, help};
}

/// An option without a default: a configuration that leaves it out is refused.
template <class T>
constexpr Option<T> required(std::string_view name, std::string_view help) {
  return {name, help};
}

}  // namespace baton::inline v1
