// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"
#include "host/loader/manifest.hpp"

#include <filesystem>
#include <string>

namespace baton {

/// What of a plugin file is to be tried; both empty: the only one of the file, or the one whose state is
/// given.
struct WantedOffer {
  std::string handler;
  std::string server;
};

/// Judges the file, without running any of it, and finds it there. `state_type` is who has saved the state
/// that it is to take over; empty: none is given. Errors: plugin_refused, plugin_not_found, bad_request (it
/// may be several), state_refused (the state is another one's).
[[nodiscard]] Result<Offer> offer_to_try(const std::filesystem::path& file, const WantedOffer& wanted,
                                         const std::string& state_type);

}  // namespace baton
