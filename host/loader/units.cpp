// SPDX-License-Identifier: Apache-2.0
#include "host/loader/units.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <span>

namespace baton {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

constexpr std::int64_t second_ms = 1000;
constexpr std::array duration_units = {
    Unit{"ms", 1},
    Unit{"s", second_ms},
    Unit{"m", 60 * second_ms},
    Unit{"h", 3600 * second_ms},
    Unit{"d", 86400 * second_ms},
};

constexpr std::int64_t kilo = 1000;
constexpr std::int64_t kibi = 1024;
constexpr std::array size_units = {
    Unit{"", 1},
    Unit{"B", 1},
    Unit{"kB", kilo},
    Unit{"KB", kilo},
    Unit{"MB", kilo* kilo},
    Unit{"GB", kilo* kilo* kilo},
    Unit{"TB", kilo* kilo* kilo* kilo},
    Unit{"KiB", kibi},
    Unit{"MiB", kibi* kibi},
    Unit{"GiB", kibi* kibi* kibi},
    Unit{"TiB", kibi* kibi* kibi* kibi},
};

struct Quantity {
  std::int64_t count;
  std::string_view unit;
};

std::optional<Quantity> split_quantity(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || count < 0) {
    return std::nullopt;
  }
  return Quantity{count, text.substr(static_cast<std::size_t>(end - text.data()))};
}

std::optional<std::int64_t> in_units(const Quantity& quantity, std::span<const Unit> units) {
  for (const Unit& unit : units) {
    if (unit.name == quantity.unit) {
      if (quantity.count > std::numeric_limits<std::int64_t>::max() / unit.factor) {
        return std::nullopt;
      }
      return quantity.count * unit.factor;
    }
  }
  return std::nullopt;
}

std::string quoted(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

}  // namespace

tl::expected<std::int64_t, std::string> parse_duration_ms(std::string_view text) {
  const std::optional<Quantity> quantity = split_quantity(text);
  if (quantity && quantity->unit.empty()) {
    if (quantity->count == 0) {
      return 0;
    }
    return tl::make_unexpected(quoted(text) + " has no unit; write for example " + std::string(text) +
                               "ms or " + std::string(text) + "s");
  }
  const auto value = quantity ? in_units(*quantity, duration_units) : std::nullopt;
  if (!value) {
    return tl::make_unexpected(quoted(text) +
                               " is not a duration; write for example 250ms, 5s, 2m, 1h or 7d");
  }
  return *value;
}

tl::expected<std::int64_t, std::string> parse_size_bytes(std::string_view text) {
  const std::optional<Quantity> quantity = split_quantity(text);
  const auto value = quantity ? in_units(*quantity, size_units) : std::nullopt;
  if (!value) {
    return tl::make_unexpected(quoted(text) + " is not a size; write for example 4096, 64KiB or 10MB");
  }
  return *value;
}

}  // namespace baton
