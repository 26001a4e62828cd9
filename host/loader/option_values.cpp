// SPDX-License-Identifier: Apache-2.0
#include "host/loader/option_values.hpp"

#include "host/base/suggest.hpp"
#include "host/loader/units.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace baton {
namespace {

using Converted = tl::expected<Option, std::string>;

struct TypeName {
  OptionType type;
  std::string_view name;
};

constexpr std::array type_names = {
    TypeName{OptionType::boolean, "bool"},  TypeName{OptionType::integer, "int"},
    TypeName{OptionType::number, "number"}, TypeName{OptionType::text, "text"},
    TypeName{OptionType::list, "list"},     TypeName{OptionType::duration, "duration"},
    TypeName{OptionType::size, "size"},     TypeName{OptionType::path, "path"},
};

Option empty_option(const OptionSpec& spec) {
  Option option;
  option.name = spec.name;
  option.type = spec.type;
  return option;
}

template <class T>
Converted with(const OptionSpec& spec, T Option::*member, T value) {
  Option option = empty_option(spec);
  option.*member = std::move(value);
  return option;
}

Converted with_integer(const OptionSpec& spec, tl::expected<std::int64_t, std::string> value) {
  if (!value) {
    return tl::make_unexpected(std::move(value.error()));
  }
  return with(spec, &Option::integer, *value);
}

Converted read_bool(const OptionSpec& spec, const std::string& text) {
  if (text != "true" && text != "false") {
    return tl::make_unexpected(fmt::format("\"{}\" is not a bool; write true or false", text));
  }
  return with<std::int64_t>(spec, &Option::integer, text == "true" ? 1 : 0);
}

Converted read_int(const OptionSpec& spec, const std::string& text) {
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) {
    return tl::make_unexpected(fmt::format("\"{}\" is not an int (a whole decimal number of 64 bits)", text));
  }
  return with(spec, &Option::integer, value);
}

Converted read_number(const OptionSpec& spec, const std::string& text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || !std::isfinite(value)) {
    return tl::make_unexpected(fmt::format("\"{}\" is not a number", text));
  }
  return with(spec, &Option::number, value);
}

std::string absolute_path(const std::string& text, const std::filesystem::path& base_directory) {
  const auto joined = std::filesystem::absolute(base_directory) / text;
  return joined.lexically_normal().string();
}

Converted read_path(const OptionSpec& spec, const std::string& text,
                    const std::filesystem::path& base_directory) {
  if (text.empty() || text.find('\0') != std::string::npos) {
    return tl::make_unexpected(std::string("a path must not be empty or contain NUL"));
  }
  return with(spec, &Option::text, absolute_path(text, base_directory));
}

Converted read_scalar(const OptionSpec& spec, const std::string& text,
                      const std::filesystem::path& base_directory) {
  switch (spec.type) {
    case OptionType::boolean:
      return read_bool(spec, text);
    case OptionType::integer:
      return read_int(spec, text);
    case OptionType::number:
      return read_number(spec, text);
    case OptionType::text:
      return with(spec, &Option::text, text);
    case OptionType::duration:
      return with_integer(spec, parse_duration_ms(text));
    case OptionType::size:
      return with_integer(spec, parse_size_bytes(text));
    case OptionType::path:
      return read_path(spec, text, base_directory);
    case OptionType::list:
      break;
  }
  return tl::make_unexpected(fmt::format("is a list; write [{}]", text));
}

Converted convert(const OptionSpec& spec, const RawOption& given,
                  const std::filesystem::path& base_directory) {
  const auto* const items = std::get_if<std::vector<std::string>>(&given.value);
  if (items == nullptr) {
    return read_scalar(spec, std::get<std::string>(given.value), base_directory);
  }
  if (spec.type != OptionType::list) {
    return tl::make_unexpected(fmt::format("is a list; expected one {}", option_type_name(spec.type)));
  }
  return with(spec, &Option::items, *items);
}

std::optional<std::string> range_problem(const OptionSpec& spec, double value, std::string_view shown) {
  if (spec.min && value < *spec.min) {
    return fmt::format("{} is less than the minimum, {}", shown, *spec.min);
  }
  if (spec.max && value > *spec.max) {
    return fmt::format("{} is more than the maximum, {}", shown, *spec.max);
  }
  return std::nullopt;
}

std::optional<std::string> choice_problem(const OptionSpec& spec, const std::string& value) {
  if (spec.values.empty() || std::ranges::count(spec.values, value) > 0) {
    return std::nullopt;
  }
  return fmt::format("\"{}\" is not one of {}{}", value, fmt::join(spec.values, ", "),
                     did_you_mean(value, spec.values));
}

std::vector<std::string> option_names(const Offer& offer) {
  std::vector<std::string> names;
  for (const OptionSpec& spec : offer.options) {
    names.push_back(spec.name);
  }
  return names;
}

/// Collects every problem of one set of options.
class Completion {
 public:
  Completion(const Offer& offer, std::span<const RawOption> given,
             const std::filesystem::path& base_directory)
      : offer_(offer), given_(given), base_directory_(base_directory) {}

  tl::expected<Options, std::vector<OptionProblem>> run() {
    find_unknown_and_repeated();
    for (const OptionSpec& spec : offer_.options) {
      complete(spec);
    }
    if (!problems_.empty()) {
      return tl::make_unexpected(std::move(problems_));
    }
    return std::move(options_);
  }

 private:
  void find_unknown_and_repeated() {
    const std::vector<std::string> names = option_names(offer_);
    for (std::size_t i = 0; i < given_.size(); ++i) {
      const std::string& name = given_[i].name;
      if (std::ranges::count(names, name) == 0) {
        problems_.push_back(
            {name, fmt::format("{} has no option \"{}\"{}", offer_.name, name, hint(name, names))});
      } else if (std::ranges::count(given_.first(i), name, &RawOption::name) > 0) {
        problems_.push_back({name, fmt::format("\"{}\" is given twice", name)});
      }
    }
  }

  std::string hint(const std::string& name, const std::vector<std::string>& names) const {
    std::string suggestion = did_you_mean(name, names);
    if (!suggestion.empty()) {
      return suggestion;
    }
    return names.empty() ? "; it has none" : fmt::format("; it has {}", fmt::join(names, ", "));
  }

  void complete(const OptionSpec& spec) {
    const auto found = std::ranges::find(given_, spec.name, &RawOption::name);
    if (found != given_.end()) {
      take(read_option(spec, *found, base_directory_), spec.name);
    } else if (spec.required) {
      problems_.push_back({spec.name, fmt::format("{} needs the option \"{}\" ({})", offer_.name, spec.name,
                                                  option_type_name(spec.type))});
    } else {
      options_.push_back(default_of(spec));
    }
  }

  Option default_of(const OptionSpec& spec) const {
    Option option = spec.default_value.value_or(empty_option(spec));
    if (spec.type == OptionType::path && !option.text.empty()) {
      option.text = absolute_path(option.text, base_directory_);
    }
    return option;
  }

  void take(Converted option, const std::string& name) {
    if (option) {
      options_.push_back(std::move(*option));
    } else {
      problems_.push_back({name, fmt::format("{}: {}", name, option.error())});
    }
  }

  const Offer& offer_;
  std::span<const RawOption> given_;
  const std::filesystem::path& base_directory_;
  Options options_;
  std::vector<OptionProblem> problems_;
};

}  // namespace

std::string_view option_type_name(OptionType type) {
  return std::ranges::find(type_names, type, &TypeName::type)->name;
}

std::optional<OptionType> option_type_from_name(std::string_view name) {
  const auto* const found = std::ranges::find(type_names, name, &TypeName::name);
  return found == type_names.end() ? std::nullopt : std::optional(found->type);
}

Error options_error(std::span<const OptionProblem> problems) {
  std::string text;
  for (const OptionProblem& problem : problems) {
    text += (text.empty() ? "" : "\n") + problem.text;
  }
  return {Errc::bad_options, std::move(text)};
}

std::optional<std::string> value_problem(const OptionSpec& spec, const Option& option) {
  switch (spec.type) {
    case OptionType::integer:
    case OptionType::duration:
    case OptionType::size:
      return range_problem(spec, static_cast<double>(option.integer), fmt::to_string(option.integer));
    case OptionType::number:
      return range_problem(spec, option.number, fmt::to_string(option.number));
    case OptionType::text:
      return choice_problem(spec, option.text);
    case OptionType::list:
      for (const std::string& item : option.items) {
        if (auto problem = choice_problem(spec, item)) {
          return problem;
        }
      }
      return std::nullopt;
    case OptionType::boolean:
    case OptionType::path:
      return std::nullopt;
  }
  return std::nullopt;
}

tl::expected<Option, std::string> read_option(const OptionSpec& spec, const RawOption& given,
                                              const std::filesystem::path& base_directory) {
  Converted option = convert(spec, given, base_directory);
  if (option) {
    if (auto problem = value_problem(spec, *option)) {
      return tl::make_unexpected(std::move(*problem));
    }
  }
  return option;
}

tl::expected<Options, std::vector<OptionProblem>> complete_options(
    const Offer& offer, std::span<const RawOption> given, const std::filesystem::path& base_directory) {
  return Completion(offer, given, base_directory).run();
}

}  // namespace baton
