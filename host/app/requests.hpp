// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/invocation.hpp"
#include "host/base/result.hpp"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <string_view>

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

/// What is wrong with the target of a verb before any host is asked: a handler is needed, or must not be.
[[nodiscard]] std::optional<std::string> target_usage_error(const Invocation& invocation);

/// One request for many events, one per line of `lines`.
[[nodiscard]] HostRequest lines_request(const Invocation& invocation, std::string lines);

/// The KEY=VALUEs as one object of texts. Errors: bad_request for one without `=`.
[[nodiscard]] Result<nlohmann::ordered_json> options_of(const Invocation& invocation);

/// `text` as one part of a path or query.
[[nodiscard]] std::string percent_encoded(std::string_view text);

}  // namespace baton
