// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store.hpp"

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace persistence {

/// The data of a call, "limit=10 after=5 type=msg", is not what it should be; the text says how.
class BadQuery : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct ReplayQuery {
  std::string to;
  RowQuery rows;
};

inline constexpr std::int64_t limit_max = 10'000;  // rows of one answer

/// `after` (0), `limit` (100, at most limit_max) and `type` (all), each at most once. Throws BadQuery.
[[nodiscard]] RowQuery parse_row_query(std::string_view data);

/// `to`, a manager, which must be there; `after`, `type`, and `limit` (all, when it is not there).
[[nodiscard]] ReplayQuery parse_replay_query(std::string_view data);

}  // namespace persistence
