// SPDX-License-Identifier: Apache-2.0
#include "host/app/given_call.hpp"

#include <algorithm>

namespace baton {

GivenCall read_call(std::string_view text) {
  const auto blank = std::min(text.find(' '), text.size());
  return {std::string(text.substr(0, blank)), std::string(text.substr(std::min(blank + 1, text.size())))};
}

std::optional<std::string> calls_usage_error(const std::vector<std::string>& calls) {
  const bool is_nameless = std::any_of(calls.begin(), calls.end(),
                                       [](const auto& call) { return read_call(call).request.empty(); });
  return is_nameless ? std::optional<std::string>("--call needs a request: --call \"REQUEST [DATA]\"")
                     : std::nullopt;
}

Message text_message(std::string_view type, std::string_view data, AtomTable& atoms) {
  Message message{};
  message.type = to_str(type);
  message.data = to_bytes(data);
  message.content_type = BATON_TEXT_PLAIN;
  return with_atom(message, atoms);
}

}  // namespace baton
