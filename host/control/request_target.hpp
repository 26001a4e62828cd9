// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace baton {

/// "/v1/managers/log/notify?type=msg" taken apart and decoded.
struct RequestTarget {
  std::vector<std::string> path;  // "v1", "managers", "log", "notify"
  std::map<std::string, std::string, std::less<>> query;

  /// The value of a query's key; empty when it is not there.
  [[nodiscard]] std::string get(std::string_view key) const;
};

/// Errors: bad_request when it is malformed.
[[nodiscard]] Result<RequestTarget> parse_request_target(std::string_view target);

}  // namespace baton
