// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/conformance_finding.hpp"
#include "host/loader/manifest.hpp"
#include "host/loader/scan.hpp"

#include <vector>

namespace baton {

/// What can be said of a file that may be loaded without loading it: its symbols, and what its manifest
/// promises. Adds its lines.
void check_bytes(const ScanReport& report, const Manifest& manifest, std::vector<CheckLine>& lines);

}  // namespace baton
