// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/runtime/atoms.hpp"
#include "host/runtime/message.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace baton {

/// A request that a person gives as one argument.
struct GivenCall {
  std::string request;  // its type
  std::string data;
};

/// "REQUEST [DATA]": what follows the first blank is the data, as it is.
[[nodiscard]] GivenCall read_call(std::string_view text);

/// What is wrong with the arguments of `--call`, if anything.
[[nodiscard]] std::optional<std::string> calls_usage_error(const std::vector<std::string>& calls);

/// A message of text, valid as long as both texts.
[[nodiscard]] Message text_message(std::string_view type, std::string_view data, AtomTable& atoms);

}  // namespace baton
