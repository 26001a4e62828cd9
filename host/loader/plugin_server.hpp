// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/behaviour/server.hpp"
#include "host/loader/library.hpp"
#include "host/loader/plugin_instance.hpp"

#include <cstdint>
#include <memory>
#include <string_view>

namespace baton {

/// As make_handler_factory, for servers.
[[nodiscard]] std::shared_ptr<const ServerFactory> make_server_factory(std::shared_ptr<const Library> library,
                                                                       std::string_view type_name);

[[nodiscard]] std::shared_ptr<const ServerFactory> make_server_factory(CodeOwner code,
                                                                       const Manifest& manifest,
                                                                       const baton_server& table,
                                                                       Suspect* suspect = nullptr,
                                                                       std::uint64_t serial = 0);

}  // namespace baton
