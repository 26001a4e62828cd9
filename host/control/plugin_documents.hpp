// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/control/api_documents.hpp"

#include <vector>

/// The documents about plugin files and the quarantine; also without a host, for whoever reads its files.
namespace baton {

[[nodiscard]] Json to_json(const QuarantineEntry& entry);

/// All that a manifest says: {"name", "version", "abi", "provides"}.
[[nodiscard]] Json manifest_document(const Manifest& manifest);

/// A file as to_json(CatalogEntry) has it, with all that its manifest says, its `signature` and its `state`:
/// available, quarantined or refused.
[[nodiscard]] Json plugin_document(const CatalogEntry& file);

/// {"plugins": […]}: these files, as `status` knows them: a state may also be `loaded`, and `used_by` has the
/// handlers and servers that run their code, whatever it is called. Behind them those of files_elsewhere(),
/// with
/// {"elsewhere": true}.
[[nodiscard]] Json plugins_document(const std::vector<CatalogEntry>& files,
                                    const std::vector<CatalogEntry>& elsewhere, const HostStatus& status);

}  // namespace baton
