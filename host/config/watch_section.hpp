// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/swap_types.hpp"
#include "host/config/value_reader.hpp"

namespace baton {

/// A handler's `watch`. What is wrong leaves `policy` as it was.
void read_watch(ValueReader& values, const YamlNode& node, WatchPolicy& policy);

/// `canary`; `what` it gets: "events".
void read_canary(ValueReader& values, const YamlNode& node, std::size_t& count, std::string_view what);

}  // namespace baton
