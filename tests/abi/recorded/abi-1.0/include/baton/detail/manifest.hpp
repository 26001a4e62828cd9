// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/abi.h>
#include <baton/description.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

/// Writes the manifest (abi.h) at compile time from the descriptions: once to measure it, once to fill it in.
namespace baton::inline v1::detail {

struct CountingOutput {
  std::size_t size = 0;

  constexpr void put(char) { ++size; }
};

template <std::size_t capacity>
struct ArrayOutput {
  std::array<char, capacity> text{};
  std::size_t size = 0;

  constexpr void put(char c) { text[size++] = c; }
};

template <class Output>
class ManifestWriter {
 public:
  constexpr explicit ManifestWriter(Output& out) : out_(out) {}

  constexpr void raw(std::string_view text) {
    for (const char c : text) {
      out_.put(c);
    }
  }

  constexpr void string(std::string_view text) {
    constexpr std::string_view hex = "0123456789abcdef";
    out_.put('"');
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '"' || c == '\\') {
        out_.put('\\');
      }
      if (byte < 0x20) {
        raw("\\u00");
        out_.put(hex[byte >> 4U]);
        out_.put(hex[byte & 0xfU]);
      } else {
        out_.put(c);
      }
    }
    out_.put('"');
  }

  constexpr void integer(std::int64_t value) {
    if (value < 0) {
      out_.put('-');
    }
    // The magnitude of the smallest integer does not fit into an int64_t.
    auto rest =
        value < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
    std::array<char, 20> digits{};
    std::size_t count = 0;
    do {
      digits[count++] = static_cast<char>('0' + rest % 10);
      rest /= 10;
    } while (rest != 0);
    while (count > 0) {
      out_.put(digits[--count]);
    }
  }

  /// The shortest decimal that reads back as the same number. 2^53 and 10^15 bound what is exact here, and
  /// are far beyond what anybody writes into a description.
  constexpr void number(double value) {
    require(value == value && value < 9e15 && value > -9e15,
            "a number in a description is finite and below 9e15");
    const double magnitude = value < 0 ? -value : value;
    double scale = 1;
    std::size_t decimals = 0;
    while (decimals < 15 && !is_exact(magnitude, scale)) {
      scale *= 10;
      ++decimals;
    }
    require(is_exact(magnitude, scale), "a number in a description has at most 15 significant digits");
    const std::int64_t scaled = nearest(magnitude * scale);
    const auto divisor = static_cast<std::int64_t>(scale);
    if (value < 0) {
      out_.put('-');
    }
    integer(scaled / divisor);
    if (decimals == 0) {
      return;
    }
    out_.put('.');
    for (std::int64_t place = divisor / 10; place > 0; place /= 10) {
      out_.put(static_cast<char>('0' + scaled / place % 10));
    }
  }

  constexpr void key(std::string_view name) {
    string(name);
    raw(": ");
  }

 private:
  /// std::llround is not constexpr. Requires: 0 <= value < 9e15.
  static constexpr std::int64_t nearest(double value) {
    const auto below = static_cast<std::int64_t>(value);
    return value - static_cast<double>(below) < 0.5 ? below : below + 1;
  }

  static constexpr bool is_exact(double magnitude, double scale) {
    const double scaled = magnitude * scale;
    return scaled < 9e15 && static_cast<double>(nearest(scaled)) / scale == magnitude;
  }

  Output& out_;
};

constexpr std::string_view type_name(OptionType type) {
  switch (type) {
    case OptionType::boolean:
      return "bool";
    case OptionType::integer:
      return "int";
    case OptionType::number:
      return "number";
    case OptionType::text:
      return "text";
    case OptionType::list:
      return "list";
    case OptionType::duration:
      return "duration";
    case OptionType::size:
      return "size";
    case OptionType::path:
      return "path";
  }
  return {};
}

/// A default or a bound. Durations are milliseconds and sizes bytes, as in baton_option.
template <class Output>
constexpr void write_value(ManifestWriter<Output>& out, OptionType type, const OptionValue& value) {
  switch (type) {
    case OptionType::boolean:
      return out.raw(value.integer != 0 ? "true" : "false");
    case OptionType::integer:
    case OptionType::duration:
    case OptionType::size:
      return out.integer(value.integer);
    case OptionType::number:
      return out.number(value.number);
    case OptionType::text:
    case OptionType::path:
      return out.string(value.text);
    case OptionType::list:
      out.raw("[");
      for (std::size_t i = 0; i < value.list.size(); ++i) {
        out.raw(i == 0 ? "" : ", ");
        out.string(value.list[i]);
      }
      return out.raw("]");
  }
}

template <class Output>
constexpr void write_option(ManifestWriter<Output>& out, const OptionFields& option) {
  out.raw("{");
  out.key("name");
  out.string(option.name);
  out.raw(", ");
  out.key("type");
  out.string(type_name(option.type));
  if (option.required) {
    out.raw(", \"required\": true");
  } else {
    out.raw(", ");
    out.key("default");
    write_value(out, option.type, option.value);
  }
  if (option.has_min) {
    out.raw(", ");
    out.key("min");
    write_value(out, option.type, option.min);
  }
  if (option.has_max) {
    out.raw(", ");
    out.key("max");
    write_value(out, option.type, option.max);
  }
  for (std::size_t i = 0; i < option.value_count; ++i) {
    out.raw(i == 0 ? ", \"values\": [" : ", ");
    out.string(option.values[i]);
  }
  out.raw(option.value_count > 0 ? "], " : ", ");
  out.key("help");
  out.string(option.help);
  out.raw("}");
}

template <class Output>
constexpr void write_state(ManifestWriter<Output>& out, const Description& description) {
  out.raw(", \"state\": {\"writes\": ");
  out.integer(description.state_writes());
  out.raw(", \"reads\": [");
  for (std::size_t i = 0; i < description.state_reads_count(); ++i) {
    out.raw(i == 0 ? "" : ", ");
    out.integer(description.state_reads_at(i));
  }
  out.raw("]}");
}

template <class Output>
constexpr void write_provided(ManifestWriter<Output>& out, std::string_view kind,
                              const Description& description) {
  out.raw("{");
  out.key("kind");
  out.string(kind);
  out.raw(", ");
  out.key("name");
  out.string(description.name());
  out.raw(", ");
  out.key("help");
  out.string(description.help_text());
  if (description.state_writes() != 0) {
    write_state(out, description);
  }
  for (std::size_t i = 0; i < description.capability_count(); ++i) {
    out.raw(i == 0 ? ", \"capabilities\": [" : ", ");
    out.string(description.capability_at(i));
  }
  if (description.capability_count() > 0) {
    out.raw("]");
  }
  out.raw(", \"options\": [");
  for (std::size_t i = 0; i < description.option_count(); ++i) {
    out.raw(i == 0 ? "" : ", ");
    write_option(out, description.option_at(i));
  }
  out.raw("]}");
}

/// As BATON_MANIFEST of abi.h lays it out.
template <std::size_t json_size>
struct ManifestNote {
  std::uint32_t name_size = sizeof(BATON_NOTE_OWNER);
  std::uint32_t desc_size = 4 + json_size;
  std::uint32_t type = BATON_NOTE_TYPE;
  char name[8] = BATON_NOTE_OWNER;
  std::uint16_t abi_major = BATON_ABI_MAJOR;
  std::uint16_t abi_minor = BATON_ABI_MINOR;
  std::array<char, json_size> json{};
};

}  // namespace baton::inline v1::detail
