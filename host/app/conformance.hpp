// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/conformance_finding.hpp"
#include "host/app/invocation.hpp"
#include "host/base/result.hpp"
#include "host/loader/plugin_file.hpp"

#include <string>
#include <vector>

/// `plugin check FILE`: everything that can be found wrong with a plugin without a host. Its bytes are judged
/// here; what needs its code is done by processes of their own (conformance_child.hpp), so that it may crash,
/// hang or call exit().
namespace baton {

/// What there is to say of a file, in the order in which it was looked at.
struct Conformance {
  CatalogEntry file;
  std::vector<CheckLine> lines;

  [[nodiscard]] std::size_t count(CheckResult result) const;
};

/// Looks at the file that the invocation names, with its options, requests and events. Waits until everything
/// is done; each part has `timeout`, or a minute. Errors: bad_request (options or events that cannot be
/// meant), io_failed (no process or folder of its own can be had).
[[nodiscard]] Result<Conformance> check_conformance(const Invocation& invocation);

/// {"plugins": [PLUGIN of api.hpp], "checks": [CHECK of conformance_finding.hpp], "errors", "warnings"}.
[[nodiscard]] std::string conformance_document(const Conformance& conformance);

/// The same for people.
[[nodiscard]] std::string conformance_text(const std::string& document);

}  // namespace baton
