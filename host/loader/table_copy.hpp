// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace baton {

/// A struct of the boundary as far as both sides know it, the rest zero: a function that the plugin was
/// built too early to know is NULL, like one that it chose not to have.
template <class Table>
[[nodiscard]] Table copy_table(const Table& plugins) {
  Table copy{};
  std::memcpy(static_cast<void*>(&copy), &plugins, std::min<std::size_t>(plugins.size, sizeof(Table)));
  return copy;
}

}  // namespace baton
