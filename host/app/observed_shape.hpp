// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"
#include "host/config/shape.hpp"
#include "host/loader/catalog.hpp"
#include "host/runtime/runtime.hpp"

namespace baton {

/// What runs in a host, as its processes say. `config` is what the host was last told to be: it only says
/// what no process can be asked for, as restart policies. Processes without a name that a config can give are
/// left out, and so are handlers that somebody owns: they are their owners'. Errors: timed_out, naming the
/// process that does not answer.
[[nodiscard]] Result<HostShape> observed_shape(Runtime& runtime, const HostConfig& config);

/// Looks types up in a catalog, which outlives the lookup.
[[nodiscard]] OfferedLookup offered_by(Catalog& catalog);

}  // namespace baton
