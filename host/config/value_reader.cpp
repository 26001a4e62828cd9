// SPDX-License-Identifier: Apache-2.0
#include "host/config/value_reader.hpp"

#include "host/base/duration_text.hpp"
#include "host/base/name.hpp"
#include "host/base/suggest.hpp"
#include "host/config/source_text.hpp"
#include "host/loader/units.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace baton {
namespace {

bool is_ascii_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_bare_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_ascii_digit);
}

/// "`capacity` is `64k`", or for list entries "found `64k`".
std::string found(const YamlNode& node) {
  return node.key.empty() ? "found " + describe(node) : in_backticks(node.key) + " is " + describe(node);
}

/// What to do about something with parts where one value is expected.
std::string_view help_for_scalar(const YamlNode& node) {
  if (node.kind == YamlNode::Kind::null) {
    return node.key.empty() ? "" : "write one, or leave the key out to get its default";
  }
  return node.kind == YamlNode::Kind::list ? "write one value, without `[`, `]` and `- `"
                                           : "write one value, without keys of its own";
}

/// "true" of `yes`, "false" of `off`, …: what other readers of YAML take them for. Nothing for other words.
std::string_view boolean_meant(std::string_view word) {
  constexpr std::array<std::string_view, 9> yes = {"yes", "Yes", "YES",  "on",  "On",
                                                   "ON",  "1",   "True", "TRUE"};
  constexpr std::array<std::string_view, 9> no = {"no",  "No", "NO",    "off",  "Off",
                                                  "OFF", "0",  "False", "FALSE"};
  if (std::ranges::find(yes, word) != yes.end()) {
    return "true";
  }
  return std::ranges::find(no, word) != no.end() ? "false" : "";
}

/// The word of `words` that was probably written; empty when there is none.
std::string word_meant(const std::string& text, const std::vector<std::string>& words) {
  const std::string_view boolean = boolean_meant(text);
  if (std::ranges::find(words, boolean) != words.end()) {
    return std::string(boolean);
  }
  return closest(text, words).value_or("");
}

/// `value` in the largest unit that leaves a whole number. `units` from large to small, the last is 1.
std::string in_largest_unit(std::uint64_t value, std::span<const Choice<std::uint64_t>> units) {
  const auto fits = [value](const Choice<std::uint64_t>& unit) {
    return value >= unit.value && value % unit.value == 0;
  };
  const auto unit = std::ranges::find_if(units, fits);
  const Choice<std::uint64_t>& chosen = unit == units.end() ? units.back() : *unit;
  return fmt::format("{}{}", value / chosen.value, chosen.word);
}

constexpr std::array size_units = {Choice<std::uint64_t>{"TiB", 1ull << 40u},
                                   Choice<std::uint64_t>{"GiB", 1ull << 30u},
                                   Choice<std::uint64_t>{"MiB", 1ull << 20u},
                                   Choice<std::uint64_t>{"KiB", 1ull << 10u}, Choice<std::uint64_t>{"B", 1}};

}  // namespace

void ValueReader::error(Place place, std::string message, std::string help) {
  diagnostics_.push_back({Diagnostic::Severity::error, place, std::move(message), std::move(help)});
}

void ValueReader::warning(Place place, std::string message, std::string help) {
  diagnostics_.push_back({Diagnostic::Severity::warning, place, std::move(message), std::move(help)});
}

bool ValueReader::is_list(const YamlNode& node, std::string_view example) {
  if (node.kind == YamlNode::Kind::scalar || node.kind == YamlNode::Kind::map) {
    error(node.place, found(node) + ", expected a list", fmt::format("write {}", example));
  }
  return node.kind == YamlNode::Kind::list;
}

bool ValueReader::is_map(const YamlNode& node, std::string_view example) {
  if (node.kind == YamlNode::Kind::scalar || node.kind == YamlNode::Kind::list) {
    error(node.place, found(node) + ", expected a map of keys", fmt::format("write {}", example));
  }
  return node.kind == YamlNode::Kind::map;
}

bool ValueReader::is_scalar(const YamlNode& node, std::string_view expected) {
  if (node.kind != YamlNode::Kind::scalar && node.kind != YamlNode::Kind::refused) {
    const bool is_missing = node.kind == YamlNode::Kind::null && !node.key.empty();
    error(node.place,
          fmt::format("{}, expected {}", is_missing ? in_backticks(node.key) + " has no value" : found(node),
                      expected),
          std::string(help_for_scalar(node)));
  }
  return node.kind == YamlNode::Kind::scalar;
}

void ValueReader::text(const YamlNode& node, std::string_view expected, std::string& target) {
  if (is_scalar(node, expected)) {
    target = node.text;
  }
}

std::optional<std::uint64_t> ValueReader::number_in(const YamlNode& node, Range<std::uint64_t> range,
                                                    std::string_view unit) {
  const std::string expected =
      fmt::format("a whole number of {} from {} to {}", unit, range.least, range.most);
  if (!is_scalar(node, expected)) {
    return std::nullopt;
  }
  std::uint64_t value = 0;
  const char* const end = node.text.data() + node.text.size();
  const auto [stop, problem] = std::from_chars(node.text.data(), end, value);
  // YAML 1.1 reads a leading zero as octal, people do not: neither is what was meant for sure.
  const bool has_leading_zero = node.text.size() > 1 && node.text.front() == '0';
  const bool is_plain_number = stop == end && !has_leading_zero && !node.is_quoted;
  if (is_plain_number && problem == std::errc() && value >= range.least && value <= range.most) {
    return value;
  }
  std::string help;
  if (stop == end && node.is_quoted) {
    help = "remove the quotes";
  } else if (stop == end && has_leading_zero) {
    help = "remove the leading zero";
  } else if (stop != end && stop != node.text.data()) {
    help = "write digits and nothing else";
  }
  error(node.place, fmt::format("{}, expected {}", found(node), expected), help);
  return std::nullopt;
}

void ValueReader::out_of_range(const YamlNode& node, std::string_view least, std::string_view most) {
  error(node.place, fmt::format("{}, expected {} to {}", found(node), least, most));
}

void ValueReader::duration(const YamlNode& node, Range<Duration> range, Duration& target) {
  if (!is_scalar(node, "a duration such as 250ms, 5s, 2m or 1h")) {
    return;
  }
  const auto milliseconds = parse_duration_ms(node.text);
  if (!milliseconds) {
    const bool lacks_unit = is_bare_number(node.text);
    error(node.place,
          fmt::format("{}{}, expected a duration", found(node), lacks_unit ? " without a unit" : ""),
          lacks_unit ? fmt::format("write {0}s for seconds or {0}ms for milliseconds", node.text)
                     : "write a whole number and its unit: 250ms, 5s, 2m, 1h, 7d");
    return;
  }
  const Duration value(*milliseconds);
  if (value < range.least || value > range.most) {
    return out_of_range(node, duration_text(range.least), duration_text(range.most));
  }
  target = value;
}

void ValueReader::size(const YamlNode& node, Range<std::uint64_t> range, std::size_t& target) {
  if (!is_scalar(node, "a size such as 64KiB, 10MB or 1GiB")) {
    return;
  }
  const bool lacks_unit = is_bare_number(node.text);
  const auto bytes = parse_size_bytes(node.text);
  if (!bytes || lacks_unit) {
    error(node.place, fmt::format("{}{}, expected a size", found(node), lacks_unit ? " without a unit" : ""),
          lacks_unit ? fmt::format("write {0}B for bytes, {0}KiB or {0}MiB", node.text)
                     : "write a whole number and its unit: 64KiB, 10MB, 1GiB");
    return;
  }
  const auto value = static_cast<std::uint64_t>(*bytes);
  if (value < range.least || value > range.most) {
    return out_of_range(node, format_size(range.least), format_size(range.most));
  }
  target = value;
}

std::optional<std::size_t> ValueReader::index_in(const YamlNode& node,
                                                 const std::vector<std::string>& words) {
  const std::string expected = fmt::format("one of: {}", fmt::join(words, ", "));
  if (!is_scalar(node, expected)) {
    return std::nullopt;
  }
  const auto word = std::ranges::find(words, node.text);
  if (word == words.end()) {
    const std::string meant = word_meant(node.text, words);
    error(node.place, fmt::format("{}, expected {}", found(node), expected),
          meant.empty() ? "" : fmt::format("did you mean `{}`?", meant));
    return std::nullopt;
  }
  return static_cast<std::size_t>(word - words.begin());
}

void ValueReader::path(const YamlNode& node, std::filesystem::path& target) {
  if (!is_scalar(node, "a path")) {
    return;
  }
  const std::string& text = node.text;
  if (text.empty() || printable(text) != text) {
    error(node.place, found(node) + ", expected a path of printable characters");
  } else if (text == "~" || text.starts_with("~/") || text.find("${") != std::string::npos) {
    // Taken literally it would make a folder of that name, which nobody means.
    error(node.place, found(node) + ", but neither `~` nor variables are expanded here",
          "write the path in full, or relative to the folder of this file");
  } else {
    target = (folder_ / text).lexically_normal();
  }
}

bool ValueReader::is_name(std::string_view name, Place place, std::string_view what) {
  if (baton::is_name(name)) {
    return true;
  }
  error(place, fmt::format("{} cannot be {}", in_backticks(name), what), name_rule());
  return false;
}

std::string format_size(std::uint64_t bytes) {
  return in_largest_unit(bytes, size_units);
}

}  // namespace baton
