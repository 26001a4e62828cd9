// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/handler.hpp"
#include "host/loader/library.hpp"
#include "host/loader/plugin_instance.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace baton {

/// A factory over the C table of that handler type, which the library must offer. It and every handler it
/// makes keep the library loaded. Whatever a plugin returns against its contract becomes `failed` with
/// a text that starts with "bad return: "; with handle_events nothing after the first event in doubt counts
/// as handled. Where Handler says `Errors: crashed`, bad_return is possible too.
[[nodiscard]] std::shared_ptr<const HandlerFactory> make_handler_factory(
    std::shared_ptr<const Library> library, std::string_view type_name);

/// The handlers of one plugin, wherever its code lies. `find` is as Library::handler, and valid as long as
/// `code` is held.
struct PluginHandlers {
  CodeOwner code;
  std::shared_ptr<const Manifest> manifest;
  std::function<const baton_handler*(std::string_view name)> find;
  Suspect* suspect = nullptr;  // of the library; valid as long as `code` is held
  std::uint64_t library = 0;   // the serial number of the load; 0: linked in
  CodeOrigin origin = {};
};

/// The same over the table of any plugin, whose manifest has an offer of its name.
[[nodiscard]] std::shared_ptr<const HandlerFactory> make_handler_factory(PluginHandlers plugin,
                                                                         const baton_handler& table);

}  // namespace baton
