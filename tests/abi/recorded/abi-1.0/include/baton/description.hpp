// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/options.hpp>

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <stdexcept>
#include <string_view>

/// What a handler or server says about itself, at compile time:
///
/// ```cpp
/// static constexpr auto description =
///     baton::describe("Throttle")
///         .help("passes on at most so many events a second")
///         .option("rate", 100, "events a second").at_least(1)
///         .option("window", std::chrono::seconds(1), "over which the rate is measured")
///         .option("mode", "drop", "what happens to the rest").one_of({"drop", "refuse"})
///         .required("target", baton::OptionType::text, "the manager that gets them")
///         .state(2, {1, 2});
/// ```
///
/// The manifest in the library is generated from it, and the host checks every configuration against the
/// manifest before it runs any code of the plugin. Texts must be literals. A mistake (two options of one
/// name, a default below at_least()) does not compile; the compiler prints the rule that was broken.
namespace baton::inline v1 {

/// Default of an option of type `list`.
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

/// Default of an option of type `size`, in bytes.
struct ByteCount {
  std::int64_t bytes = 0;
};

/// Default of an option of type `path`. Relative ones count from the folder of the config file.
struct Path {
  std::string_view text;
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
  std::string_view text;
  List list;
};

struct OptionFields {
  static constexpr std::size_t max_values = 8;

  std::string_view name;
  std::string_view help;
  OptionType type = OptionType::text;
  bool required = false;
  bool has_min = false;
  bool has_max = false;
  OptionValue value;
  OptionValue min;
  OptionValue max;
  std::array<std::string_view, max_values> values{};
  std::size_t value_count = 0;
};

}  // namespace detail

class Description {
 public:
  static constexpr std::size_t max_options = 32;
  static constexpr std::size_t max_state_versions = 16;
  static constexpr std::size_t max_capabilities = 8;

  explicit constexpr Description(std::string_view name) : name_(name) {
    detail::require(!name.empty() && name.size() <= 255, "a handler or server has a name of 1 to 255 bytes");
  }

  /// One line for the people who read a list of what there is.
  constexpr Description& help(std::string_view text) {
    help_ = text;
    return *this;
  }

  constexpr Description& option(std::string_view name, bool value, std::string_view help) {
    add(name, OptionType::boolean, help).value.integer = value ? 1 : 0;
    return *this;
  }

  template <std::integral Integer>

  requires(!std::same_as<Integer, bool>) constexpr Description& option(std::string_view name, Integer value,
                                                                       std::string_view help) {
    add(name, OptionType::integer, help).value.integer = static_cast<std::int64_t>(value);
    return *this;
  }

  constexpr Description& option(std::string_view name, double value, std::string_view help) {
    add(name, OptionType::number, help).value.number = value;
    return *this;
  }

  constexpr Description& option(std::string_view name, const char* value, std::string_view help) {
    add(name, OptionType::text, help).value.text = value;
    return *this;
  }

  constexpr Description& option(std::string_view name, const List& value, std::string_view help) {
    add(name, OptionType::list, help).value.list = value;
    return *this;
  }

  constexpr Description& option(std::string_view name, std::chrono::milliseconds value,
                                std::string_view help) {
    add(name, OptionType::duration, help).value.integer = value.count();
    return *this;
  }

  constexpr Description& option(std::string_view name, ByteCount value, std::string_view help) {
    add(name, OptionType::size, help).value.integer = value.bytes;
    return *this;
  }

  constexpr Description& option(std::string_view name, Path value, std::string_view help) {
    add(name, OptionType::path, help).value.text = value.text;
    return *this;
  }

  /// An option without a default: a configuration that leaves it out is refused.
  constexpr Description& required(std::string_view name, OptionType type, std::string_view help) {
    add(name, type, help).required = true;
    return *this;
  }

  /// Bounds of the option before it; both are allowed values.
  template <class Bound>
  constexpr Description& at_least(Bound bound) {
    detail::OptionFields& option = last();
    detail::require(!option.has_min, "at_least() twice");
    option.has_min = true;
    set_bound(option, option.min, bound);
    return *this;
  }

  template <class Bound>
  constexpr Description& at_most(Bound bound) {
    detail::OptionFields& option = last();
    detail::require(!option.has_max, "at_most() twice");
    option.has_max = true;
    set_bound(option, option.max, bound);
    return *this;
  }

  /// The only values that the text option before it may have.
  constexpr Description& one_of(std::initializer_list<std::string_view> values) {
    detail::OptionFields& option = last();
    detail::require(option.type == OptionType::text, "one_of() is for options of type text");
    detail::require(values.size() <= detail::OptionFields::max_values, "one_of() takes at most 8 values");
    bool allows_default = option.required;
    for (const std::string_view value : values) {
      option.values[option.value_count++] = value;
      allows_default = allows_default || value == option.value.text;
    }
    detail::require(allows_default, "the default is not one of the values");
    return *this;
  }

  /// State of version `writes` is handed over, and that of the same version is taken over.
  constexpr Description& state(std::uint32_t writes) { return state(writes, {writes}); }

  /// State of version `writes` (1 or more) is handed over, and that of any version in `reads` is taken over.
  constexpr Description& state(std::uint32_t writes, std::initializer_list<std::uint32_t> reads) {
    detail::require(writes != 0, "versions of a state begin with 1");
    detail::require(reads.size() <= max_state_versions, "too many versions of the state");
    state_writes_ = writes;
    state_reads_count_ = 0;
    for (const std::uint32_t version : reads) {
      state_reads_[state_reads_count_++] = version;
    }
    return *this;
  }

  /// A promise to the host or a wish, by a name that the host's documentation lists.
  constexpr Description& capability(std::string_view name) {
    detail::require(capability_count_ < max_capabilities, "too many capabilities");
    capabilities_[capability_count_++] = name;
    return *this;
  }

  [[nodiscard]] constexpr std::string_view name() const { return name_; }

  [[nodiscard]] constexpr std::string_view help_text() const { return help_; }

  [[nodiscard]] constexpr std::size_t option_count() const { return option_count_; }

  [[nodiscard]] constexpr const detail::OptionFields& option_at(std::size_t index) const {
    return options_[index];
  }

  /// 0: no state to hand over.
  [[nodiscard]] constexpr std::uint32_t state_writes() const { return state_writes_; }

  [[nodiscard]] constexpr std::size_t state_reads_count() const { return state_reads_count_; }

  [[nodiscard]] constexpr std::uint32_t state_reads_at(std::size_t index) const {
    return state_reads_[index];
  }

  [[nodiscard]] constexpr std::size_t capability_count() const { return capability_count_; }

  [[nodiscard]] constexpr std::string_view capability_at(std::size_t index) const {
    return capabilities_[index];
  }

 private:
  constexpr detail::OptionFields& add(std::string_view name, OptionType type, std::string_view help) {
    detail::require(detail::is_option_name(name), "an option is named in lower case: max_messages");
    detail::require(option_count_ < max_options, "a description has at most max_options options");
    for (std::size_t i = 0; i < option_count_; ++i) {
      detail::require(options_[i].name != name, "two options have the same name");
    }
    detail::OptionFields& option = options_[option_count_++];
    option.name = name;
    option.type = type;
    option.help = help;
    return option;
  }

  constexpr detail::OptionFields& last() {
    detail::require(option_count_ > 0, "a bound stands behind the option that it bounds");
    return options_[option_count_ - 1];
  }

  template <class Bound>
  static constexpr void set_bound(detail::OptionFields& option, detail::OptionValue& to, Bound bound) {
    if constexpr (std::integral<Bound>) {
      // at_least(0) means the same for a number, a size and a duration as for an integer.
      detail::require(is_integer(option.type) || option.type == OptionType::number,
                      "bounds are for options of type int, number, size and duration");
      to.integer = static_cast<std::int64_t>(bound);
      to.number = static_cast<double>(bound);
    } else if constexpr (std::floating_point<Bound>) {
      detail::require(option.type == OptionType::number, "a bound with a fraction is for type number");
      to.number = bound;
    } else if constexpr (std::same_as<Bound, ByteCount>) {
      detail::require(option.type == OptionType::size, "a ByteCount bounds an option of type size");
      to.integer = bound.bytes;
    } else {
      detail::require(option.type == OptionType::duration, "a duration bounds an option of type duration");
      to.integer = std::chrono::milliseconds(bound).count();
    }
    detail::require(option.required || within_bounds(option), "the default is outside its bounds");
  }

  static constexpr bool is_integer(OptionType type) {
    return type == OptionType::integer || type == OptionType::size || type == OptionType::duration;
  }

  static constexpr bool within_bounds(const detail::OptionFields& option) {
    if (option.type == OptionType::number) {
      return (!option.has_min || option.value.number >= option.min.number) &&
             (!option.has_max || option.value.number <= option.max.number);
    }
    return (!option.has_min || option.value.integer >= option.min.integer) &&
           (!option.has_max || option.value.integer <= option.max.integer);
  }

  std::string_view name_;
  std::string_view help_;
  std::uint32_t state_writes_ = 0;
  std::size_t state_reads_count_ = 0;
  std::array<std::uint32_t, max_state_versions> state_reads_{};
  std::size_t capability_count_ = 0;
  std::array<std::string_view, max_capabilities> capabilities_{};
  std::size_t option_count_ = 0;
  std::array<detail::OptionFields, max_options> options_{};
};

/// `name` is what config files call it: OTP's module, "LoggerHandler".
constexpr Description describe(std::string_view name) {
  return Description(name);
}

}  // namespace baton::inline v1
