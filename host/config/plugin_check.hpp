// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"
#include "host/behaviour/options.hpp"
#include "host/config/config_reader.hpp"
#include "host/config/diagnostic.hpp"
#include "host/config/host_config.hpp"
#include "host/loader/manifest.hpp"
#include "host/loader/option_values.hpp"

#include <tl/expected.hpp>

#include <filesystem>
#include <functional>
#include <string_view>
#include <vector>

namespace baton {

/// What the plugins at hand say of a type, or why there is none, with a suggestion: Catalog::offer().
using OfferLookup = std::function<Result<Offer>(OfferKind kind, std::string_view type_name)>;

/// What is wrong with a config in the light of the plugins: types that nobody offers, handlers where
/// servers are expected and the other way round, and options that their type does not take. By place. What is
/// in quarantine is a warning: it is left out.
/// Runs no plugin. Each type is looked up once. Threads: any.
[[nodiscard]] std::vector<Diagnostic> check_against_plugins(const HostConfig& config,
                                                            const OfferLookup& lookup);

/// All that is wrong with a config that was read: what the reader found, and, also when that is something,
/// what the plugins have to say of the entries that could be read; by place. Threads: any.
[[nodiscard]] std::vector<Diagnostic> all_diagnostics(const ReadConfig& read, const OfferLookup& lookup);

/// What to say behind them when the plugins had nothing to say yet; else empty.
[[nodiscard]] std::string unchecked_note(const ReadConfig& read);

/// The same options as the loader takes them: without their places. Threads: any.
[[nodiscard]] std::vector<RawOption> raw_options(const std::vector<ConfigOption>& options);

/// Every option of the type, checked, with defaults for those that the file leaves out and paths made
/// absolute against the folder of `config_file`. Else everything that is wrong with them, by place.
[[nodiscard]] tl::expected<Options, std::vector<Diagnostic>> complete_handler_options(
    const HandlerConfig& handler, const Offer& offer, const std::filesystem::path& config_file);
[[nodiscard]] tl::expected<Options, std::vector<Diagnostic>> complete_server_options(
    const ServerConfig& server, const Offer& offer, const std::filesystem::path& config_file);

}  // namespace baton
