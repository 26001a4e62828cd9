// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace baton {

/// The types of abi.h's BATON_OPTION_…, with the same numbers.
enum class OptionType : std::uint32_t {
  boolean = 1,
  integer = 2,
  number = 3,
  text = 4,
  list = 5,
  duration = 6,  // integer, milliseconds
  size = 7,      // integer, bytes
  path = 8,      // text, absolute
};

/// One option of an instance: checked against the manifest, default filled in. Behaviours only pass
/// them on.
struct Option {
  std::string name;
  OptionType type = OptionType::text;
  std::int64_t integer = 0;
  double number = 0;
  std::string text;
  std::vector<std::string> items;

  bool operator==(const Option&) const = default;
};

using Options = std::vector<Option>;

}  // namespace baton
