// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"
#include "host/behaviour/handler.hpp"
#include "host/behaviour/server.hpp"
#include "host/loader/manifest.hpp"

#include <baton/abi.h>

#include <map>
#include <memory>
#include <string>

namespace baton {

/// What a plugin offers that is compiled into the program instead of lying in a file: factories by the name
/// of the type. They are used as those of a catalog are.
struct LinkedFactories {
  std::map<std::string, std::shared_ptr<const HandlerFactory>, std::less<>> handlers;
  std::map<std::string, std::shared_ptr<const ServerFactory>, std::less<>> servers;
};

/// For embedding programs and tests: makes factories over the table of a plugin that is linked in, after the
/// checks that a loaded one undergoes. `plugin` must live as long as the program; <baton/plugin.hpp> makes
/// it and the JSON of its manifest: baton::LinkedPlugin. Errors: plugin_refused.
[[nodiscard]] Result<LinkedFactories> make_linked_factories(const baton_plugin& plugin,
                                                            const Manifest& manifest);

}  // namespace baton
