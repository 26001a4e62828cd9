// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/invocation.hpp"
#include "host/base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace baton {

/// A request to a running host, as host/control/api.hpp describes them.
struct HostRequest {
  std::string method = "GET";
  std::string path;  // with its query
  std::string body;
  std::string content_type;
};

/// The request that a verb stands for. Errors: bad_request for arguments that cannot be meant, e.g. a
/// setting without `=`, or a target without an id where a handler is needed.
[[nodiscard]] Result<HostRequest> request_of(const Invocation& invocation);

/// One request for many events, one per line of `lines`.
[[nodiscard]] HostRequest lines_request(const Invocation& invocation, std::string lines);

/// `text` as one part of a path or query.
[[nodiscard]] std::string percent_encoded(std::string_view text);

}  // namespace baton
