// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/handler.hpp"
#include "host/loader/library.hpp"
#include "host/loader/plugin_instance.hpp"

#include <memory>
#include <string_view>

namespace baton {

/// A factory over the C table of that handler type, which the library must offer. It and every handler it
/// makes keep the library loaded. Whatever a plugin returns against its contract becomes `failed` with
/// a text that starts with "bad return: "; with handle_events nothing after the first event in doubt counts
/// as handled. Where Handler says `Errors: crashed`, bad_return is possible too.
[[nodiscard]] std::shared_ptr<const HandlerFactory> make_handler_factory(
    std::shared_ptr<const Library> library, std::string_view type_name);

/// The same over any table, which `code` keeps in memory and whose manifest has an offer of its name.
[[nodiscard]] std::shared_ptr<const HandlerFactory> make_handler_factory(CodeOwner code,
                                                                         const Manifest& manifest,
                                                                         const baton_handler& table);

}  // namespace baton
