// SPDX-License-Identifier: Apache-2.0
#include "host/base/name.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace baton {
namespace {

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '.' || c == ':';
}

}  // namespace

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= name_size_max &&
         std::all_of(text.begin(), text.end(), is_name_character);
}

std::string name_rule() {
  return fmt::format("use 1 to {} letters (A-Z, a-z), digits and `_`, `-`, `.`, `:`", name_size_max);
}

Result<void> check_name(std::string_view text, std::string_view what) {
  if (is_name(text)) {
    return {};
  }
  return fail(Errc::bad_request, fmt::format("`{}` cannot be {}; {}", text, what, name_rule()));
}

}  // namespace baton
