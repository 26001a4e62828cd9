// SPDX-License-Identifier: Apache-2.0
#include "host/base/utf8.hpp"

namespace baton {

std::string_view beginning_of(std::string_view text, std::size_t size_max) {
  if (text.size() <= size_max) {
    return text;
  }
  constexpr unsigned char continuation_mask = 0xC0;
  constexpr unsigned char continuation = 0x80;
  std::size_t size = size_max;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & continuation_mask) == continuation) {
    --size;
  }
  return text.substr(0, size);
}

}  // namespace baton
